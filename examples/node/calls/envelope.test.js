// Replays docs/vectors/envelopes.json and hellos.json.
import assert from 'node:assert/strict'
import test from 'node:test'
import { bytesOf, parse } from './envelope.js'
import { payloadOf, parseHello } from './hello.js'
import { bytes, map, read } from './vectors.js'

// The envelope that the fields of a vector describe.
function envelope ({ id, timeout, flags = 0, payload, metadata, ...rest }) {
  const e = { ...rest, flags: flags | (metadata ? 2 : 0) }
  if (id !== undefined) e.id = BigInt(id)
  if (timeout !== undefined) e.timeout = Number(timeout)
  if (payload !== undefined) e.payload = bytes(payload)
  if (metadata !== undefined) e.metadata = map(metadata)
  return e
}

const envelopes = read('envelopes.json')

test('good envelopes', () => {
  for (const { name, hex, envelope: fields } of envelopes.good) {
    const e = parse(bytes(hex))
    assert.deepEqual(e, envelope(fields), name)
    // A timeout near 2^63 nanoseconds is more than a Number can say to the microsecond.
    if (e.timeout === undefined || Number.isSafeInteger(e.timeout)) assert.deepEqual(bytesOf(e), bytes(hex), name)
  }
})

test('bad envelopes', () => {
  for (const { name, hex, rule } of envelopes.bad) assert.throws(() => parse(bytes(hex)), { name: 'ProtocolError', rule }, name)
})

test('skipped envelopes', () => {
  for (const { name, hex } of envelopes.skipped) assert.deepEqual(parse(bytes(hex)), { kind: 'later' }, name)
})

const hellos = read('hellos.json')

test('good hellos', () => {
  for (const { name, hex, hello } of hellos.good) {
    const { codec, credentials, metadata, ...numbers } = hello
    const want = { codec, credentials: bytes(credentials), metadata: map(metadata) }
    for (const [key, n] of Object.entries(numbers)) want[key] = Number(n)
    const got = parseHello(bytes(hex))
    assert.deepEqual(got, want, name)
    assert.deepEqual(parseHello(payloadOf(got)), got, name)
  }
})

test('bad hellos', () => {
  for (const { name, hex, rule } of hellos.bad) assert.throws(() => parseHello(bytes(hex)), { name: 'ProtocolError', rule }, name)
})
