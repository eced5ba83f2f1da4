// Credit: section 7 of docs/spec.md, from both sides.
import { ProtocolError } from './fields.js'

/** What each message weighs beside its payload, its method and its metadata. */
export const baseWeight = 64

const most = 2 ** 31 - 1

/** Credit that the peer has given, and what waits for it. */
export class Credit {
  #have
  #waiting = []
  #over

  constructor (have) { this.#have = have }

  /** Resolves when a message of that weight may be sent, in the order of the calls. It rejects with the error of end. */
  take (weight) {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ weight, resolve, reject })
      this.#serve()
    })
  }

  /** The peer has granted more. */
  add (amount) {
    this.#have += amount
    if (this.#have > most) throw new ProtocolError('7.1', `credit of ${this.#have}`)
    this.#serve()
  }

  /** Nothing more can be sent, because of err. */
  end (err) {
    this.#over ??= err
    this.#serve()
  }

  #serve () {
    while (this.#waiting.length > 0 && (this.#over || this.#have > 0)) {
      const { weight, resolve, reject } = this.#waiting.shift()
      if (this.#over) {
        reject(this.#over)
        continue
      }
      this.#have -= weight // which may leave it below zero
      resolve()
    }
  }
}

/** Credit that the peer has, of at most window, and gets back when its messages are done with. */
export class Window {
  #have
  #owed = 0
  #size
  #grant

  /** grant is called with an amount as soon as half of the window is to be given back. */
  constructor (size, grant) {
    this.#have = this.#size = size
    this.#grant = grant
  }

  /** The peer has sent a message of that weight. */
  spend (weight, rule) {
    if (this.#have <= 0) throw new ProtocolError(rule, 'sent without credit')
    this.#have -= weight
  }

  /** A message of that weight is done with. */
  giveBack (weight) {
    this.#owed += weight
    if (2 * this.#owed < this.#size) return
    this.#have += this.#owed
    this.#grant(this.#owed)
    this.#owed = 0
  }
}
