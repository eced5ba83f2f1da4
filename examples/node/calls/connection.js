// A connection on which either side calls the other.
import { Calls, requestFlags } from './calls.js'
import { baseWeight, Credit } from './credit.js'
import { DOWN, UP } from './envelope.js'
import { CallError, nameOf, stopped, timeUp } from './error.js'
import { ProtocolError } from './fields.js'
import { Handlers, Notifies } from './handlers.js'
import { initial } from './hello.js'
import { Inbound } from './inbound.js'
import { entries } from './metadata.js'
import { Stranger, Wire } from './wire.js'

const limits = { message: 1 << 20, calls: 1024, bytes: initial.bytes, credit: 1 << 16, ping: 1000 }

/**
 * Connection makes calls and serves methods over a socket, which must allow half-open connections. The options:
 *
 *   codec         { name, encode(value), decode(bytes) }
 *   accepted      true on the side that accepted
 *   methods       what this side serves: { name: unary(...), ... }
 *   limits        { message, calls, bytes, credit, ping }: the settings of section 3
 *   credentials   bytes or text that say who this side is; metadata, a Map, what else it says
 *   authenticate  async (hello, socket): throws if the peer is not who it must be
 *   onerror       called with what no caller hears of: errors of the handlers of notifies
 */
export class Connection {
  left = false // this side takes no more calls
  gone = false // the peer takes no more
  #wire
  #calls
  #handlers
  #notifies
  #notifyCredit = new Credit(initial.credit)
  #dialed
  #end
  #greet

