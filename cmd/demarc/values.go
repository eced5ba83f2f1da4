package main

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/demarc-go/demarc/frame"
)

// literal is bytes, one or more, written on the command line as text with Go's escapes or as 0x and hex digits.
type literal string

// UnmarshalText is called by kong.
func (l *literal) UnmarshalText(text []byte) error {
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
		return errors.New("it cannot be empty")
	}
	*l = literal(s)
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

func texts(literals []literal) []string {
	var out []string
	for _, l := range literals {
		out = append(out, string(l))
	}
	return out
}

// headPart is how many bytes of the head of a frame something is about: a number, or on the command line also "all".
type headPart int

// UnmarshalText is called by kong.
func (h *headPart) UnmarshalText(text []byte) error {
	if string(text) == "all" {
		*h = frame.WholeHead
		return nil
	}
	n, err := strconv.Atoi(string(text))
	if err != nil || n < 0 {
		return fmt.Errorf("%q is neither a number of bytes nor all", text)
	}
	*h = headPart(n)
	return nil
}
