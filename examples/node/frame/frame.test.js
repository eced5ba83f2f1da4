import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import test from 'node:test'
import { Decoder, encode, FrameError, frames, MAX } from './frame.js'

const bytes = hex => Buffer.from(hex.replaceAll(' ', ''), 'hex')

// all returns the payloads of chunks, and the code of the error at the end.
function all (chunks, max) {
  const decoder = new Decoder(max)
  const payloads = []
  try {
    for (const chunk of chunks) {
      for (const payload of decoder.push(chunk)) payloads.push(payload.toString())
    }
    decoder.end()
  } catch (err) {
    assert.ok(err instanceof FrameError)
    return [payloads, err.code]
  }
  return [payloads, null]
}

test('frames as they stand in the documentation', () => {
  assert.deepEqual(encode('hi'), bytes('02 6869'))
  assert.deepEqual(encode(''), bytes('00'))
  assert.deepEqual(encode(Buffer.alloc(127)).subarray(0, 1), bytes('7f'))
  assert.deepEqual(encode(Buffer.alloc(128)).subarray(0, 2), bytes('8001'))
  assert.deepEqual(encode(Buffer.alloc(300)).subarray(0, 2), bytes('ac02'))
  assert.throws(() => encode(Buffer.alloc(MAX + 1)), { code: 'too large' })
})

test('the same frames however the stream is cut', () => {
  const texts = ['hello', '', 'Hi from Node 👋', 'x'.repeat(200)]
  const stream = Buffer.concat(texts.map(text => encode(text)))
  for (let first = 0; first <= stream.length; first++) {
    for (let second = first; second <= stream.length; second += 7) {
      const chunks = [stream.subarray(0, first), stream.subarray(first, second), stream.subarray(second)]
      assert.deepEqual(all(chunks), [texts, null])
    }
  }
  assert.deepEqual(all([...stream].map(byte => Buffer.of(byte))), [texts, null])
})

test('what is no frame', () => {
  const tests = {
    '02 6869 8000': 'not minimal',
    '02 6869 ffffffffffffffffff': 'cut off', // a tenth byte would be too many
    '02 6869 ffffffffffffffffff01': 'overflow',
    '02 6869 ffffffffffffffff7f': 'too large',
    '02 6869 ffffff7f': 'too large',
    '02 6869 05 68': 'cut off',
    '02 6869 80': 'cut off'
  }
  for (const [stream, code] of Object.entries(tests)) assert.deepEqual(all([bytes(stream)]), [['hi'], code], stream)
  assert.deepEqual(all([encode('four')], 3), [[], 'too large'])
  assert.deepEqual(all([encode('four')], 4), [['four'], null])
})

test('a large frame in small chunks', () => {
  const payload = Buffer.from(Array.from({ length: MAX }, (_, i) => i % 251))
  const stream = encode(payload)
  const decoder = new Decoder()
  const got = []
  for (let at = 0; at < stream.length; at += 16) got.push(...decoder.push(stream.subarray(at, at + 16)))
  assert.deepEqual(got, [payload])
})

test('a length allocates nothing', () => {
  const decoder = new Decoder(2 ** 40)
  const before = process.memoryUsage().arrayBuffers
  assert.deepEqual([...decoder.push(bytes('8080808080 10 68'))], []) // 2^39 bytes, and one of them
  assert.ok(process.memoryUsage().arrayBuffers - before < 1 << 20)
})

test('a stream of chunks', async () => {
  const got = []
  for await (const payload of frames(Readable.from([bytes('0268'), bytes('69 01'), bytes('21')]))) got.push(payload.toString())
  assert.deepEqual(got, ['hi', '!'])
  await assert.rejects(async () => { for await (const _ of frames(Readable.from([bytes('0268')]))); }, { code: 'cut off' })
})
