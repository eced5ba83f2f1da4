// Decodes streams for the test in Go. Standard input is JSON: {"max": N, "streams": [[chunk in hex, ...], ...]}. Standard output
// is, for each stream, {"payloads": [hex, ...], "again": hex of the payloads in frames, "code": of the error or ""}.
import { text } from 'node:stream/consumers'
import { Decoder, encode } from './frame.js'

const { max, streams } = JSON.parse(await text(process.stdin))

function decode (chunks) {
  const decoder = new Decoder(max)
  const payloads = []
  let code = ''
  try {
    for (const chunk of chunks) {
      for (const payload of decoder.push(Buffer.from(chunk, 'hex'))) payloads.push(payload)
    }
    decoder.end()
  } catch (err) {
    code = err.code
  }
  const hex = buffer => buffer.toString('hex')
  return { payloads: payloads.map(hex), again: hex(Buffer.concat(payloads.map(p => encode(p, max)))), code }
}

process.stdout.write(JSON.stringify(streams.map(decode)))
