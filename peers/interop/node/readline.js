// Reads lines from stdin with Node's own readline, turns each around, and writes it to stdout with the line end that is
// the first argument.
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { pieces } from './pieces.js'

const [end] = process.argv.slice(2)

// crlfDelay: a CR and an LF are one line end, however late the LF comes.
const lines = createInterface({ input: Readable.from(pieces(process.stdin)), crlfDelay: Infinity })

await pipeline(
  lines,
  async function * (lines) {
    for await (const line of lines) yield [...line].reverse().join('') + end
  },
  process.stdout
)
