package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/demarc-go/demarc/frame"
)

// framings are the framings that -framing can name. To add one: a row here, and in framingFlags the flags that are its own.
var framings = []struct {
	name  string
	about string
	build func(f framingFlags) (frame.Framing, error)
}{
	{"varint", "the length in front, as an unsigned LEB128 varint", func(f framingFlags) (frame.Framing, error) {
		return frame.Varint{Lenient: f.Lenient, Bits: f.Bits}, nil
	}},
	{"fixed", "the length in front, in a fixed number of bytes, such as 4", framingFlags.fixed},
	{"records", "records of one size, with nothing between them", framingFlags.records},
	{"delimiter", "a delimiter behind each payload; a newline unless told otherwise", func(f framingFlags) (frame.Framing, error) {
		return frame.Delimiter{Delims: texts(f.Delim), Keep: f.Keep, Tail: f.Tail}, nil
	}},
	{"lines", "lines that end in LF or CRLF", func(f framingFlags) (frame.Framing, error) {
		return frame.Lines{Strict: f.Strict, CRLF: f.CRLF, Keep: f.Keep, Tail: f.Tail}, nil
	}},
	{"netstring", "the length in decimal and a colon in front, a comma behind", func(framingFlags) (frame.Framing, error) {
		return frame.Netstring{}, nil
	}},
	{"cobs", "COBS: a zero byte behind, and none within", func(framingFlags) (frame.Framing, error) {
		return frame.COBS{}, nil
	}},
	{"slip", "SLIP, RFC 1055: END behind, and escaped within", func(f framingFlags) (frame.Framing, error) {
		return frame.SLIP{Lead: f.Lead}, nil
	}},
	{"header", "header lines in front, one of which has the length, as in LSP", framingFlags.header},
}

// framingFlags are the flags that describe frames, the same for reading and for writing. The group of a flag names the framings
// that it belongs to, with commas between; it is an error to use it with another.
type framingFlags struct {
	Framing string `required:"" enum:"${framings}" placeholder:"NAME" help:"How frames are marked: one of the framings below."`
	Max     int    `default:"${max}" placeholder:"BYTES" help:"Largest payload, ${max} if 0 or not given; -1: no limit."`

	Bits int `group:"varint" enum:"32,63,64" default:"63" placeholder:"N" help:"Bits that a length may have: 32, 63 or 64; 63 if not given."`

	Lenient bool `group:"varint,header" help:"Read what is not quite right: lengths padded with needless bytes (varint), lines that end in a bare LF (header)."`

	Width        int      `group:"fixed" default:"4" placeholder:"N" help:"Bytes of the length, 1 to 8; 4 if not given."`
	LittleEndian bool     `group:"fixed" help:"The lowest byte of the length comes first."`
	Signed       bool     `group:"fixed" help:"A length whose top bit is set is negative, and refused."`
	Magic        literal  `group:"fixed" placeholder:"TEXT" help:"The first bytes of every frame, written as for -delim."`
	Before       int      `group:"fixed" placeholder:"N" help:"Other bytes before the length; none if not given."`
	After        int      `group:"fixed" placeholder:"N" help:"Bytes between the length and the payload; none if not given."`
	Counts       headPart `group:"fixed" placeholder:"N" help:"How many of the bytes before the payload, the last ones, the length counts too; or all. 0 if not given."`
	KeepHead     headPart `group:"fixed" placeholder:"N" help:"How many of the bytes before the payload, the last ones, are part of it; or all. 0 if not given."`
	NoEmpty      bool     `group:"fixed" help:"Refuse frames with nothing behind their head."`

	Size int `group:"records" placeholder:"BYTES" help:"Size of every record, 1 or more. It must be given."`

	Delim []literal `group:"delimiter" sep:"none" placeholder:"TEXT" help:"A delimiter; text with Go's escapes such as '\\r\\n', or hex such as 0x0d0a. May be repeated: each ends a frame, the first is written."`

	Keep bool `group:"delimiter,lines,header" help:"The payload includes the delimiter, the line end, or the header lines."`
	Tail bool `group:"delimiter,lines" help:"What stands behind the last delimiter or line end is a frame too."`

	Strict bool `group:"lines" help:"Demand CRLF; a CR or an LF on its own is an error."`
	CRLF   bool `group:"lines" name:"crlf" help:"Write CRLF. -strict always does."`

	Lead bool `group:"slip" help:"Write an END before each frame too."`

	Name      string `group:"header" default:"Content-Length" placeholder:"NAME" help:"Name of the header that has the length; Content-Length if not given."`
	ExactCase bool   `group:"header" help:"Upper and lower case in that name are not the same."`
	MaxBlock  int    `group:"header" default:"16384" placeholder:"BYTES" help:"Largest size of the header lines, 16384 if 0 or not given; -1: no limit."`
}

func (f framingFlags) fixed() (frame.Framing, error) {
	if f.Width == 0 {
		return nil, fmt.Errorf("%w: -width must be 1 to 8", errUsage)
	}
	return frame.NewFixed(frame.Layout{
		Magic: string(f.Magic), Before: f.Before, Width: f.Width, After: f.After,
		LittleEndian: f.LittleEndian, Signed: f.Signed, NoEmpty: f.NoEmpty,
		Counts: int(f.Counts), Keep: int(f.KeepHead),
	})
}

func (f framingFlags) records() (frame.Framing, error) {
	if f.Size < 1 {
		return nil, fmt.Errorf("%w: -framing records needs a -size of 1 or more", errUsage)
	}
	return frame.Records{Size: f.Size}, nil
}

func (f framingFlags) header() (frame.Framing, error) {
	h := frame.Header{Name: f.Name, ExactCase: f.ExactCase, Lenient: f.Lenient, Keep: f.Keep, MaxBlock: f.MaxBlock}
	if _, err := h.Scan([]byte("x"), frame.Scan{}, false); errors.Is(err, frame.ErrConfig) {
		return nil, fmt.Errorf("%w: there is no header with a -name of %q in a -max-block of %d bytes", errUsage, h.Name, h.MaxBlock)
	}
	return h, nil
}

// framing returns the framing that the command line asks for.
func (f framingFlags) framing(ctx *kong.Context) (frame.Framing, error) {
	for _, p := range ctx.Path {
		if p.Flag == nil || p.Flag.Group == nil {
			continue
		}
		if owners := strings.Split(p.Flag.Group.Key, ","); !slices.Contains(owners, f.Framing) {
			return nil, fmt.Errorf("%w: -%s is an option of %s, not of %s", errUsage, p.Flag.Name, listed(owners), f.Framing)
		}
	}
	for _, row := range framings {
		if row.name == f.Framing {
			return row.build(f)
		}
	}
	return nil, fmt.Errorf("%w: there is no framing %q", errUsage, f.Framing)
}

// listed writes names as a list in a sentence.
func listed(names []string) string {
	last := len(names) - 1
	if last == 0 {
		return names[0]
	}
	return strings.Join(names[:last], ", ") + " and " + names[last]
}

// limit returns the largest payload in bytes; any negative value means no limit.
func (f framingFlags) limit() int {
	if f.Max == 0 {
		return frame.DefaultMax
	}
	return f.Max
}
