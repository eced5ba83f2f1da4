// The calls that this side makes: section 4 of docs/spec.md, and the caller's half of 6.
import { baseWeight, Credit } from './credit.js'
import { METADATA, NOT_EXECUTED } from './envelope.js'
import { CallError, nameOf, stopped, timeUp } from './error.js'
import { ProtocolError } from './fields.js'
import { entries } from './metadata.js'

/** A call from its beginning to its answer. */
class Call {
  id
  sent = false
  settled = false
  canceled = false
  early = false // sent before the hello of the peer
  credit // what the peer lets us send, if the call has a stream up
  inbound // what the peer sends, if it has a stream down

  constructor (request, deadline, inbound) {
    this.request = request
    this.deadline = deadline
    this.inbound = inbound
    this.weight = request.payload.length + Buffer.byteLength(request.method) + baseWeight
    if (request.metadata?.size) this.weight += entries(request.metadata).length
    this.answer = new Promise((resolve, reject) => Object.assign(this, { resolve, reject }))
    this.answer.catch(() => {}) // a stream's caller may look at it late, or never
  }

  /** Ends the call for the caller. Whether it is still in flight is another matter. */
  settle (err, response) {
    if (this.settled) return
    this.settled = true
    this.inbound?.end(err)
    this.credit?.end(err ?? new CallError('canceled', 'the call is answered'))
    if (err) this.reject(err)
    else this.resolve(response)
  }
}

/** Calls numbers the calls of one side, keeps them within what the peer allows, and gives each its answer. */
export class Calls {
  #connection
  #next
  #open = new Map() // in flight, by id
  #weight = 0 // of those
  #queue = [] // waits for room
  #over // why no more calls can be made

  constructor (connection, first) {
    this.#connection = connection
    this.#next = first
  }

  get inFlight () { return this.#open.size }

  /** Makes a call as soon as the peer has room for it. */
  start (request, deadline, inbound) {
    const call = new Call(request, deadline, inbound)
    this.#queue.push(call)
    this.pump()
    return call
  }

  /** Sends the calls for which there is room, in their order. */
  pump () {
    const { peer, greeted } = this.#connection
    while (this.#queue.length > 0) {
      const call = this.#queue[0]
      const tooLarge = call.request.payload.length > peer.message
      const full = this.#open.size >= peer.calls || this.#weight >= peer.bytes
      if (this.#over) {
        this.#refuse(this.#over)
      } else if (tooLarge && greeted) {
        this.#refuse(new CallError('resource_exhausted', `the peer takes messages of ${peer.message} bytes`, 'not sent'))
      } else if (tooLarge || full) {
        return
      } else {
        this.#send(this.#queue.shift())
      }
    }
  }

  #refuse (err) { this.#queue.shift().settle(err) }

  #send (call) {
    const { peer, greeted } = this.#connection
    const left = call.deadline - Date.now() // NaN without a deadline
    const timeout = Number.isNaN(left) ? 0 : Math.max(1, Math.ceil(left * 1000))
    Object.assign(call, { id: this.#next, sent: true, early: !greeted, credit: new Credit(peer.credit) })
    this.#next += 2n
    this.#open.set(call.id, call)
    this.#weight += call.weight
    this.#connection.send({ ...call.request, kind: 'request', id: call.id, timeout })
  }

  /** The caller has no more use for the answer. The peer is told so, unless it is late: then the peer knows. */
  cancel (call, reason) {
    const at = this.#queue.indexOf(call)
    if (at >= 0) this.#queue.splice(at, 1)
    else if (!this.#open.has(call.id)) return
    call.settle(stopped(reason, call.sent ? 'maybe executed' : 'not sent'))
    if (call.sent && !call.canceled && reason !== timeUp) this.#connection.send({ kind: 'cancel', id: call.id, flags: 0 })
    call.canceled = true
    this.pump()
  }

  /** Returns the call in flight of that id, or undefined if it is answered. It must have been made. */
  find (id, rule) {
    if (id >= this.#next || id === 0n) throw new ProtocolError(rule, `call ${id} was not made`)
    return this.#open.get(id)
  }

  /** A response or an error has come. */
  answer (e) {
    const call = this.find(e.id, '4.8')
    if (!call) return this.#connection.spend()
    this.#connection.earn()
    this.#close(call)
    if (e.kind === 'error') {
      call.settle(new CallError(nameOf(e.code), e.text, e.flags & NOT_EXECUTED ? 'refused' : 'answered'))
    } else if (call.inbound && e.payload.length > 0) {
      throw new ProtocolError('6.6', 'a response with a payload behind a stream')
    } else if (e.payload.length > this.#connection.limits.message) {
      call.settle(new CallError('resource_exhausted', `a response of ${e.payload.length} bytes`))
    } else {
      call.settle(undefined, e)
    }
    this.pump()
  }

  #close (call) {
    this.#open.delete(call.id)
    this.#weight -= call.weight
  }

  /** The peer takes no more calls, and will not answer those above id. */
  gone (id, code, text) {
    this.#over = new CallError(code, text, 'not sent')
    for (const call of [...this.#open.values()].filter(call => call.id > id)) {
      this.#close(call)
      call.settle(new CallError(code, text, 'refused'))
    }
    this.pump()
  }

  /** The connection is over: nothing more is answered. */
  lost (code, text, outcome) {
    this.#over ??= new CallError(code, text, 'not sent')
    for (const call of this.#open.values()) call.settle(new CallError(code, text, outcome))
    this.#open.clear()
    this.pump()
  }
}

/** The flags of a request. */
export const requestFlags = (metadata, streams) => streams | (metadata?.size ? METADATA : 0)
