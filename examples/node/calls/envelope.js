// Envelopes: section 2 of docs/spec.md. An envelope is an object with the fields of its kind:
//
//   { kind: 'request', id: 1n, flags: 0, metadata: undefined, timeout: 0, method: 'greet', payload: <Buffer> }
//
// An id is a BigInt, since it may have 64 bits; a timeout is in microseconds.
import { Fields, ProtocolError, sized, varint } from './fields.js'
import { entries, takeMetadata } from './metadata.js'

/** The flags. */
export const NOT_EXECUTED = 1
export const METADATA = 2
export const UP = 4 // the caller sends a stream
export const DOWN = 8 // the callee sends a stream

const maxTimeout = 2n ** 63n / 1000n
const maxText = 4096
const maxAmount = 2 ** 31 - 1

// What each field is on the wire: how it is taken off, and which bytes it has.
const id = {
  take: (f, e) => { e.id = f.big('the id') },
  bytes: e => varint(e.id)
}
const payload = {
  take: (f, e) => { e.payload = f.rest() },
  bytes: e => e.payload
}
const timeout = {
  take: (f, e) => { e.timeout = f.number('the timeout', 0, maxTimeout) },
  bytes: e => varint(e.timeout)
}
const method = {
  take: (f, e) => { e.method = f.text('the method', f.sized('the method', 1, 255)) },
  bytes: e => sized(Buffer.from(e.method))
}
const code = {
  take: (f, e) => { e.code = f.number('the code', e.kind === 'error' ? 1 : 0, 255) },
  bytes: e => varint(e.code)
}
const text = {
  take: (f, e) => {
    const bytes = f.rest()
    if (bytes.length > maxText) f.fail(`a text of ${bytes.length} bytes`)
    e.text = f.text('the text', bytes)
  },
  bytes: e => Buffer.from(e.text)
}
const amount = {
  take: (f, e) => { e.amount = f.number('the amount', 1, maxAmount) },
  bytes: e => varint(e.amount)
}

// The table of the specification, row by row.
const kinds = [
  undefined,
  { kind: 'hello', fields: [payload], flags: 0 },
  { kind: 'request', fields: [timeout, method, payload], flags: METADATA | UP | DOWN, id },
  { kind: 'response', fields: [payload], flags: METADATA, id },
  { kind: 'error', fields: [code, text], flags: NOT_EXECUTED | METADATA, id },
  { kind: 'notify', fields: [method, payload], flags: METADATA },
  { kind: 'cancel', fields: [], flags: 0, id },
  { kind: 'data', fields: [payload], flags: 0, id },
  { kind: 'end', fields: [], flags: 0, id },
  { kind: 'credit', fields: [amount], flags: 0, id },
  { kind: 'ping', fields: [], flags: 0, id },
  { kind: 'pong', fields: [], flags: 0, id },
  { kind: 'goaway', fields: [code, text], flags: 0, id }
]
const later = [14, 15] // kinds for later versions

/** Returns the envelope that bytes hold, whose payload is a part of them. Kinds of later versions are { kind: 'later' }. */
export function parse (bytes) {
  const f = new Fields(bytes, '2.1')
  const first = f.bytes('the kind', 1)[0]
  const number = first & 15
  if (later.includes(number)) return { kind: 'later' }
  const known = kinds[number]
  if (!known) throw new ProtocolError('2.3', `kind ${number}`)
  const e = { kind: known.kind, flags: first >> 4 }
  if (e.flags & ~known.flags) throw new ProtocolError('2.2', `flags ${e.flags} on a ${e.kind}`)
  known.id?.take(f, e)
  if (e.flags & METADATA) e.metadata = takeMetadata(f)
  for (const field of known.fields) field.take(f, e)
  if (!f.done) f.fail(`bytes behind a ${e.kind}`)
  if (e.flags & UP && e.payload.length > 0) throw new ProtocolError('6.6', 'a payload in the place of a stream')
  return e
}

/** Returns the bytes of an envelope. Its flag for metadata is set if it has some. */
export function bytesOf (e) {
  const number = kinds.findIndex(known => known?.kind === e.kind)
  const known = kinds[number]
  const metadata = e.metadata?.size ? sized(entries(e.metadata)) : Buffer.alloc(0)
  const flags = e.flags & ~METADATA | (metadata.length && METADATA)
  const parts = known.fields.map(field => field.bytes(e))
  return Buffer.concat([Buffer.of(number | flags << 4), ...(known.id ? [id.bytes(e)] : []), metadata, ...parts])
}
