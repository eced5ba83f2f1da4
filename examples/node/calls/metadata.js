// Metadata: what goes along with a message, beside it. Here a Map from keys to bytes.
import { Fields, sized } from './fields.js'

const maxEntries = 100
const maxBytes = 16384

/** Takes metadata: their length, and then their entries. */
export function takeMetadata (fields) {
  return parseMetadata(new Fields(fields.sized('metadata', 1, maxBytes), fields.rule))
}

/** Returns the entries that fields hold. */
export function parseMetadata (fields) {
  const metadata = new Map()
  let last = ''
  while (!fields.done) {
    const key = fields.sized('a key', 1, 255).toString('latin1')
    if (!/^[\x21-\x7e]*$/.test(key)) fields.fail('a key is not of printable ASCII')
    if (key <= last) fields.fail('keys do not rise')
    metadata.set(last = key, fields.sized('a value', 0, maxBytes))
  }
  if (metadata.size < 1 || metadata.size > maxEntries) fields.fail(`${metadata.size} entries of metadata`)
  return metadata
}

/** Returns the entries as they stand on the wire. Values are bytes or text. It throws what would not be accepted. */
export function entries (metadata) {
  const parts = [...metadata].sort(([a], [b]) => a < b ? -1 : 1)
    .flatMap(([key, value]) => [sized(Buffer.from(key)), sized(Buffer.from(value))])
  const bytes = Buffer.concat(parts)
  if (bytes.length > maxBytes) throw new RangeError(`metadata of ${bytes.length} bytes`)
  parseMetadata(new Fields(bytes, '2.1'))
  return bytes
}
