// Replays the sessions of docs/vectors, in memory and with a clock of its own.
import assert from 'node:assert/strict'
import { Duplex } from 'node:stream'
import test from 'node:test'
import { Decoder } from '../frame/frame.js'
import { Connection } from './connection.js'
import { parse } from './envelope.js'
import { CallError, nameOf } from './error.js'
import { both, down, notify, unary, up } from './handlers.js'
import { bytes, map, read } from './vectors.js'

const raw = { name: 'raw', encode: value => value, decode: payload => payload }

/** Returns the two ends of a connection in memory. */
function pair () {
  const end = () => new Duplex({
    allowHalfOpen: true,
    read () {},
    write (chunk, _, done) {
      if (!this.other.destroyed) this.other.push(chunk)
      done()
    },
    final (done) {
      if (!this.other.destroyed) this.other.push(null)
      done()
    }
  })
  const [a, b] = [end(), end()]
  a.other = b
  b.other = a
  return [a, b]
}

/** Lets everything happen that needs no time. */
async function settle () {
  for (let i = 0; i < 12; i++) await new Promise(resolve => setImmediate(resolve))
}

/** What a caller is told to send: an async iterable that waits for more until it is finished. */
class Told {
  #messages = []
  #finished = false
  #wake = () => {}

  tell (message) {
    this.#messages.push(message)
    this.#wake()
  }

  finish () {
    this.#finished = true
    this.#wake()
  }

  async * [Symbol.asyncIterator] () {
    for (;;) {
      yield * this.#messages.splice(0)
      if (this.#finished && this.#messages.length === 0) return
      if (this.#messages.length === 0) await new Promise(resolve => { this.#wake = resolve })
    }
  }
}

/** Script is the peer of the tested side. */
class Script {
  #came = []
  #calls = {}
  #decoder = new Decoder(Infinity)
  #skip = 8 // the preface

  constructor (t, greeting, options) {
    this.clock = t.mock.timers
    const [a, b] = pair()
    this.socket = a
    this.tested = b
    a.on('data', chunk => this.#hear(chunk))
    this.connection = new Connection(b, { codec: raw, ...options })
    if (greeting) a.write(bytes(greeting))
  }

  #hear (chunk) {
    const rest = chunk.subarray(this.#skip)
    this.#skip -= chunk.length - rest.length
    for (const payload of this.#decoder.push(rest)) {
      const e = parse(payload)
      if (e.kind !== 'hello') this.#came.push(e)
    }
  }

  async pass (seconds) {
    for (let left = seconds * 1000; left > 0; left -= 250) {
      this.clock.tick(Math.min(left, 250))
      await settle()
    }
  }

  async run (steps) {
    await settle()
    for (const [i, step] of steps.entries()) {
      try {
        await this.#step(step)
      } catch (err) {
        err.message = `step ${i}, ${JSON.stringify(step).slice(0, 200)}: ${err.message}`
        throw err
      }
      await settle()
    }
  }

  async #step (step) {
    if (step.send !== undefined) return this.#send(step)
    if (step.expect) return this.#expect(step.expect)
    if (step.wait) return this.pass(step.wait)
    if (step.silence) {
      await this.pass(step.silence)
      return this.#nothingCame()
    }
    if (step.hangup) return this.socket.end()
    if (step.closed) return this.#closed()
    if (step.do === 'shutdown') return void this.connection.shutdown()
    if (step.call) return this.#call(step)
    if (step.cancel) return this.#calls[step.cancel].abort.abort()
    if (step.result) return this.#result(step)
    if (step.tell) return this.#calls[step.tell].told.tell(bytes(step.payload ?? ''))
    if (step.finish) return this.#calls[step.finish].told.finish()
    if (step.hears) return this.#hears(this.#calls[step.hears], step.payload ?? '')
    if (step.notify) return void this.connection.notify(step.notify, bytes(step.payload)).catch(() => {})
    assert.fail('unknown step')
  }

  async #send ({ send, times = 1 }) {
    const part = bytes(send)
    for (let i = 0; i < times; i++) this.socket.write(part)
  }

  // The next envelope is as wanted. Credit comes when it likes.
  #expect (want) {
    let got = this.#came.shift()
    while (want.kind !== 'credit' && got?.kind === 'credit') got = this.#came.shift()
    assert.ok(got, 'nothing came')
    for (const [field, value] of Object.entries(want)) {
      if (field === 'id') assert.equal(got.id, BigInt(value))
      else if (field === 'payload') assert.equal(got.payload.toString('hex'), bytes(value).toString('hex'))
      else if (field === 'metadata') assert.deepEqual(got.metadata ?? new Map(), map(value))
      else if (field === 'flags') assert.equal(got.flags & ~2, value, field) // that of metadata is not among them
      else assert.equal(got[field], value, field)
    }
  }

