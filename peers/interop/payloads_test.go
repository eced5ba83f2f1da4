package interop_test

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"unicode/utf8"
)

// sizes are those at which a varint becomes longer, and one that no buffer holds. The last frame is an empty one.
var sizes = []int{0, 1, 127, 128, 16383, 16384, 100000, 0}

// binary returns payloads of any bytes and what a peer makes of them. max is the largest that the framing can tell.
func binary(max int) (send, want [][]byte) {
	for _, size := range sizes {
		size = min(size, max)
		send, want = append(send, random(size)), append(want, reversed(random(size)))
	}
	return send, want
}

// texts returns payloads of text in one line and what a peer makes of them.
func texts() (send, want [][]byte) {
	for _, size := range sizes {
		send, want = append(send, text(size)), append(want, reversedText(text(size)))
	}
	return send, want
}

// random returns size bytes, always the same.
func random(size int) []byte {
	p := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{}).Read(p) // it never fails
	return p
}

func reversed(p []byte) []byte {
	p = bytes.Clone(p)
	slices.Reverse(p)
	return p
}

// text returns a line of size bytes, with characters of one to four bytes. It has none that some peer takes for a line end,
// as Node's readline takes U+2028 and a CR alone.
func text(size int) []byte {
	line := make([]byte, 0, size)
	alphabet := []rune("aé日🙂")
	for i := 0; size-len(line) >= utf8.UTFMax; i++ {
		line = utf8.AppendRune(line, alphabet[i%len(alphabet)])
	}
	return append(line, "xyz"[:size-len(line)]...)
}

func reversedText(p []byte) []byte {
	characters := []rune(string(p))
	slices.Reverse(characters)
	return []byte(string(characters))
}
