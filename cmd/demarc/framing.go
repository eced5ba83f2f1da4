package main

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/demarc-go/demarc/frame"
)

// framings are the framings that -framing can name. To add one: a row here, and in framingFlags the flags that are its own.
var framings = []struct {
	name  string
	about string
	build func(f framingFlags) frame.Framing
}{
	{"varint", "the length in front, as an unsigned LEB128 varint", func(f framingFlags) frame.Framing {
		return frame.Varint{Lenient: f.Lenient, Bits: f.Bits}
	}},
	{"delimiter", "a delimiter behind each payload; a newline unless told otherwise", func(f framingFlags) frame.Framing {
		return frame.Delimiter{Delims: texts(f.Delim), Keep: f.Keep, Tail: f.Tail}
	}},
}

// framingFlags are the flags that describe frames, the same for reading and for writing. The group of a flag names the framings
// that it belongs to, with commas between; it is an error to use it with another.
type framingFlags struct {
	Framing string `required:"" enum:"${framings}" placeholder:"NAME" help:"How frames are marked: one of the framings below."`
	Max     int    `default:"${max}" placeholder:"BYTES" help:"Largest payload, ${max} if 0 or not given; -1: no limit."`

	Lenient bool `group:"varint" help:"Read lengths that are padded with needless bytes."`
	Bits    int  `group:"varint" enum:"32,63,64" default:"63" placeholder:"N" help:"Bits that a length may have: 32, 63 or 64; 63 if not given."`

	Delim []delim `group:"delimiter" sep:"none" placeholder:"TEXT" help:"A delimiter; text with Go's escapes such as '\\r\\n', or hex such as 0x0d0a. May be repeated: each ends a frame, the first is written."`
	Keep  bool    `group:"delimiter" help:"The payload includes the delimiter."`
	Tail  bool    `group:"delimiter" help:"What stands behind the last delimiter is a frame too."`
}

// framing returns the framing that the command line asks for.
func (f framingFlags) framing(ctx *kong.Context) (frame.Framing, error) {
	for _, p := range ctx.Path {
		if p.Flag == nil || p.Flag.Group == nil {
			continue
		}
		if owners := strings.Split(p.Flag.Group.Key, ","); !slices.Contains(owners, f.Framing) {
			return nil, fmt.Errorf("%w: -%s is an option of %s, not of %s", errUsage, p.Flag.Name, p.Flag.Group.Key, f.Framing)
		}
	}
	for _, row := range framings {
		if row.name == f.Framing {
			return row.build(f), nil
		}
	}
	return nil, fmt.Errorf("%w: there is no framing %q", errUsage, f.Framing)
}

// limit returns the largest payload in bytes; any negative value means no limit.
func (f framingFlags) limit() int {
	if f.Max == 0 {
		return frame.DefaultMax
	}
	return f.Max
}

// delim is a delimiter, written on the command line as text with Go's escapes or as 0x and hex digits.
type delim string

// UnmarshalText is called by kong.
func (d *delim) UnmarshalText(text []byte) error {
	s := string(text)
	digits, isHex := strings.CutPrefix(s, "0x")
	var err error
	if isHex {
		var b []byte
		b, err = hex.DecodeString(digits)
		s = string(b)
	} else {
		s, err = unescape(s)
	}
	if err != nil {
		return fmt.Errorf("%q is neither text with Go's escapes nor 0x and pairs of hex digits", text)
	}
	if s == "" {
		return errors.New("a delimiter cannot be empty")
	}
	*d = delim(s)
	return nil
}

// unescape replaces Go's escapes in s. Everything else stays as it is, quotes and bytes that are no UTF-8 included.
func unescape(s string) (string, error) {
	var out []byte
	for s != "" {
		plain, _, _ := strings.Cut(s, `\`)
		out, s = append(out, plain...), s[len(plain):]
		if s == "" {
			break
		}
		r, multibyte, tail, err := strconv.UnquoteChar(s, 0)
		if err != nil {
			return "", err
		}
		if multibyte {
			out = append(out, string(r)...)
		} else {
			out = append(out, byte(r))
		}
		s = tail
	}
	return string(out), nil
}

func texts(delims []delim) []string {
	var out []string
	for _, d := range delims {
		out = append(out, string(d))
	}
	return out
}
