// Reads docs/vectors, for the tests.
import { readFileSync } from 'node:fs'

/** Returns what a file of vectors holds. Numbers of more than 15 digits, which would lose some, become BigInts. */
export function read (name) {
  const text = readFileSync(new URL(`../../../docs/vectors/${name}`, import.meta.url), 'utf8')
  return JSON.parse(text.replace(/: (\d{16,})/g, ': "$1n"'), (_, value) => /^\d{16,}n$/.test(value) ? BigInt(value.slice(0, -1)) : value)
}

/** Returns the bytes that hex means, such as '0102' or '78*1000'. */
export function bytes (hex) {
  const [digits, times] = hex.split('*')
  return Buffer.concat(Array(Number(times ?? 1)).fill(Buffer.from(digits, 'hex')))
}

/** Returns metadata whose values are in hex. */
export const map = metadata => new Map(Object.entries(metadata).map(([key, value]) => [key, bytes(value)]))