  constructor (socket, options) {
    this.codec = options.codec
    this.onerror = options.onerror
    this.limits = { ...limits, ...options.limits }
    this.#dialed = !options.accepted
    this.#calls = new Calls(this, this.#dialed ? 1n : 2n)
    this.#handlers = new Handlers(this, options.methods ?? {})
    this.#notifies = new Notifies(this, options.methods ?? {})
    /** Resolves at the end of the connection, with what has ended it, or undefined if all was well. */
    this.closed = new Promise(resolve => { this.#end = resolve })
    /** Resolves when the peer has introduced itself, or the connection is over. */
    this.greeting = new Promise(resolve => { this.#greet = resolve })
    const { credentials, metadata } = options
    const hello = { codec: this.codec.name, ...this.limits, credentials, metadata }
    this.#wire = new Wire(socket, hello, this, options.authenticate)
    this.#wire.run()
  }

  get peer () { return this.#wire.peer }
  get greeted () { return this.#wire.greeted }

  /** Calls a method with one request and one response. The options: { signal, timeout (milliseconds), metadata, onreply }. */
  async call (method, request, options = {}) {
    for (;;) {
      const call = this.#start(method, this.encode(request), options, 0)
      try {
        return this.codec.decode((await call.answer).payload)
      } catch (err) {
        if (!call.early || err.outcome !== 'refused' || err.code !== 'resource_exhausted') throw err
        await this.greeting // what was too much before the hello is sent again once we know better
      }
    }
  }

  /** Calls a method that answers with a stream, and yields its messages. Breaking off cancels the call. */
  async * down (method, request, options = {}) {
    await this.greeting
    yield * this.#start(method, this.encode(request), options, DOWN).inbound
  }

  /** Calls a method with a stream of messages, which an iterable gives, and resolves to its response. */
  async up (method, messages, options = {}) {
    await this.greeting
    const call = this.#start(method, Buffer.alloc(0), options, UP)
    this.#pour(call, messages)
    return this.codec.decode((await call.answer).payload)
  }

  /** Calls a method with a stream of messages, and yields those with which it answers. */
  async * both (method, messages, options = {}) {
    await this.greeting
    const call = this.#start(method, Buffer.alloc(0), options, UP | DOWN)
    this.#pour(call, messages)
    yield * call.inbound
  }

  /** Sends a message without an answer, as soon as the peer lets us. */
  async notify (method, message, { metadata } = {}) {
    const payload = this.encode(message)
    const more = metadata?.size ? entries(metadata).length : 0
    await this.#notifyCredit.take(payload.length + Buffer.byteLength(method) + more + baseWeight)
    this.send({ kind: 'notify', flags: 0, method, payload, metadata })
  }

  /** Takes no more calls, lets those in flight end, and then closes the connection. */
  shutdown () {
    this.goaway(0, '')
    this.finishIfDone()
    return this.closed
  }

  /** Closes the connection at once. */
  close (err) { this.#wire.destroy(err) }

  #start (method, payload, { signal, timeout, metadata, onreply }, streams) {
    if (signal?.aborted) throw stopped(signal.reason, 'not sent')
    if (timeout <= 0) throw stopped(timeUp, 'not sent')
    const inbound = streams & DOWN ? this.inbound(() => call.id, () => this.#calls.cancel(call)) : undefined
    const deadline = timeout === undefined ? NaN : Date.now() + timeout
    const request = { method, payload, metadata, flags: requestFlags(metadata, streams) }
    const call = this.#calls.start(request, deadline, inbound)
    call.answer.then(e => onreply?.(e.metadata ?? new Map()), () => {})
    this.#limit(call, signal, timeout)
    return call
  }

  // cancels a call when its caller's signal says so, and gives it up when its time is over
  #limit (call, signal, timeout = Infinity) {
    const canceled = () => this.#calls.cancel(call, signal.reason)
    signal?.addEventListener('abort', canceled, { once: true })
    const timer = timeout < 2 ** 31 ? setTimeout(() => this.#calls.cancel(call, timeUp), timeout) : undefined
    call.answer.catch(() => {}).finally(() => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', canceled)
      this.finishIfDone()
    })
  }

  // sends the messages of a call's own stream; an error of theirs cancels it
  async #pour (call, messages) {
    try {
      for await (const message of messages) await this.sendData(call, message)
      if (!call.settled) this.send({ kind: 'end', id: call.id, flags: 0 })
    } catch (err) {
      call.settle(err) // unless it has an answer
      this.#calls.cancel(call)
    }
  }

  // What follows is for the parts of a connection.

  send (e, sent) { this.#wire.send(e, sent) }
  earn () { this.#wire.earn() }
  spend () { this.#wire.spend() }

  /** Reports whether calls of that id are this side's. */
  isOurs (id) { return (id & 1n) === (this.#dialed ? 1n : 0n) }

  /** Returns the payload of a message that the peer may take. */
  encode (message, outcome = 'not sent') {
    const payload = Buffer.from(this.codec.encode(message))
    if (this.greeted && payload.length > this.peer.message) {
      throw new CallError('resource_exhausted', `the peer takes messages of ${this.peer.message} bytes`, outcome)
    }
    return payload
  }

  /** Sends a message of the stream of a call, as soon as there is credit. */
  async sendData (call, message) {
    const payload = this.encode(message, 'answered')
    await call.credit.take(payload.length + baseWeight)
    this.send({ kind: 'data', id: call.id, flags: 0, payload })
    await this.#wire.drained()
  }

  /** Returns the stream of a call that comes in. */
  inbound (id, left) {
    const grant = amount => this.send({ kind: 'credit', id: typeof id === 'bigint' ? id : id(), amount, flags: 0 })
    return new Inbound(this.limits.credit, { decode: payload => this.codec.decode(payload), grant, left })
  }

  goaway (code, text) {
    if (this.left) return
    this.left = true
    this.send({ kind: 'goaway', id: this.#handlers.accepted, code, text, flags: 0 })
  }

  finished () {
    return (this.left || this.gone) && this.#calls.inFlight + this.#handlers.inFlight + this.#notifies.waiting === 0
  }

  finishIfDone () { if (this.finished()) this.#wire.finish() }

  hello (peer) {
    this.#notifyCredit.add(peer.credit - initial.credit)
    this.#greet()
    this.#calls.pump()
  }

  ended (err) {
    const text = err?.message ?? 'the connection is closed'
    const code = err?.rule === '3.4' ? 'unimplemented' : 'unavailable'
    const foreign = err instanceof Stranger || err?.rule === '3.4' // who does not speak as we do executes nothing
    this.#calls.lost(code, text, foreign ? 'refused' : 'maybe executed')
    this.#handlers.lost()
    this.#notifyCredit.end(new CallError('unavailable', text, 'not sent'))
    this.#greet()
    this.#end(err)
  }

  receive (e) {
    switch (e.kind) {
      case 'request': this.#wire.earn(); return this.#handlers.request(e)
      case 'notify': this.#wire.earn(); return this.#notifies.take(e)
      case 'response': case 'error': return this.#answer(e)
      case 'cancel': return this.#handlers.cancel(e)
      case 'data': this.#wire.earn(); return this.#data(e)
      case 'end': this.spend(); return this.#endOf(e)
      case 'credit': this.spend(); return this.#credit(e)
      case 'ping': this.spend(); return this.send({ kind: 'pong', id: e.id, flags: 0 })
      case 'goaway': return this.#goneAway(e)
      default: return this.spend() // pongs, and kinds of later versions
    }
  }

  #answer (e) {
    if (!this.isOurs(e.id)) throw new ProtocolError('4.8', `an answer to call ${e.id}, which is the peer's own`)
    this.#calls.answer(e)
    this.finishIfDone()
  }

  #data (e) {
    const ours = this.isOurs(e.id)
    const call = ours ? this.#calls.find(e.id, '6.1') : this.#handlers.find(e.id, '6.1')
    if (!call) return // rule 6.2
    const stream = ours ? call.inbound : call.up
    if (!stream) throw new ProtocolError('6.3', `data for call ${e.id}, which has no stream there`)
    if (call.ended) throw new ProtocolError('6.4', `data behind the end of call ${e.id}`)
    if (e.payload.length > this.limits.message) throw new ProtocolError('6.6', `data of ${e.payload.length} bytes`)
    stream.push(e.payload)
  }

  #endOf (e) {
    if (this.isOurs(e.id)) throw new ProtocolError('6.1', `an end of call ${e.id}, which is not the peer's`)
    const call = this.#handlers.find(e.id, '6.1')
    if (!call) return
    if (!call.up) throw new ProtocolError('6.3', `an end of call ${e.id}, which has no stream there`)
    if (call.ended) throw new ProtocolError('6.4', `a second end of call ${e.id}`)
    call.ended = true
    call.up.end()
  }

  #credit (e) {
    if (e.id === 0n) return this.#notifyCredit.add(e.amount)
    const ours = this.isOurs(e.id)
    const call = ours ? this.#calls.find(e.id, '6.1') : this.#handlers.find(e.id, '6.1')
    if (!call) return
    if (ours ? !(call.request.flags & UP) : !call.down) throw new ProtocolError('6.3', `credit for call ${e.id}, which has no stream there`)
    call.credit.add(e.amount)
  }

  #goneAway (e) {
    if (this.gone) throw new ProtocolError('8.2', 'a second goaway')
    if (e.id !== 0n) {
      if (!this.isOurs(e.id)) throw new ProtocolError('8.1', `a goaway with ${e.id}`)
      this.#calls.find(e.id, '8.1')
    }
    this.gone = true
    this.#calls.gone(e.id, e.code === 0 ? 'unavailable' : nameOf(e.code), e.text || 'the peer takes no more calls')
    this.finishIfDone()
  }
}
