// Cuts a stream of bytes in odd pieces: whoever reads them sees prefixes, delimiters and characters cut in two.
const sizes = [1, 2, 3, 5, 7, 1448, 4099]

export async function * pieces (source) {
  let i = 0
  for await (let chunk of source) {
    while (chunk.length > 0) {
      const size = sizes[i++ % sizes.length]
      yield chunk.subarray(0, size)
      chunk = chunk.subarray(size)
    }
  }
}
