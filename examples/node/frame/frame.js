// Frames: a payload with its length in front of it, as an unsigned LEB128 varint. Seven bits a byte, the low ones first, the
// top bit set in every byte but the last:
//
//   "hi"                      02 68 69
//   a payload of 300 bytes    ac 02, 300 bytes
//
// The rules are those of frame.Varint on the Go side: a length has as few bytes as it needs, and 63 bits at most.

/** The largest payload in bytes, unless another is given. */
export const MAX = 1 << 20

/** What is wrong with a frame. Its code is 'cut off', 'too large', 'not minimal' or 'overflow'. */
export class FrameError extends Error {
  constructor (code, message) {
    super(`frame: ${message}`)
    this.name = 'FrameError'
    this.code = code
  }
}

/** Returns the frame of a payload, which is a string or bytes. */
export function encode (payload, max = MAX) {
  const bytes = Buffer.from(payload)
  checkSize(bytes.length, max)
  const prefix = []
  let rest = bytes.length
  for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) prefix.push(rest % 0x80 | 0x80)
  prefix.push(rest)
  return Buffer.concat([Buffer.from(prefix), bytes])
}

function checkSize (size, max) {
  if (size > max) throw new FrameError('too large', `a payload of ${size} bytes is over the limit of ${max}`)
}

/**
 * Decoder finds frames in the chunks of a stream, however it is cut. A `data` event gives a chunk, which may hold a part of a
 * frame, or several; a decoder keeps what is not complete yet. What it keeps it copies into a buffer that grows with the bytes
 * that have come, not with what a length says. After an error it is of no more use.
 */
export class Decoder {
  #prefix = 0 // bytes of the length so far
  #size = 0 // the length so far
  #known = false // the length is complete
  #kept = Buffer.alloc(0) // the payload so far, and room for more
  #have = 0 // bytes of it

  /** max is the limit; it may be changed between two payloads. */
  constructor (max = MAX) { this.max = max }

  /** How many bytes have come of a frame that is not complete. */
  get pending () { return this.#prefix + this.#have }

  /** Yields the payloads that chunk completes. One that chunk holds as a whole is a view of it. */
  * push (chunk) {
    let at = 0
    while (at < chunk.length) {
      if (!this.#known) {
        this.#length(chunk[at++])
      } else {
        const part = chunk.subarray(at, at + this.#size - this.#have)
        at += part.length
        if (part.length === this.#size) {
          yield this.#take(part)
          continue
        }
        this.#keep(part)
      }
      if (this.#known && this.#have === this.#size) yield this.#take(this.#kept.subarray(0, this.#size))
    }
  }

  /** To be called at the end of the stream: it throws if that is inside a frame. */
  end () {
    if (this.#prefix === 0) return
    const where = this.#known ? `${this.#size - this.#have} bytes before the end of a payload` : 'inside a length'
    throw new FrameError('cut off', `the stream ends ${where}`)
  }

  // takes the next byte of a length
  #length (byte) {
    const last = byte < 0x80
    if (this.#prefix === 9) throw new FrameError('overflow', 'a length has more than 63 bits')
    if (last && byte === 0 && this.#prefix > 0) throw new FrameError('not minimal', 'a length has more bytes than it needs')
    // Above 2^53 this rounds, and that is far above any limit.
    this.#size += byte % 0x80 * 2 ** (7 * this.#prefix++)
    if (!last) return
    checkSize(this.#size, this.max)
    this.#known = true
  }

  // keeps a part of a payload
  #keep (part) {
    const need = this.#have + part.length
    if (need > this.#kept.length) {
      const larger = Buffer.alloc(Math.min(Math.max(2 * need, 256), this.#size))
      this.#kept.copy(larger, 0, 0, this.#have)
      this.#kept = larger
    }
    part.copy(this.#kept, this.#have)
    this.#have = need
  }

  // returns payload, and makes ready for the next
  #take (payload) {
    this.#prefix = this.#size = this.#have = 0
    this.#known = false
    this.#kept = Buffer.alloc(0)
    return payload
  }
}

/** Yields the payloads of a stream of bytes, such as a socket, until its end. Breaking off destroys the stream. */
export async function * frames (stream, max = MAX) {
  const decoder = new Decoder(max)
  for await (const chunk of stream) yield * decoder.push(chunk)
  decoder.end()
}
