package main

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// frameRow is what is shown of one frame.
type frameRow struct {
	offset  int64 // of the frame, in bytes from the start of the stream
	prefix  []byte
	payload []byte
}

// appendColumns appends the frame in columns to dst; as is "text", "hex" or "auto".
func (r frameRow) appendColumns(dst []byte, as string) []byte {
	dst = fmt.Appendf(dst, "%8d  %-4s  %6d  ", r.offset, appendHex(nil, r.prefix), len(r.payload))
	if as == "text" || as == "auto" && isText(r.payload) {
		return strconv.AppendQuote(dst, string(r.payload))
	}
	return appendHex(dst, r.payload)
}

// appendHex appends b in hex, or "-" if it is empty.
func appendHex(dst, b []byte) []byte {
	if len(b) == 0 {
		return append(dst, '-')
	}
	return hex.AppendEncode(dst, b)
}

// appendJSON appends the frame as a JSON object without line breaks to dst.
func (r frameRow) appendJSON(dst []byte) []byte {
	row := struct {
		Offset  int64   `json:"offset"`
		Prefix  string  `json:"prefix"`
		Length  int     `json:"length"`
		Payload string  `json:"payload"`
		Text    *string `json:"text,omitempty"`
	}{r.offset, hex.EncodeToString(r.prefix), len(r.payload), hex.EncodeToString(r.payload), nil}
	if utf8.Valid(r.payload) {
		text := string(r.payload)
		row.Text = &text
	}
	return append(dst, jsonLine(row)...)
}

// isText reports whether all of b can be printed, but for the white space of plain text.
func isText(b []byte) bool {
	return utf8.Valid(b) && bytes.IndexFunc(b, func(r rune) bool { return !unicode.IsPrint(r) && !strings.ContainsRune("\t\n\r", r) }) < 0
}

// printable returns s as it is if it is safe to show in a line on a terminal, and otherwise quoted.
func printable(s string) string {
	if utf8.ValidString(s) && strings.IndexFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) < 0 {
		return s
	}
	return strconv.Quote(s)
}

// jsonLine returns v as JSON in one line. v must be of a type that JSON has no objection to.
//
// Unlike package json it escapes all that is not printable, since a terminal obeys more than the control characters of ASCII:
// U+009B begins an escape sequence, U+202E turns the rest of the line around. Such runes stand in strings only, where an
// escape means the same.
func jsonLine(v any) string {
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic(err)
	}
	var b []byte
	for _, r := range strings.TrimSuffix(text.String(), "\n") {
		switch {
		case unicode.IsPrint(r):
			b = utf8.AppendRune(b, r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			b = fmt.Appendf(b, `\u%04x\u%04x`, high, low)
		default:
			b = fmt.Appendf(b, `\u%04x`, r)
		}
	}
	return string(b)
}
