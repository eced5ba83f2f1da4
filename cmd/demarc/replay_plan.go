package main

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/demarc-go/demarc/frame"
	"github.com/demarc-go/demarc/fuzz"
)

// replayCmd is "demarc replay".
type replayCmd struct {
	framingFlags
	Skip   bool   `help:"Pass over a bad frame whose end can be told, and go on."`
	Plan   string `placeholder:"STEPS" help:"How reads see the stream, such as '3, Timeout, 1, Repeat'; in one piece if not given."`
	Stream string `placeholder:"HEX" help:"The stream, in place of a file."`
	File   string `arg:"" optional:"" default:"-" help:"The stream; - is the standard input, as is nothing."`
}

// Help is shown by kong.
func (replayCmd) Help() string {
	return `A line is a read, with the bytes it gave and its error, or what came out: a frame, an error after which reading goes on,
or the end. A report of package fuzz has the command that replays it, so that a parser can be compared with demarc's.

The steps of a plan follow each other along the stream: 3 is three bytes, 0 a read of nothing, 4 + Timeout four bytes together
with a timeout. Rest is all that is left, Half half of what was asked for, Repeat the plan from its start. Timeout and
Transient pass; EOF, Reset and Idle last. Flip, Drop and Double spoil a byte. Stall is a second.`
}

// maxStuck is how often in a row reading may fail without a byte.
const maxStuck = 100

// Run reads the stream to its end, or to an error that does not pass.
func (c *replayCmd) Run(ctx *kong.Context, s *streams) error {
	framing, err := c.framing(ctx)
	if err != nil {
		return err
	}
	plan, err := fuzz.ParsePlan(c.Plan)
	if err != nil {
		return fmt.Errorf("%w: -plan: %s", errUsage, strings.TrimPrefix(err.Error(), "fuzz: "))
	}
	stream, err := c.stream(s)
	if err != nil {
		return err
	}
	r := &replayed{out: &output{dst: s.out}, src: fuzz.NewReader(bytes.NewReader(stream), plan)}
	r.reader = frame.NewReader(r, framing)
	r.reader.Max, r.reader.Skip = c.limit(), c.Skip
	err = r.read()
	return cmp.Or(r.out.flush(), err)
}

// stream returns the bytes to read.
func (c *replayCmd) stream(s *streams) ([]byte, error) {
	if c.Stream != "" {
		stream, err := hex.DecodeString(strings.Join(strings.Fields(c.Stream), ""))
		if err != nil {
			return nil, fmt.Errorf("%w: -stream: %s", errHex, strings.TrimPrefix(err.Error(), "encoding/hex: "))
		}
		return stream, nil
	}
	src, err := s.open(c.File)
	if err != nil {
		return nil, err
	}
	defer src.Close()
	stream, err := io.ReadAll(src)
	return stream, readError(err)
}

// replayed is a stream that is read as a plan says, with a line for each read.
type replayed struct {
	src    io.Reader
	reader *frame.Reader
	out    *output
	stuck  int   // errors in a row without a byte
	failed error // of the output
}

// Read is that of the source. The Reader calls it.
func (r *replayed) Read(p []byte) (int, error) {
	n, err := r.src.Read(p)
	if n > 0 {
		r.stuck = 0
	}
	r.line("read", "%6d  %s%s", n, appendHex(nil, p[:n]), also(err))
	return n, err
}

func also(err error) string {
	if err == nil {
		return ""
	}
	return "  and " + errText(err)
}

func errText(err error) string {
	if err == io.EOF {
		return "EOF"
	}
	return message(err)
}

// line prints one line. An error of the output stops the reading.
func (r *replayed) line(what, format string, args ...any) {
	r.failed = cmp.Or(r.failed, r.out.printf("%-7s%s\n", what, fmt.Sprintf(format, args...)))
}

func (r *replayed) read() error {
	for r.failed == nil {
		payload, err := r.reader.ReadFrame()
		var bad *frame.Error
		switch {
		case err == nil:
			row := frameRow{payload: payload}
			r.line("frame", "%6d  %s", len(payload), row.shown())
		case err == io.EOF:
			r.line("end", "%6s  between two frames", "")
			return r.failed
		case errors.As(err, &bad) && bad.Skipped:
			r.line("skip", "%6s  %s", "", message(err))
		case passes(err) && r.stuck < maxStuck:
			r.stuck++
			r.line("error", "%6s  %s; the next call goes on", "", errText(err))
		case bad != nil:
			r.line("end", "%6s  %s", "", message(err))
			return cmp.Or(r.failed, error(told{err}))
		default:
			r.line("end", "%6s  %s", "", message(err))
			return cmp.Or(r.failed, error(told{failedIO{err}}))
		}
	}
	return r.failed
}

// shown returns the payload as "auto" shows it.
func (r frameRow) shown() string {
	if isText(r.payload) {
		return fmt.Sprintf("%q", r.payload)
	}
	return string(appendHex(nil, r.payload))
}

// passes reports whether a source that failed with err may be read on.
func passes(err error) bool {
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, fuzz.ErrTransient)
}
