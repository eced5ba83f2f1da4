package frame_test

import (
	"bytes"
	"io"
	"math"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/demarc-go/demarc/frame"
)

// next is a slow and obvious Fixed.
func (h head) next(stream []byte) found {
	common := min(len(h.Magic), len(stream))
	if string(stream[:common]) != h.Magic[:common] {
		return found{err: frame.ErrMagic}
	}
	at := len(h.Magic) + h.Before
	for n := 1; n <= h.Width && at+n <= len(stream); n++ {
		if !h.canBecomeALength(stream[at : at+n]) {
			return found{err: frame.ErrLength}
		}
	}
	if len(stream) < max(at+h.Width, h.size-h.keep) {
		return found{err: io.ErrUnexpectedEOF}
	}
	payload := new(big.Int).Sub(h.value(stream[at:at+h.Width]), big.NewInt(int64(h.counts)))
	if whole := new(big.Int).Add(payload, big.NewInt(int64(h.size))); !whole.IsInt64() {
		return found{counts: math.MaxUint64, size: math.MaxUint64}
	}
	f := lengthModel(stream, uint64(h.size-h.keep), uint64(h.keep)+payload.Uint64())
	if h.NoEmpty && payload.Sign() == 0 {
		f.err, f.goesOn = frame.ErrEmpty, true
	}
	return f
}

// canBecomeALength reports whether begin can be the first bytes of a length that is neither negative nor smaller than what it
// counts. If any such length begins so, then the largest one does, whose other bytes are ff, but for a sign.
func (h head) canBecomeALength(begin []byte) bool {
	if h.counts == 0 && !h.Signed {
		return true
	}
	rest := bytes.Repeat([]byte{0xff}, h.Width-len(begin))
	if h.LittleEndian && h.Signed && len(rest) > 0 {
		rest[len(rest)-1] = 0x7f
	}
	value := h.value(slices.Concat(begin, rest))
	return value.Cmp(big.NewInt(int64(h.counts))) >= 0
}

// value returns the number that length stands for.
func (h head) value(length []byte) *big.Int {
	length = slices.Clone(length)
	if h.LittleEndian {
		slices.Reverse(length)
	}
	value := new(big.Int).SetBytes(length)
	if h.Signed && length[0] >= 0x80 {
		value.Sub(value, new(big.Int).Lsh(big.NewInt(1), uint(8*h.Width)))
	}
	return value
}

// decimalModel is a slow and obvious Netstring.
func decimalModel(stream []byte) found {
	digits := len(stream) - len(bytes.TrimLeft(stream, "0123456789"))
	switch {
	case digits == 0:
		return found{err: frame.ErrLength}
	case digits > 1 && stream[0] == '0':
		return found{err: frame.ErrNotMinimal}
	case digits > 19:
		return found{counts: math.MaxUint64, size: math.MaxUint64}
	case digits == len(stream):
		return found{err: io.ErrUnexpectedEOF}
	case stream[digits] != ':':
		return found{err: frame.ErrNoColon}
	}
	length, _ := strconv.ParseUint(string(stream[:digits]), 10, 64)
	head := uint64(digits + 1)
	if length > math.MaxInt64-head-1 {
		return found{counts: math.MaxUint64, size: math.MaxUint64}
	}
	f := lengthModel(stream, head, length)
	if f.size++; f.size > uint64(len(stream)) {
		f.err = io.ErrUnexpectedEOF
	} else if stream[f.size-1] != ',' {
		f.err, f.goesOn = frame.ErrNoComma, true
	}
	return f
}

// The lines of a header block, and what can become one.
var (
	headerLine = regexp.MustCompile("^[-!#$%&'*+.^_`|~0-9A-Za-z]+:[^\x00-\x08\x0a-\x1f\x7f]*$")
	headerName = regexp.MustCompile("^[-!#$%&'*+.^_`|~0-9A-Za-z]*$")
	lengthLine = regexp.MustCompile("^[^:]*:[ \t]*[0-9]+[ \t]*$")
	lengthPart = regexp.MustCompile("^[^:]*:[ \t]*$|^[^:]*:[ \t]*[0-9]+[ \t]*$")
)

// blockModel is a slow and obvious Header whose length is called name.
func blockModel(h frame.Header, name string) func(stream []byte) found {
	isLength := func(line string) bool {
		got, _, ok := strings.Cut(line, ":")
		return ok && (got == name || !h.ExactCase && strings.EqualFold(got, name))
	}
	most := 16 << 10
	if h.MaxBlock > 0 {
		most = h.MaxBlock
	}
	return func(stream []byte) found {
		length, begin := "", 0
		for i, b := range stream[:min(most, len(stream))] {
			line := latin1(stream[begin : i+1])
			if err := badSoFar(line, h.Lenient, isLength(line), length != ""); err != nil {
				return found{err: err}
			}
			if b != '\n' {
				continue
			}
			switch line = strings.TrimRight(line, "\r\n"); {
			case line == "" && length == "":
				return found{err: frame.ErrNoLength}
			case line == "":
				return headed(stream, i+1, length, h.Keep)
			case isLength(line):
				length = strings.Trim(line[len(name)+1:], " \t")
			}
			begin = i + 1
		}
		if len(stream) >= most {
			return found{err: frame.ErrHeader}
		}
		return found{err: io.ErrUnexpectedEOF}
	}
}

// latin1 returns p as a string in which each byte is a character, as a regexp needs it.
func latin1(p []byte) string {
	var b strings.Builder
	for _, c := range p {
		b.WriteRune(rune(c))
	}
	return b.String()
}

// badSoFar returns what is wrong with a line of which these bytes have arrived, with its end or without.
func badSoFar(line string, lenient, isLength, second bool) error {
	text, ended := strings.CutSuffix(line, "\n")
	text, cr := strings.CutSuffix(text, "\r")
	whole, part, err := headerLine, headerLine, frame.ErrHeader
	if isLength {
		whole, part, err = lengthLine, lengthPart, frame.ErrLength
	}
	switch {
	case isLength && second, ended && !cr && !lenient && (!isLength || whole.MatchString(text)):
		return frame.ErrHeader
	case text == "" || !ended && !cr && headerName.MatchString(text):
		return nil
	case (ended || cr) && whole.MatchString(text), !ended && !cr && part.MatchString(text):
		return nil
	}
	return err
}

// headed is the frame behind a block of size bytes.
func headed(stream []byte, size int, length string, keep bool) found {
	n, err := strconv.ParseUint(length, 10, 64)
	head := uint64(size)
	if err != nil || n > math.MaxInt64-head {
		return found{counts: math.MaxUint64, size: math.MaxUint64}
	}
	if keep {
		return lengthModel(stream, 0, head+n)
	}
	return lengthModel(stream, head, n)
}
