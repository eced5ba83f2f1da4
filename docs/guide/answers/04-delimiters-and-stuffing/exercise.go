// Package exercise answers the exercise of chapter 4.
package exercise

import (
	"errors"
	"strings"
)

// ErrEscape says that a backslash is followed by something that cannot follow one, or by nothing.
var ErrEscape = errors.New("wrong escape")

// One pass over the text: were the two replaced one after the other, the second would find what the first has written.
var escape = strings.NewReplacer("\n", `\n`, `\`, `\\`)

// Escape returns text without newlines that stands for text.
func Escape(text string) string { return escape.Replace(text) }

// Unescape is the way back.
func Unescape(line string) (string, error) {
	if strings.Contains(line, "\n") {
		return "", ErrEscape
	}
	var text strings.Builder
	for {
		before, after, found := strings.Cut(line, `\`)
		text.WriteString(before)
		switch {
		case !found:
			return text.String(), nil
		case strings.HasPrefix(after, "n"):
			text.WriteByte('\n')
		case strings.HasPrefix(after, `\`):
			text.WriteByte('\\')
		default:
			return "", ErrEscape
		}
		line = after[1:]
	}
}
