// Calls between two sides in JavaScript, over TCP.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import net from 'node:net'
import test from 'node:test'
import { Connection } from './connection.js'
import { CallError } from './error.js'
import { both, down, notify, unary, up } from './handlers.js'

const json = { name: 'json', encode: value => Buffer.from(JSON.stringify(value)), decode: bytes => JSON.parse(bytes) }

/** Returns both sides of a connection. */
async function connected (t, methods, options = {}) {
  const listener = net.createServer({ allowHalfOpen: true, noDelay: true }).listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const dialing = net.connect({ port: listener.address().port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
  const [accepting] = await once(listener, 'connection')
  listener.close()
  const server = new Connection(accepting, { codec: json, accepted: true, methods, ...options })
  const client = new Connection(dialing, { codec: json, ...options })
  t.after(() => {
    client.close()
    server.close()
  })
  return { client, server }
}

const all = async messages => {
  const got = []
  for await (const message of messages) got.push(message)
  return got
}

test('many calls at once, some of them large', async t => {
  const { client } = await connected(t, { echo: unary(value => value) })
  const values = Array.from({ length: 300 }, (_, i) => i % 50 === 0 ? 'x'.repeat(1_000_000) : i)
  assert.deepEqual(await Promise.all(values.map(value => client.call('echo', value))), values)
})

test('a stream down waits for its reader, and is cut off by a break', async t => {
  let sent = 0
  let stopped
  const ended = new Promise(resolve => { stopped = resolve })
  const { client, server } = await connected(t, {
    lines: down(async function * (_, { signal }) {
      signal.addEventListener('abort', stopped)
      for (;;) {
        sent++
        yield 'x'.repeat(1000)
      }
    })
  })
  for await (const line of client.down('lines', null)) {
    assert.equal(line.length, 1000)
    await new Promise(resolve => setImmediate(resolve))
    break
  }
  await ended
  assert.ok(sent < 200, `${sent} messages of 1000 bytes were sent ahead`)
  await client.shutdown()
  assert.equal(await server.closed, undefined)
})

test('a stream up, whose handler may answer before its end', async t => {
  const { client } = await connected(t, {
    sum: up(async numbers => (await all(numbers)).reduce((a, b) => a + b, 0)),
    first: up(async numbers => { for await (const n of numbers) return n })
  })
  const numbers = Array.from({ length: 10_000 }, (_, i) => i)
  assert.equal(await client.up('sum', numbers), 49_995_000)
  assert.equal(await client.up('first', numbers), 0)
  assert.equal(await client.up('sum', []), 0)
})

test('streams both ways, end to end', async t => {
  const { client } = await connected(t, {
    double: both(async function * (numbers) { for await (const n of numbers) yield 2 * n })
  })
  const numbers = Array.from({ length: 5000 }, (_, i) => i)
  assert.deepEqual(await all(client.both('double', numbers)), numbers.map(n => 2 * n))
})

test('errors of a stream', async t => {
  const { client } = await connected(t, {
    fails: down(async function * () {
      yield 1
      throw new CallError('data_loss', 'the disk is broken')
    }),
    sum: up(async numbers => (await all(numbers)).length)
  })
  const got = []
  await assert.rejects(async () => { for await (const n of client.down('fails', null)) got.push(n) }, { code: 'data_loss', outcome: 'answered' })
  assert.deepEqual(got, [1])
  async function * broken () {
    yield 1
    throw new Error('cannot read on')
  }
  await assert.rejects(client.up('sum', broken()), { message: 'cannot read on' })
  await assert.rejects(client.call('sum', null), { code: 'unimplemented', outcome: 'refused' })
})

test('deadlines and cancels reach the handler', async t => {
  const reasons = []
  const { client } = await connected(t, {
    wait: unary((_, { signal }) => new Promise((_resolve, reject) => signal.addEventListener('abort', () => {
      reasons.push(signal.reason.name)
      reject(signal.reason)
    })))
  })
  await assert.rejects(client.call('wait', null, { timeout: 20 }), { code: 'deadline_exceeded' })
  const abort = new AbortController()
  const call = client.call('wait', null, { signal: abort.signal })
  await client.greeting
  abort.abort()
  await assert.rejects(call, { code: 'canceled' })
  await assert.rejects(client.call('wait', null, { signal: abort.signal }), { code: 'canceled', outcome: 'not sent' })
  await client.shutdown()
  assert.deepEqual(reasons.sort(), ['AbortError', 'TimeoutError'])
})

test('either side calls; notifies come in their order, however many', async t => {
  const notes = []
  const { client } = await connected(t, {
    note: notify(n => { notes.push(n) }),
    notes: unary(() => notes.length),
    ask: unary((question, { connection }) => connection.call('answer', question))
  })
  for (let i = 0; i < 5000; i++) await client.notify('note', i)
  while (await client.call('notes', null) < 5000);
  assert.deepEqual(notes, Array.from({ length: 5000 }, (_, i) => i))
  await assert.rejects(client.call('ask', '?'), { code: 'unimplemented', outcome: 'answered' })
})

test('a lost connection', async t => {
  const { client, server } = await connected(t, { wait: unary(() => new Promise(() => {})) })
  const call = client.call('wait', null)
  await client.greeting
  server.close()
  await assert.rejects(call, { code: 'unavailable', outcome: 'maybe executed' })
  await assert.rejects(client.call('wait', null), { code: 'unavailable', outcome: 'not sent' })
})
