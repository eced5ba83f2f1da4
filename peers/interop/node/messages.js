// Reads messages from stdin, each a frame with a varint length and a payload of MessagePack. For each it writes two frames to
// stdout: in words, what @msgpack/msgpack made of it, and what @msgpack/msgpack makes of that again; of a message that it refuses,
// null. With the argument "bigint" it reads and writes 64-bit integers as BigInt.
import { pipeline } from 'node:stream/promises'
import * as lengthPrefixed from 'it-length-prefixed'
import { decode, encode } from '@msgpack/msgpack'
import { pieces } from './pieces.js'

const useBigInt64 = process.argv[2] === 'bigint'

function words (value) {
  if (value === null) return 'null'
  if (Array.isArray(value)) return `Array [${value.map(words).join(', ')}]`
  if (value instanceof Uint8Array) return `Uint8Array ${Buffer.from(value).toString('hex')}`.trim()
  if (value instanceof Date) return `Date ${value.toISOString()}`
  if (typeof value === 'string') return `string ${JSON.stringify(value)}`
  if (typeof value === 'object') return `Object {${Object.entries(value).map(([k, v]) => `${k}: ${words(v)}`).join(', ')}}`
  return `${typeof value} ${Object.is(value, -0) ? '-0' : value}`
}

async function * answers (payloads) {
  for await (const payload of payloads) {
    yield * answer(payload.slice())
  }
}

function answer (payload) {
  try {
    const value = decode(payload, { useBigInt64 })
    return [new TextEncoder().encode(words(value)), encode(value, { useBigInt64 })]
  } catch (error) {
    return [new TextEncoder().encode(error.name), encode(null)]
  }
}

await pipeline(
  process.stdin,
  pieces,
  bytes => lengthPrefixed.decode(bytes),
  answers,
  payloads => lengthPrefixed.encode(payloads),
  process.stdout
)
