// Reads frames with a varint length from stdin, turns each payload around, and writes it to stdout as such a frame.
import { pipeline } from 'node:stream/promises'
import { decode, encode } from 'it-length-prefixed'
import { pieces } from './pieces.js'

async function * turned (payloads) {
  for await (const payload of payloads) yield payload.slice().reverse()
}

await pipeline(
  process.stdin,
  pieces,
  bytes => decode(bytes),
  turned,
  payloads => encode(payloads),
  process.stdout
)
