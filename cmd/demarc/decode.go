package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/alecthomas/kong"

	"github.com/demarc-go/demarc/frame"
)

// decodeCmd is "demarc decode".
type decodeCmd struct {
	framingFlags
	Skip bool   `help:"Pass over a bad frame whose end can be told, and go on; the exit code tells of the first at the end."`
	As   string `enum:"auto,text,hex" default:"auto" placeholder:"FORM" help:"How payloads are shown: text, hex or auto, which is text if all of it can be printed."`
	JSON bool   `name:"json" help:"Print each frame as a JSON object on a line of its own."`
	File string `arg:"" optional:"" default:"-" help:"The stream; - is the standard input, as is nothing."`
}

// Help is shown by kong.
func (decodeCmd) Help() string {
	return `A line has the offset of the frame in the stream, its prefix in hex, the length of its payload, and the payload: text in
quotes with Go's escapes, or hex. "-" stands for no bytes. With -json the fields are offset, prefix, length, payload (hex) and,
if the payload is UTF-8, text.

A stream that is no sequence of frames ends with an error, a picture of the bytes around the one that is wrong, and an exit
code that says what was wrong.`
}

// Run reads the stream to its end or its first error.
func (c *decodeCmd) Run(ctx *kong.Context, s *streams) error {
	framing, err := c.framing(ctx)
	if err != nil {
		return err
	}
	src, err := s.open(c.File)
	if err != nil {
		return err
	}
	defer src.Close()
	d := newDecoder(c, framing, src, s)
	err = d.decode()
	return cmp.Or(d.out.flush(), err)
}

// decoder turns one stream into lines.
type decoder struct {
	show    func(frameRow, []byte) []byte // appends a row to the slice
	reader  *frame.Reader
	seen    *observer
	out     *output
	stderr  io.Writer
	trail   []byte // the last bytes of the frame that was read last, and
	end     int64  // where it ended
	skipped error  // the first frame that was passed over
}

func newDecoder(c *decodeCmd, framing frame.Framing, src io.Reader, s *streams) *decoder {
	d := &decoder{seen: &observer{Framing: framing}, out: &output{dst: s.out}, stderr: s.err}
	d.reader = frame.NewReader(input{src: src, flush: d.out.flush}, d.seen.framing())
	d.reader.Max, d.reader.Skip = c.limit(), c.Skip
	d.show = func(r frameRow, dst []byte) []byte { return r.appendColumns(dst, c.As) }
	if c.JSON {
		d.show = frameRow.appendJSON
	}
	return d
}

func (d *decoder) decode() error {
	for payload, err := range d.reader.Frames() {
		if err == nil {
			err = d.print(payload)
		} else {
			err = d.refuse(err)
		}
		if err != nil {
			return err
		}
	}
	return d.skipped
}

func (d *decoder) print(payload []byte) error {
	d.end = d.reader.Offset()
	d.trail = append(d.trail[:0], d.seen.trail...)
	row := frameRow{d.end - d.seen.size, d.seen.prefix, payload}
	d.out.lines = append(d.show(row, d.out.lines), '\n')
	return d.out.lineDone()
}

// refuse deals with an error of the Reader: it goes on after a frame that is skipped, and draws a picture of any other.
func (d *decoder) refuse(err error) error {
	var bad *frame.Error
	if !errors.As(err, &bad) {
		return err
	}
	if !bad.Skipped {
		return &badStream{err, d.picture(bad)}
	}
	if d.skipped == nil {
		d.skipped = told{err}
	}
	if err := d.out.flush(); err != nil {
		return err
	}
	_, err = fmt.Fprintf(d.stderr, "demarc: %s; skipped\n", message(bad))
	return writeError(err)
}

// badStream is an error in a stream, with a picture of the bytes around it.
type badStream struct {
	error
	picture string
}

func (b *badStream) Unwrap() error { return b.error }

func (d *decoder) picture(bad *frame.Error) string {
	var before []byte
	if d.end == bad.Offset {
		before = d.trail
	}
	w := window{start: bad.Offset - int64(len(before)), bytes: slices.Concat(before, d.reader.Buffered())}
	if errors.Is(bad, io.ErrUnexpectedEOF) {
		return w.picture(bad.Offset+bad.Have, "the stream ends here")
	}
	at := bad.Offset + int64(bad.At)
	return w.picture(at, fmt.Sprintf("byte %d", at))
}

// observer is a framing that notes what another one finds. A Reader hands over payloads alone; what stood around the one that
// it has just returned is here.
type observer struct {
	frame.Framing
	prefix []byte // of the frame that was found last
	size   int64  // of that frame, on the wire
	trail  []byte // its last bytes
}

// framing returns what is to be given to the Reader: o, which is an Unstuffer if the framing that it observes is one.
func (o *observer) framing() frame.Framing {
	type unstuffs interface{ Unstuff(dst, body []byte) []byte }
	if u, ok := o.Framing.(unstuffs); ok {
		return struct {
			*observer
			unstuffs
		}{o, u}
	}
	return o
}

// Scan is that of the framing; see [frame.Framing].
func (o *observer) Scan(buf []byte, s frame.Scan, atEOF bool) (frame.Scan, error) {
	s, err := o.Framing.Scan(buf, s, atEOF)
	if err == nil && s.Need == 0 {
		size := s.Head + s.Body + s.Tail
		o.prefix = append(o.prefix[:0], buf[:s.Head]...)
		o.trail = append(o.trail[:0], buf[max(0, size-2*rowBytes):size]...)
		o.size = int64(size)
	}
	return s, err
}
