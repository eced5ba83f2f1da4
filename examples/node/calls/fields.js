// What envelopes and hellos are made of: varints, and bytes with their length in front.

/** A rule of docs/spec.md that the peer broke. Its code goes into the goaway that says so. */
export class ProtocolError extends Error {
  constructor (rule, message, code = 9) {
    super(`rule ${rule}: ${message}`)
    this.name = 'ProtocolError'
    this.rule = rule
    this.code = code
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Returns the bytes of a varint; n is a Number or a BigInt. */
export function varint (n) {
  const bytes = []
  for (n = BigInt(n); n > 0x7fn; n >>= 7n) bytes.push(Number(n & 0x7fn) | 0x80)
  bytes.push(Number(n))
  return Buffer.from(bytes)
}

/** Returns bytes with their length in front, as a varint. */
export function sized (bytes) {
  return Buffer.concat([varint(bytes.length), bytes])
}

/** Fields takes one field after the other off bytes. What is wrong breaks its rule. */
export class Fields {
  #bytes
  #at = 0

  constructor (bytes, rule) {
    this.#bytes = bytes
    this.rule = rule
  }

  get done () { return this.#at === this.#bytes.length }

  fail (message) { throw new ProtocolError(this.rule, message) }

  /** Takes a varint from min to max, of at most 64 bits, as a BigInt. */
  big (what, min = 0n, max = 2n ** 64n - 1n) {
    let n = 0n
    for (let shift = 0n; ; shift += 7n) {
      if (this.done) this.fail(`${what} is cut off`)
      const byte = this.#bytes[this.#at++]
      n |= BigInt(byte & 0x7f) << shift
      if (byte >= 0x80 && shift < 63n) continue
      if (byte >= 0x80 || (byte === 0 && shift > 0n)) this.fail(`${what} is no minimal varint of 64 bits`)
      break
    }
    if (n < min || n > max) this.fail(`${what} is ${n}, and not from ${min} to ${max}`)
    return n
  }

  /** Takes a varint from min to max as a Number. Above 2^53 it may be a little off. */
  number (what, min, max) { return Number(this.big(what, BigInt(min), BigInt(max))) }

  /** Takes so many bytes. */
  bytes (what, length) {
    if (length > this.#bytes.length - this.#at) this.fail(`${what} is cut off`)
    return this.#bytes.subarray(this.#at, this.#at += length)
  }

  /** Takes a length from min to max, and so many bytes. */
  sized (what, min, max) { return this.bytes(what, this.number(`the length of ${what}`, min, max)) }

  /** Takes all that is left. */
  rest () { return this.bytes('the rest', this.#bytes.length - this.#at) }

  /** Returns bytes as text. */
  text (what, bytes) {
    try {
      return utf8.decode(bytes)
    } catch {
      return this.fail(`${what} is not UTF-8`)
    }
  }
}
