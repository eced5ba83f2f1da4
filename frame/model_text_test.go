package frame_test

import (
	"bytes"
	"io"

	"github.com/demarc-go/demarc/frame"
)

// linesModel is a slow and obvious Lines.
func linesModel(l frame.Lines) func(stream []byte) found {
	return func(stream []byte) found {
		for i, b := range stream {
			switch {
			case l.Strict && b == '\r' && i+1 < len(stream) && stream[i+1] != '\n':
				return badLine(stream, i)
			case b == '\n' && l.Strict && (i == 0 || stream[i-1] != '\r'):
				return badLine(stream, i)
			case b == '\n':
				delim := longestSuffix(stream[:i+1], [][]byte{[]byte("\r\n"), []byte("\n")})
				return delimited(stream, i+1, delim, l.Keep)
			}
		}
		certain := bytes.TrimSuffix(stream, []byte("\r"))
		if !l.Tail {
			return found{counts: uint64(len(certain)), err: io.ErrUnexpectedEOF}
		}
		f := delimited(stream, len(stream), len(stream)-len(certain), l.Keep)
		f.early = f.counts
		return f
	}
}

// badLine is a line with a fault after good bytes. It ends at the next CRLF.
func badLine(stream []byte, good int) found {
	f := found{counts: uint64(good), err: frame.ErrLineEnd, goesOn: true}
	if i := bytes.Index(stream[good:], []byte("\r\n")); i >= 0 {
		f.over = uint64(good + i)
		f.size = f.over + 2
	} else {
		f.over = uint64(len(bytes.TrimSuffix(stream, []byte("\r"))))
	}
	return f
}

// cobsModel is a slow and obvious COBS.
func cobsModel(stream []byte) found {
	if stream[0] == 0 {
		return found{blank: true, size: 1}
	}
	payload, size, ok := naiveUncobs([]byte{}, stream)
	f := found{payload: payload, counts: uint64(len(payload)), size: uint64(size), over: uint64(size) - 1}
	switch {
	case size == 0:
		f.err, f.over = io.ErrUnexpectedEOF, uint64(len(stream))
	case !ok:
		f.err, f.goesOn = frame.ErrStuffing, true
	}
	return f
}

// slipModel is a slow and obvious SLIP.
func slipModel(stream []byte) found {
	if stream[0] == 0xc0 {
		return found{blank: true, size: 1}
	}
	f := found{payload: []byte{}, err: io.ErrUnexpectedEOF, over: uint64(len(bytes.TrimSuffix(stream, []byte{0xdb})))}
	if i := bytes.IndexByte(stream, 0xc0); i >= 0 {
		f.err, f.size, f.over = nil, uint64(i+1), uint64(i)
		stream = stream[:i+1]
	}
	for i := 0; i < len(stream) && stream[i] != 0xc0; i++ {
		b := stream[i]
		if b == 0xdb && i+1 < len(stream) {
			i++
			switch stream[i] {
			case 0xdc:
				b = 0xc0
			case 0xdd:
				b = 0xdb
			default:
				f.err, f.goesOn = frame.ErrEscape, true
				return f
			}
		} else if b == 0xdb {
			return f
		}
		f.counts++
		f.payload = append(f.payload, b)
	}
	return f
}
