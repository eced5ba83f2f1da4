// A stream of messages that comes in: an async iterator over them.
import { baseWeight, Window } from './credit.js'

/**
 * Inbound keeps messages until they are asked for; the peer can send ahead as much as the window lets it. The iterator ends, or
 * throws, when all messages before the end have been handed out. Breaking off calls left.
 */
export class Inbound {
  #messages = []
  #window
  #decode
  #left
  #wake = () => {}
  #ended = false
  #error

  constructor (size, { decode, grant, left = () => {} }) {
    this.#window = new Window(size, amount => this.#ended || grant(amount))
    this.#decode = decode
    this.#left = left
  }

  /** A message has come. */
  push (payload) {
    this.#window.spend(payload.length + baseWeight, '6.5')
    if (this.#ended) return // given up on this side, and the peer does not know it yet
    this.#messages.push(payload)
    this.#wake()
  }

  /** The last message has come: because of err, if there is one. */
  end (err) {
    this.#ended = true
    this.#error = err
    this.#wake()
  }

  async * [Symbol.asyncIterator] () {
    try {
      for (;;) {
        while (this.#messages.length > 0) {
          const payload = this.#messages.shift()
          this.#window.giveBack(payload.length + baseWeight)
          yield this.#decode(payload)
        }
        if (this.#error) throw this.#error
        if (this.#ended) return
        await new Promise(resolve => { this.#wake = resolve })
      }
    } finally {
      this.#messages = []
      this.#left()
    }
  }
}
