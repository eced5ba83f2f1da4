// One connection as a sequence of envelopes: prefaces, hellos, frames, and the limits on time. Sections 1, 3 and 9 of docs/spec.md.
import { Decoder, encode, FrameError } from '../frame/frame.js'
import { bytesOf, parse } from './envelope.js'
import { CallError, cut, numberOf, wordsFor } from './error.js'
import { ProtocolError } from './fields.js'
import { initial, parseHello, payloadOf } from './hello.js'

const preface = Buffer.from('d344454d41524301', 'hex')
const seconds = 1000
const helloTime = 5 * seconds
const frameTime = 10 * seconds // and a second more for each of the following
const frameBytes = 16384
const writeTime = 10 * seconds // for each of the following
const writeBytes = 65536
const silence = 15 * seconds
const pongTime = 5 * seconds
const lingerTime = 1 * seconds
const earlyFrame = 16385
const overhead = 16896

/** What a stranger looks like, that is, somebody who does not speak this protocol. */
export class Stranger extends Error {}

/**
 * Wire reads and writes the envelopes of a socket. Its user has the methods hello(hello), which is called first, receive(envelope),
 * goaway(code, text), which is to send one, finished(), which says whether nothing is left to do, and ended(error), which is
 * called once, with undefined if all is well.
 */
export class Wire {
  peer = initial // what the peer's hello says
  greeted = false
  #socket
  #user
  #hello
  #authenticate
  #decoder = new Decoder(earlyFrame)
  #seen = 0 // bytes of the preface
  #timers = {}
  #heard = 0
  #pings = 0n
  #began = 0 // when the frame that is coming began
  #allowance
  #earned = 0
  #deaf = false // nothing that comes is acted upon

  constructor (socket, hello, user, authenticate) {
    this.#socket = socket
    this.#hello = { ...initial, ...hello }
    this.#user = user
    this.#authenticate = authenticate
    this.#allowance = this.#most()
    this.#earned = this.#heard = Date.now()
  }

