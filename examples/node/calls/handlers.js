// The calls that the peer makes: section 4 of docs/spec.md, the callee's half of 6, and the notifies of 5.
import { baseWeight, Credit, Window } from './credit.js'
import { DOWN, NOT_EXECUTED, UP } from './envelope.js'
import { CallError, stopped, timeUp, wordsFor } from './error.js'
import { ProtocolError } from './fields.js'
import { Inbound } from './inbound.js'
import { entries } from './metadata.js'
import { initial } from './hello.js'

// What a method is: the streams of its calls, and a function. The second argument of each function is { signal, metadata, reply,
// connection }: the signal ends with the call, what is put into the Map reply goes along with the answer.

/** A method with one request and one response: async (request, call) => response. */
export const unary = handle => ({ flags: 0, handle })

/** A method that answers with a stream: async function * (request, call). */
export const down = handle => ({ flags: DOWN, handle })

/** A method that takes a stream, as an async iterable, and gives one response: async (messages, call) => response. */
export const up = handle => ({ flags: UP, handle })

/** A method that takes a stream and answers with one: async function * (messages, call). */
export const both = handle => ({ flags: UP | DOWN, handle })

/** A method that takes messages and answers nothing: async (message, call). */
export const notify = handle => ({ flags: undefined, handle })

const weightOf = e => e.payload.length + Buffer.byteLength(e.method) + baseWeight + (e.metadata?.size ? entries(e.metadata).length : 0)

/** Handlers answers the calls of the peer. */
export class Handlers {
  accepted = 0n // the highest id
  #connection
  #methods
  #last = 0n
  #open = new Map() // in flight, by id
  #weight = 0 // of those
  #refusals = 0 // that the peer has not read

  constructor (connection, methods) {
    this.#connection = connection
    this.#methods = methods
  }

