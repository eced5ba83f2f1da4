package frame_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"github.com/demarc-go/demarc/frame"
)

func linesRow(name string, l frame.Lines) row {
	r := row{
		name:         name,
		framing:      l,
		canonical:    (l.Strict || l.Keep) && !l.Tail,
		endsWithTail: l.Tail,
		alphabet:     "\n\rx\x00",
		refuses:      []error{frame.ErrDelimiter},
		encode: func(payload []byte) []byte {
			switch {
			case l.Keep && strings.HasSuffix(string(payload), "\r\n"), l.Keep && !l.Strict && strings.HasSuffix(string(payload), "\n"):
				return slices.Clone(payload)
			case l.Strict || l.CRLF:
				return slices.Concat(payload, []byte("\r\n"))
			}
			return slices.Concat(payload, []byte("\n"))
		},
		next: linesModel(l),
	}
	if l.Strict {
		r.like = func(p []byte) []byte {
			if r.carries(p) {
				return p
			}
			p = bytes.ReplaceAll(bytes.ReplaceAll(p, []byte("\r"), nil), []byte("\n"), nil)
			if l.Keep {
				p = append(p, "\r\n"...)
			}
			return p
		}
	}
	return r
}

func fixedRow(name string, layout frame.Layout) row {
	framing, err := frame.NewFixed(layout)
	if err != nil {
		panic(err)
	}
	m := newHead(layout)
	r := row{
		name:      name,
		framing:   framing,
		canonical: layout.Before+layout.After == 0 || m.keep == m.size,
		alphabet:  "\x00\x01\x03\x07\xff",
		refuses:   []error{frame.ErrTooLarge, frame.ErrLength, frame.ErrMagic, frame.ErrEmpty},
		encode: func(payload []byte) []byte {
			rest := payload[min(m.keep, len(payload)):]
			return slices.Concat(m.around(len(rest))[:m.size-m.keep], payload)
		},
		next: m.next,
	}
	r.like = func(p []byte) []byte {
		if layout.NoEmpty && len(p) == 0 {
			p = []byte("x")
		}
		if r.carries(p) {
			return p
		}
		p = p[:min(len(p), 200)]
		return slices.Concat(m.around(len(p))[m.size-m.keep:], p)
	}
	return r
}

func recordsRow(name string, size int) row {
	return row{
		name:      name,
		framing:   frame.Records{Size: size},
		canonical: true,
		alphabet:  "ab\x00",
		refuses:   []error{frame.ErrLength},
		encode:    slices.Clone[[]byte],
		like: func(p []byte) []byte {
			return append(slices.Clone(p), make([]byte, size)...)[:size]
		},
		next: func(stream []byte) found { return lengthModel(stream, 0, uint64(size)) },
	}
}

func netstringRow() row {
	return row{
		name:      "netstring",
		framing:   frame.Netstring{},
		canonical: true,
		alphabet:  "012:,x",
		encode:    func(payload []byte) []byte { return fmt.Appendf(nil, "%d:%s,", len(payload), payload) },
		next:      decimalModel,
	}
}

func cobsRow() row {
	return row{
		name:     "COBS",
		framing:  frame.COBS{},
		alphabet: "\x00\x01\x02\x03\xff",
		encode:   func(payload []byte) []byte { return naiveCOBS(nil, payload) },
		next:     cobsModel,
	}
}

func slipRow(name string, f frame.SLIP) row {
	return row{
		name:     name,
		framing:  f,
		alphabet: "\xc0\xdb\xdc\xddx",
		refuses:  []error{frame.ErrEmpty},
		encode: func(payload []byte) []byte {
			if f.Lead {
				return naiveSLIP([]byte{0xc0}, payload)
			}
			return naiveSLIP(nil, payload)
		},
		like: func(p []byte) []byte {
			if len(p) == 0 {
				return []byte("x")
			}
			return p
		},
		next: slipModel,
	}
}

func headerRow(name string, h frame.Header) row {
	length := h.Name
	if length == "" {
		length = "Content-Length"
	}
	whole := func(payload []byte) []byte {
		return fmt.Appendf(nil, "%s: %d\r\n\r\n%s", length, len(payload), payload)
	}
	r := row{
		name:      name,
		framing:   h,
		canonical: h.Keep,
		alphabet:  "Ll:\r\n1 ",
		refuses:   []error{frame.ErrMalformed, frame.ErrTooLarge},
		encode:    whole,
		next:      blockModel(h, length),
	}
	if h.MaxBlock > 0 {
		r.like = func(p []byte) []byte { return p[:min(len(p), 99)] } // more digits have no room
	}
	if h.Keep {
		r.encode = slices.Clone[[]byte]
		r.like = func(p []byte) []byte {
			if bytes.HasPrefix(p, []byte(length)) && r.carries(p) {
				return p
			}
			return whole(p)
		}
	}
	return r
}

// head is a layout with all its numbers, as the model and the encoder of its row have it.
type head struct {
	frame.Layout
	size, keep, counts int
}

func newHead(l frame.Layout) head {
	if l.Width == 0 {
		l.Width = 4
	}
	h := head{Layout: l, size: len(l.Magic) + l.Before + l.Width + l.After, keep: l.Keep, counts: l.Counts}
	if h.keep == frame.WholeHead {
		h.keep = h.size
	}
	if h.counts == frame.WholeHead {
		h.counts = h.size
	}
	return h
}

// around returns the head of n bytes of payload.
func (h head) around(n int) []byte {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(n+h.counts))
	length := b[8-h.Width:]
	if h.LittleEndian {
		slices.Reverse(length)
	}
	return slices.Concat([]byte(h.Magic), make([]byte, h.Before), length, make([]byte, h.After))
}
