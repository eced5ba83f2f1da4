// Hellos: section 3 of docs/spec.md. A hello is an object with all settings.
import { Fields, sized, varint } from './fields.js'
import { entries, parseMetadata } from './metadata.js'

const take = (min, max) => (f, what) => {
  const n = f.number(what, min, max)
  if (!f.done) f.fail(`bytes behind ${what}`)
  return n
}

// The settings: their numbers, names, how their values are taken off, and what holds without them.
const settings = [
  { number: 1n, name: 'codec', value: f => f.text('the codec', f.rest()), initial: '' },
  { number: 2n, name: 'message', value: take(0, 2n ** 62n), initial: 65536 },
  { number: 3n, name: 'calls', value: take(0, 2n ** 32n), initial: 128 },
  { number: 4n, name: 'bytes', value: take(0, 2n ** 62n), initial: 8388608 },
  { number: 5n, name: 'credit', value: take(16384, 2 ** 31 - 1), initial: 16384 },
  { number: 6n, name: 'ping', value: take(1, 2n ** 32n), initial: 1000 },
  { number: 7n, name: 'credentials', value: f => f.rest(), initial: Buffer.alloc(0) },
  { number: 8n, name: 'metadata', value: parseMetadata, initial: new Map() }
]

/** What holds until the hello has arrived. */
export const initial = Object.freeze(Object.fromEntries(settings.map(s => [s.name, s.initial])))

/** Returns the hello that the payload of its envelope holds. */
export function parseHello (payload) {
  const f = new Fields(payload, '3.2')
  const hello = { ...initial }
  let last = 0n
  while (!f.done) {
    const number = f.big('the number of a setting')
    if (number <= last) f.fail('the numbers of settings do not rise')
    last = number
    const value = new Fields(f.sized('a setting', 0, 16384), '3.2')
    const known = settings.find(s => s.number === number)
    if (known) hello[known.name] = known.value(value, known.name)
  }
  return hello
}

/** Returns the payload of a hello. Settings that it does not have, or as they would be without it, are left out. */
export function payloadOf (hello) {
  const parts = []
  for (const { number, name, initial } of settings) {
    const value = hello[name]
    if (value === undefined || value === initial || value.length === 0 || value.size === 0) continue
    parts.push(varint(number), sized(bytes(value)))
  }
  return Buffer.concat(parts)
}

function bytes (value) {
  if (typeof value === 'number') return varint(value)
  return value instanceof Map ? entries(value) : Buffer.from(value)
}