  async #closed () {
    for (let i = 0; i < 30 && !this.tested.destroyed; i++) await this.pass(0.1)
    assert.ok(this.tested.destroyed, 'the connection is not closed')
    this.#nothingCame()
  }

  #nothingCame () { assert.deepEqual(this.#came.filter(e => e.kind !== 'credit'), []) }

  #call ({ call, method, streams, payload = '', timeout, metadata }) {
    const abort = new AbortController()
    const told = new Told()
    const made = this.#calls[call] = { abort, told }
    const options = { signal: abort.signal, onreply: reply => { made.reply = reply } }
    if (timeout) options.timeout = timeout / 1000
    if (metadata) options.metadata = map(metadata)
    const { connection } = this
    const ended = [payload => { made.payload = payload }, err => { made.err = err }]
    if (streams === 'down' || streams === 'both') {
      made.messages = streams === 'down' ? connection.down(method, bytes(payload), options) : connection.both(method, told, options)
      this.#pull(made)
    } else if (streams === 'up') {
      connection.up(method, told, options).then(...ended)
    } else {
      connection.call(method, bytes(payload), options).then(...ended)
    }
  }

  // asks for the next message of a stream
  async #pull (made) {
    made.message = undefined
    try {
      const { value, done } = await made.messages.next()
      if (done) made.payload = Buffer.alloc(0)
      else made.message = value
    } catch (err) {
      made.err = err
    }
  }

  #hears (made, payload) {
    assert.ok(made.message, made.err ? made.err.message : 'no message has come')
    assert.equal(made.message.toString('hex'), bytes(payload).toString('hex'))
    this.#pull(made)
  }

  #result ({ result, payload = '', metadata, code, outcome }) {
    const { payload: got, err, reply } = this.#calls[result]
    assert.ok(got ?? err, 'the call has not ended')
    if (code === undefined) {
      assert.ifError(err)
      assert.equal(got.toString('hex'), bytes(payload).toString('hex'))
      if (metadata) assert.deepEqual(reply, map(metadata))
      return
    }
    assert.deepEqual([err?.code, err?.outcome], [nameOf(code), outcome], err?.message)
  }
}

const untilCanceled = signal => new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))

async function all (messages) {
  const got = []
  for await (const message of messages) got.push(message)
  return got
}

// The methods of accepting-streams.json.
const streams = {
  join: up(async messages => Buffer.concat(await all(messages))),
  first: up(async messages => { for await (const message of messages) return message }),
  count: up(async messages => Buffer.from(String((await all(messages)).length))),
  deaf: up((_, { signal }) => untilCanceled(signal)),
  split: down(async function * (payload) { for (const byte of payload) yield Buffer.of(byte) }),
  repeat: down(async function * (payload) { for (;;) yield payload }),
  hold: down(async function * (_, { signal }) { await untilCanceled(signal) }),
  chat: both(messages => messages)
}

// The methods of accepting.json.
function methods () {
  const notes = []
  return {
    echo: unary(payload => payload),
    inline: unary(payload => payload),
    fail: unary(() => { throw new CallError('not_found', 'no') }),
    meta: unary((_, call) => {
      for (const [key, value] of call.metadata) call.reply.set(key, value)
      return Buffer.alloc(0)
    }),
    block: unary((_, { signal }) => untilCanceled(signal)),
    note: notify(payload => { notes.push(payload) }),
    stuck: notify(() => new Promise(() => {})),
    notes: unary(() => Buffer.concat(notes.splice(0))),
    ...streams
  }
}

async function authenticate ({ credentials }) {
  if (credentials.length > 0 && credentials.toString() !== 'right') throw new Error('not told to the peer')
}

for (const name of ['accepting', 'dialing', 'accepting-streams', 'dialing-streams']) {
  const file = read(`${name}.json`)
  const accepted = name.startsWith('accepting')
  const { message, calls } = file.settings
  for (const session of file.sessions) {
    test(`${name}: ${session.rule} ${session.name}`, async t => {
      t.mock.timers.enable({ apis: ['setTimeout', 'Date'] })
      const options = accepted ? { accepted, methods: methods(), authenticate } : { methods: { echo: methods().echo } }
      options.limits = { message: session.message ?? message, calls, credit: 16384 }
      const script = new Script(t, session.greeting && file.greeting, options)
      await script.run(session.steps)
      script.connection.close()
    })
  }
}