  get inFlight () { return this.#open.size }

  request (e) {
    if (this.#connection.isOurs(e.id) || e.id <= this.#last) throw new ProtocolError('4.1', `request ${e.id} behind ${this.#last}`)
    this.#last = e.id
    if (this.#connection.left) return // rule 8.3
    this.accepted = e.id
    const limits = this.#connection.limits
    if (this.#open.size >= Math.max(limits.calls, initial.calls) || this.#weight >= Math.max(limits.bytes, initial.bytes)) {
      throw new ProtocolError('4.2', `${this.#open.size} calls with ${this.#weight} bytes are in flight`)
    }
    const refusal = this.#refusal(e, limits)
    if (refusal) this.#refuse(e.id, refusal)
    else this.#run(this.#admit(e), this.#methods[e.method])
  }

  // returns why a request is refused
  #refusal (e, limits) {
    const method = Object.hasOwn(this.#methods, e.method) ? this.#methods[e.method] : undefined
    if (this.#open.size >= limits.calls) return new CallError('resource_exhausted', `${limits.calls} calls are in flight`)
    if (this.#weight >= limits.bytes) return new CallError('resource_exhausted', `${this.#weight} bytes are in flight`)
    if (e.payload.length > limits.message) return new CallError('resource_exhausted', `a request of ${e.payload.length} bytes`)
    if (method?.flags !== (e.flags & (UP | DOWN))) return new CallError('unimplemented', `method ${e.method} is not served so`)
  }

  #refuse (id, err) {
    const most = 4 * Math.max(this.#connection.limits.calls, initial.calls)
    if (++this.#refusals > most) return this.#connection.close(new Error('answers are not read')) // rule 9.3
    this.#connection.send({ kind: 'error', id, flags: NOT_EXECUTED, ...wordsFor(err) }, () => this.#refusals--)
  }

  #admit (e) {
    const connection = this.#connection
    const call = { id: e.id, weight: weightOf(e), abort: new AbortController(), credit: new Credit(connection.peer.credit) }
    call.toHandler = { signal: call.abort.signal, metadata: e.metadata ?? new Map(), reply: new Map(), connection }
    if (e.flags & DOWN) call.down = true
    if (e.flags & UP) call.up = connection.inbound(e.id)
    else call.payload = e.payload
    if (e.timeout > 0 && e.timeout / 1000 < 2 ** 31) {
      call.timer = setTimeout(() => this.#stop(call, timeUp), e.timeout / 1000)
    }
    this.#open.set(call.id, call)
    this.#weight += call.weight
    return call
  }

  // Runs a handler, and sends its answer.
  async #run (call, method) {
    let answer
    try {
      const request = call.up ?? this.#decode(call.payload)
      const response = method.handle(request, call.toHandler)
      const payload = call.down ? await this.#pour(call, response) : this.#connection.encode(await response, 'answered')
      answer = { kind: 'response', payload, flags: 0 }
    } catch (err) {
      const signal = call.abort.signal
      answer = { kind: 'error', flags: 0, ...wordsFor(signal.aborted && !(err instanceof CallError) ? stopped(signal.reason) : err) }
    }
    clearTimeout(call.timer)
    if (!this.#open.delete(call.id)) return // the connection is over
    this.#weight -= call.weight
    this.#connection.earn()
    this.#connection.send({ ...answer, id: call.id, metadata: call.toHandler.reply })
    this.#connection.finishIfDone()
  }

  #decode (payload) {
    try {
      return this.#connection.codec.decode(payload)
    } catch (err) {
      throw new CallError('invalid_argument', err.message)
    }
  }

  // sends a stream of messages, and returns the payload of the response behind it
  async #pour (call, messages) {
    for await (const message of messages) await this.#connection.sendData(call, message)
    return Buffer.alloc(0)
  }

  #stop (call, reason) {
    call.abort.abort(reason)
    const err = stopped(reason)
    call.credit.end(err)
    call.up?.end(err)
  }

  /** Returns the call in flight of that id, or undefined if it is answered. It must have been made. */
  find (id, rule) {
    if (id > this.#last || id === 0n) throw new ProtocolError(rule, `call ${id} was not made`)
    return this.#open.get(id)
  }

  cancel (e) {
    this.#connection.spend()
    if (this.#connection.isOurs(e.id)) throw new ProtocolError('4.11', `call ${e.id} is not the peer's`)
    const call = this.find(e.id, '4.11')
    if (call && !call.abort.signal.aborted) this.#stop(call, new DOMException('the caller has canceled it', 'AbortError'))
  }

  /** The connection is over: nobody wants the answers. */
  lost () {
    const calls = [...this.#open.values()]
    this.#open.clear()
    for (const call of calls) this.#stop(call, new DOMException('the connection is lost', 'AbortError'))
  }
}

/** Notifies handles the notifies of the peer, one after the other. */
export class Notifies {
  waiting = 0
  #connection
  #methods
  #window
  #tail = Promise.resolve()

  constructor (connection, methods) {
    this.#connection = connection
    this.#methods = methods
    this.#window = new Window(connection.limits.credit, amount => connection.send({ kind: 'credit', id: 0n, amount, flags: 0 }))
  }

  take (e) {
    this.#window.spend(weightOf(e), '5.1')
    this.waiting++
    this.#tail = this.#tail.then(() => this.#handle(e))
  }

  async #handle (e) {
    const connection = this.#connection
    const method = Object.hasOwn(this.#methods, e.method) ? this.#methods[e.method] : undefined
    try { // rules 5.2 and 5.3: what nobody wants is dropped
      if (method?.handle && method.flags === undefined && e.payload.length <= connection.limits.message) {
        await method.handle(connection.codec.decode(e.payload), { metadata: e.metadata ?? new Map(), connection })
      }
    } catch (err) {
      connection.onerror?.(err)
    }
    this.waiting--
    this.#window.giveBack(weightOf(e))
    connection.finishIfDone()
  }
}
