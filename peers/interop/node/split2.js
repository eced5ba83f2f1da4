// Reads text from stdin, which split2 cuts at the delimiter that is the first argument, turns each piece around, and
// writes it to stdout with the same delimiter.
import { pipeline } from 'node:stream/promises'
import split2 from 'split2'
import { pieces } from './pieces.js'

const [delimiter] = process.argv.slice(2)

await pipeline(
  process.stdin,
  pieces,
  split2(delimiter),
  async function * (texts) {
    for await (const text of texts) yield [...text].reverse().join('') + delimiter
  },
  process.stdout
)
