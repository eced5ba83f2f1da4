package main

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/demarc-go/demarc/frame"
)

// encodeCmd is "demarc encode".
type encodeCmd struct {
	framingFlags
	Hex  bool   `help:"Each line is a payload in hex; blanks between the digits are ignored."`
	Null bool   `name:"null" short:"0" help:"Payloads end in a NUL byte instead of a newline."`
	File string `arg:"" optional:"" default:"-" help:"The payloads; - is the standard input, as is nothing."`
}

// Help is shown by kong.
func (encodeCmd) Help() string {
	return `Each line of the input is a payload, without its newline; an empty line is an empty payload, and the last line needs no
newline. All else belongs to the payload, a carriage return too. The frames go to the standard output as the lines come.

A payload that cannot be a frame ends the work with an error that has its number, after the frames before it were written.`
}

// Run reads payloads to the end of the input or the first that cannot be a frame.
func (c *encodeCmd) Run(ctx *kong.Context, s *streams) error {
	framing, err := c.framing(ctx)
	if err != nil {
		return err
	}
	src, err := s.open(c.File)
	if err != nil {
		return err
	}
	defer src.Close()
	w := frame.NewWriter(destination{s.out}, framing)
	w.Max = c.limit()
	lines := frame.NewReader(input{src: src, flush: w.Flush}, c.lines())
	lines.Max = c.lineLimit()
	err = c.encode(lines, w)
	return cmp.Or(w.Flush(), err)
}

func (c *encodeCmd) encode(lines *frame.Reader, w *frame.Writer) error {
	number := 0
	for line, err := range lines.Frames() {
		number++
		if errors.Is(err, frame.ErrTooLarge) {
			err = fmt.Errorf("%w: its line has more than %d bytes", frame.ErrTooLarge, lines.Max)
		}
		if err == nil {
			err = c.write(line, w)
		}
		if err != nil {
			return numbered{number, err}
		}
	}
	return nil
}

// numbered is an error of one payload, counted from 1.
type numbered struct {
	number int
	err    error
}

func (n numbered) Error() string { return fmt.Sprintf("payload %d: %s", n.number, message(n.err)) }

func (n numbered) Unwrap() error { return n.err }

func (c *encodeCmd) write(payload []byte, w *frame.Writer) error {
	if c.Hex {
		var err error
		if payload, err = unhex(payload); err != nil {
			return err
		}
	}
	return w.BufferFrame(payload)
}

func (c *encodeCmd) lines() frame.Framing {
	if c.Null {
		return frame.Delimiter{Delims: []string{"\x00"}, Tail: true}
	}
	return frame.Delimiter{Tail: true}
}

// lineLimit is generous, since it only guards the memory: the Writer knows how large a payload may be. In hex, with blanks,
// a line is about three times as long as what it says.
func (c *encodeCmd) lineLimit() int {
	limit := c.limit()
	if limit < 0 || limit > math.MaxInt/8 {
		return -1
	}
	return 4*limit + 4096
}

func unhex(line []byte) ([]byte, error) {
	digits := bytes.Join(bytes.Fields(line), nil)
	n, err := hex.Decode(digits, digits)
	if err != nil {
		return nil, fmt.Errorf("%w: %s", errHex, strings.TrimPrefix(err.Error(), "encoding/hex: "))
	}
	return digits[:n], nil
}