  /** Says hello, and reads what comes until the end. It does not fail. */
  async run () {
    this.#after('hello', helloTime, () => this.destroy(new Error('the peer did not introduce itself')))
    this.#write(preface)
    this.#write(encode(bytesOf({ kind: 'hello', flags: 0, payload: payloadOf(this.#hello) })))
    try {
      for await (const chunk of this.#socket.iterator({ destroyOnReturn: false })) await this.#take(chunk)
      this.#hangup()
    } catch (err) {
      if (err instanceof FrameError) err = new ProtocolError(err.code === 'too large' ? '1.5' : '1.4', err.message)
      if (err instanceof ProtocolError || err instanceof CallError) this.fail(err)
      else this.destroy(err)
    }
  }

  /** Sends an envelope. sent is called when the system has taken it. */
  send (e, sent) {
    if (this.#deaf) return
    if (['request', 'notify', 'data'].includes(e.kind)) this.earn()
    this.#write(encode(bytesOf(e), Infinity), sent)
  }

  /** Resolves when not too much waits for the peer to read it. */
  drained () {
    if (!this.#socket.writableNeedDrain) return
    return new Promise(resolve => {
      const done = () => {
        this.#socket.off('drain', done)
        this.#socket.off('close', done)
        resolve()
      }
      this.#socket.on('drain', done)
      this.#socket.on('close', done)
    })
  }

  /** A message went one way or the other: that earns the peer a part of its allowance (section 9). */
  earn () { this.#allowance = Math.min(this.#most(), this.#allowance + 4) }

  /** An envelope came that does no work. */
  spend () {
    const now = Date.now()
    const more = Math.floor((now - this.#earned) / this.#hello.ping)
    this.#earned += more * this.#hello.ping
    this.#allowance = Math.min(this.#most(), this.#allowance + more) - 1
    if (this.#allowance < 0) throw new ProtocolError('9.1', 'too many envelopes that do no work')
  }

  #most () { return 4 * Math.max(this.#hello.calls, 128) }

  /** The peer broke a rule, or is not who it must be: tells it so, and ends. */
  fail (err) {
    if (this.#deaf) return
    const { code, text } = err instanceof CallError ? wordsFor(err) : { code: err.code, text: cut(err.message) }
    this.#user.goaway(code, text)
    this.#over(err)
    this.#part()
  }

  /** All is done: closes the sending half, and the rest when the peer has done likewise, or after some time. */
  finish () {
    this.#over()
    this.#part()
  }

  /** Closes the connection at once. */
  destroy (err) {
    this.#over(err)
    this.#socket.destroy()
  }

  #part () {
    this.#socket.resume() // to close with bytes unread would be a reset, which overtakes the last words
    this.#socket.end(() => this.#after('linger', lingerTime, () => this.#socket.destroy()))
    this.#after('linger', lingerTime + writeTime, () => this.#socket.destroy())
    this.#socket.on('close', () => this.#stop('linger'))
    this.#socket.on('error', () => {})
  }

  // tells the user that it is over, once
  #over (err) {
    if (this.#deaf) return
    this.#deaf = true
    for (const name of Object.keys(this.#timers)) this.#stop(name)
    this.#user.ended(err)
  }

  // the peer has closed its sending half
  #hangup () {
    if (this.#deaf) return // it closes when all is written
    if (this.#seen === 0) this.destroy() // rule 1.2: somebody checks our health
    else this.destroy(this.#user.finished() ? undefined : new Error('the peer closed the connection'))
  }

  async #take (chunk) {
    if (this.#deaf) return
    this.#heard = Date.now()
    let frames = 0
    for (const payload of this.#decoder.push(this.#preface(chunk))) {
      frames++
      await this.#envelope(parse(payload))
      if (this.#deaf) return
    }
    this.#frame(frames)
  }

  // takes the preface, and returns what is behind it
  #preface (chunk) {
    const part = chunk.subarray(0, preface.length - this.#seen)
    if (!part.equals(preface.subarray(this.#seen, this.#seen + part.length))) throw new Stranger('the peer does not speak this protocol')
    this.#seen += part.length
    return chunk.subarray(part.length)
  }

  async #envelope (e) {
    if (this.greeted) {
      if (e.kind === 'hello') throw new ProtocolError('3.1', 'a second hello')
      this.#user.receive(e)
      return
    }
    if (e.kind !== 'hello') throw new ProtocolError('3.1', `a ${e.kind} before the hello`)
    const peer = parseHello(e.payload)
    if (peer.codec !== this.#hello.codec) {
      throw new ProtocolError('3.4', `codec ${JSON.stringify(peer.codec)}, not ${JSON.stringify(this.#hello.codec)}`, numberOf('unimplemented'))
    }
    this.#stop('hello')
    await this.#authenticated(peer)
    this.peer = peer
    this.greeted = true
    this.#decoder.max = Math.max(this.#hello.message, initial.message) + overhead
    this.#watch()
    this.#user.hello(peer)
  }

  async #authenticated (peer) {
    try {
      await this.#authenticate?.(peer, this.#socket)
    } catch (err) {
      throw err instanceof CallError ? err : new CallError('unauthenticated', '')
    }
  }

  // rule 1.6: sees that a frame that has begun is completed in time
  #frame (frames) {
    this.#stop('frame')
    if (this.#decoder.pending === 0) {
      this.#began = 0
      return
    }
    if (frames > 0 || this.#began === 0) this.#began = Date.now()
    const limit = frameTime + Math.floor(this.#decoder.pending / frameBytes) * seconds
    this.#after('frame', this.#began + limit - Date.now(), () => this.destroy(new Error('a frame did not come in time')))
  }

  // rule 9.2: sees that the peer is alive
  #watch () {
    const quiet = Math.max(silence, this.peer.ping)
    const wait = this.#heard + quiet - Date.now()
    this.#after('ping', Math.max(wait, 1), () => {
      if (this.#heard + quiet > Date.now()) return this.#watch()
      this.send({ kind: 'ping', id: ++this.#pings, flags: 0 })
      const asked = Date.now()
      this.#after('ping', pongTime, () => this.#heard >= asked ? this.#watch() : this.destroy(new Error('the peer is silent')))
    })
  }

  // writes bytes, together with what else is written in this turn
  #write (bytes, sent) {
    const socket = this.#socket
    if (!socket.writable) return
    if (socket.writableCorked === 0) {
      socket.cork()
      process.nextTick(() => socket.uncork())
    }
    socket.write(bytes, () => {
      this.#stop('write')
      sent?.()
      if (socket.writableLength > 0 && !this.#deaf) this.#hurry()
    })
    if (!this.#timers.write) this.#hurry()
  }

  // rule 9.4: sees that the peer takes what is written
  #hurry () {
    const limit = writeTime * Math.ceil(this.#socket.writableLength / writeBytes)
    this.#after('write', limit, () => this.destroy(new Error('the peer does not take what is written')))
  }

  #after (name, time, act) {
    this.#stop(name)
    this.#timers[name] = setTimeout(act, Math.min(time, 2 ** 31 - 1))
  }

  #stop (name) {
    clearTimeout(this.#timers[name])
    delete this.#timers[name]
  }
}
