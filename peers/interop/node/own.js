// Writes messages of its own to stdout, each a frame with a varint length and what @msgpack/msgpack makes of a value.
import { pipeline } from 'node:stream/promises'
import { encode as frame } from 'it-length-prefixed'
import { encode } from '@msgpack/msgpack'

// A BigInt64 is a value to be written with the option of this name.
class BigInt64 {
  constructor (value) { this.value = value }
}

const values = [
  7,
  -1.0,
  Number.MAX_SAFE_INTEGER,
  2 ** 53,
  new BigInt64(2n ** 64n - 1n),
  new BigInt64(2 ** 32),
  0.1,
  undefined,
  'naïve 日本 🙂',
  '\ud83d',
  new Uint8Array([0, 255]),
  { id: 7, name: 'Ada', more: [true] },
  { id: 8, name: undefined },
  new Date(1700000000123),
  [1, { Name: 'Ada' }],
  ['goodbye', {}]
]

async function * payloads () {
  for (const value of values) {
    yield value instanceof BigInt64 ? encode(value.value, { useBigInt64: true }) : encode(value)
  }
}

await pipeline(payloads, payloads => frame(payloads), process.stdout)
