package main

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/demarc-go/demarc/frame"
)

func TestLiteral(t *testing.T) {
	for text, want := range map[string]string{
		`\r\n`: "\r\n", `0x0d0a`: "\r\n", `,`: ",", `a,b`: "a,b", `"'`: `"'`, `\x30x0d`: "0x0d", `\\`: `\`, `\u00e9é`: "éé",
		`\x00\xff`: "\x00\xff", "\xff\\t": "\xff\t", "\n": "\n", `\101`: "A",
	} {
		var d literal
		if assert.NoError(t, d.UnmarshalText([]byte(text)), text) {
			assert.Equal(t, want, string(d), text)
		}
	}
	for _, text := range []string{``, `0x`, `0x0`, `0xzz`, `\`, `\q`, `\x1`, `a\`} {
		var d literal
		assert.Error(t, d.UnmarshalText([]byte(text)), text)
	}
}

func TestHeadPart(t *testing.T) {
	for text, want := range map[string]headPart{"0": 0, "7": 7, "all": frame.WholeHead} {
		var h headPart
		if assert.NoError(t, h.UnmarshalText([]byte(text)), text) {
			assert.Equal(t, want, h, text)
		}
	}
	for _, text := range []string{"", "-1", "ALL", "1.5", "99999999999999999999"} {
		var h headPart
		assert.Error(t, h.UnmarshalText([]byte(text)), text)
	}
}
