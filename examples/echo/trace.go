package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/demarc-go/demarc/frame"
)

// prefaceSize is the size of what each side sends before its first frame; see docs/spec.md.
const prefaceSize = 8

// finder finds the frames in one direction of a connection, however the bytes are cut. It does with its own hands what a
// frame.Reader does inside: it gathers pieces, and asks the framing whether they are a frame yet.
type finder struct {
	prefaced bool // the preface has been found
	framed   bool // and a frame
	lost     bool // what came is no frame, and so nothing behind it is
	buf      []byte
	scan     frame.Scan // how far the search in buf has come
}

// found is something that was found: the preface, or a frame whose prefix has head bytes.
type found struct {
	bytes []byte
	head  int
}

// add returns what piece has completed.
func (f *finder) add(piece []byte) []found {
	var all []found
	f.buf = append(f.buf, piece...)
	for size, head := f.first(); size > 0; size, head = f.first() {
		all = append(all, found{f.buf[:size], head})
		f.buf, f.scan = f.buf[size:], frame.Scan{}
	}
	return all
}

// first returns the size of what buf begins with, and of its prefix. A size of 0 means that it is not complete.
func (f *finder) first() (size, head int) {
	switch {
	case f.lost:
		f.buf = nil
	case !f.prefaced && len(f.buf) >= prefaceSize:
		f.prefaced = true
		return prefaceSize, 0
	case f.prefaced && len(f.buf) > 0:
		s, err := frame.Varint{}.Scan(f.buf, f.scan, false)
		f.scan, f.lost = s, err != nil
		if err == nil && s.Need == 0 {
			f.framed = true
			return int(s.Size), s.Head
		}
	}
	return 0, 0
}

// inside reports whether more is sure to come, because a frame has begun. A preface never comes without a frame.
func (f *finder) inside() bool { return !f.lost && (len(f.buf) > 0 || !f.framed) }

// showFunc shows a piece, its number, and what was found in it. nil shows nothing.
type showFunc func(number int64, piece []byte, all []found)

// tracer shows what passes on a connection: on the left the pieces, on the right what is found in them.
//
//	←   74  0c 03 05 82 a1 4e 03 a4                   │
//	←   75  54 65 78 74 a0                            │ frame: prefix 1, payload 12
//	                                                  │ 0c 03 05 82 a1 4e 03 a4 54 65 78 74 a0           .....N..Text.
//
// → is from the client to the server, ← the other direction. A piece is numbered as it leaves, or as it came. A nil *tracer
// shows nothing.
type tracer struct {
	out  *printer
	conn int // number of the connection, where there are several; 0 shows none
}

// lane returns what shows the pieces of one direction.
func (t *tracer) lane(arrow string) showFunc {
	if t == nil {
		return nil
	}
	if t.conn > 0 {
		arrow = fmt.Sprintf("#%d %s", t.conn, arrow)
	}
	return func(number int64, piece []byte, all []found) {
		var b strings.Builder
		left := fmt.Sprintf("%s %4d  % x", arrow, number, piece)
		for _, right := range rows(all) {
			fmt.Fprintf(&b, "%-*s%s\n", leftWidth, left, right)
			left = ""
		}
		t.out.printf("%s", b.String())
	}
}

const (
	leftWidth = 50 // a piece of 13 bytes, and what stands before it
	rowBytes  = 16 // bytes of a frame in one row
)

// rows returns what stands beside a piece, at least one row.
func rows(all []found) []string {
	if len(all) == 0 {
		return []string{"│"}
	}
	var rows []string
	for _, f := range all {
		rows = append(rows, "│ "+f.title())
		for rest := f.bytes; len(rest) > 0; {
			row := rest[:min(rowBytes, len(rest))]
			rows = append(rows, fmt.Sprintf("│ % -*x  %s", 3*rowBytes-1, row, text(row)))
			rest = rest[len(row):]
		}
	}
	return rows
}

func (f found) title() string {
	if f.head == 0 {
		return "preface"
	}
	return fmt.Sprintf("frame: prefix %d, payload %d", f.head, len(f.bytes)-f.head)
}

// text returns a character for each byte of row: a dot for those that are no ASCII.
func text(row []byte) string {
	chars := bytes.Clone(row)
	for i, c := range chars {
		if c < ' ' || c > '~' {
			chars[i] = '.'
		}
	}
	return string(chars)
}

// printer prints for several goroutines. Its first error stays.
type printer struct {
	w   io.Writer
	mu  sync.Mutex
	err error
}

func (p *printer) printf(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format, args...)
	}
}
