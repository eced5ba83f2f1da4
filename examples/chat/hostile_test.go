package main

import (
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"

	"github.com/demarc-go/demarc/fuzz"
)

func TestClean(t *testing.T) {
	tests := []struct{ name, line, want string }{
		{"text", "Grüße, 世界, שלום", "Grüße, 世界, שלום"},
		{"emoji of several characters", "👋 👨‍👩‍👧 ❤️ 🇫🇷 👍🏽", "👋 👨‍👩‍👧 ❤️ 🇫🇷 👍🏽"},
		{"tab", "a\tb", "a b"},
		{"clears the screen", "\x1b[2J", "�[2J"},
		{"8-bit escape", "\u009b2J", "�2J"},
		{"rings, goes back, deletes", "\a\b\x7f", "���"},
		{"overwrites the line", "hello\rbob: hi", "hello�bob: hi"},
		{"writes from right to left", "\u202etxt.exe", "�txt.exe"},
		{"begins a line for some", "a\u2028b\u2029c\u0085d", "a�b�c�d"},
		{"no UTF-8", "a\xff\xc3\x28", "a��("},
		{"NUL", "\x00", "�"},
	}
	for _, tt := range tests {
		assert.Equal(t, tt.want, clean(tt.line), tt.name)
	}
}

func TestIsName(t *testing.T) {
	for _, name := range []string{"a", "anna", "Anna-Lena_2", "Зоя", "世界", strings.Repeat("x", 24)} {
		assert.True(t, isName(name), name)
	}
	for _, name := range []string{"", " ", "a b", "a:", "*", "/who", "a\u200db", "a\x00", "\xff", "�", "👋", strings.Repeat("x", 25), strings.Repeat("ä", 13)} {
		assert.False(t, isName(name), "%q", name)
	}
	assert.Equal(t, key("ANNA"), key("anna"))
	assert.Equal(t, key("\u212aim"), key("kim"), "the sign for Kelvin")
}

// assertHarmless asserts that a line could come from no one but the server or a guest of that name, and does nothing to a
// terminal.
func assertHarmless(t assert.TestingT, line, name string) {
	ours := strings.HasPrefix(line, "* ") || strings.HasPrefix(line, name+": ") || strings.HasPrefix(line, name+" (to you): ")
	assert.True(t, ours, "%q", line)
	assert.True(t, utf8.ValidString(line), "%q", line)
	assert.Equal(t, -1, strings.IndexFunc(line, unicode.IsControl), "%q", line)
	assert.LessOrEqual(t, len(line), maxLine)
}

// Whatever bytes a guest sends, in whatever pieces, the others hear harmless lines, and the server goes on.
func TestAnyBytes(t *testing.T) {
	pieces := rapid.SampledFrom([]string{
		"\n", "\r\n", "\r", "/to anna ", "/who", "/leave", "\x1b[2J", "* eve has gone.", "anna: hi", "\xff", "\x00", "\u202e",
		"/to", "eve", strings.Repeat("x", maxText), strings.Repeat("\xff", maxText), strings.Repeat("y", 4*maxLine),
	})
	rapid.Check(t, func(rt *rapid.T) {
		stream := strings.Join(rapid.SliceOfN(rapid.OneOf(pieces, rapid.String()), 0, 20).Draw(rt, "stream"), "")
		plan := fuzz.Plans().Draw(rt, "plan")
		hold(t, func(p *party) {
			anna := p.join("anna")
			p.listener.Prepare = func(_, server *fuzz.Conn) { server.SetReadPlan(plan) }
			eve := p.arriveDeaf()
			eve.listen()
			io.WriteString(eve.conn, "eve\n"+stream) // may fail, as the server may hang up
			eve.conn.CloseWrite()
			for _, line := range eve.hearsLast() {
				assertHarmless(t, strings.Replace(line, "anna: ", "eve: ", 1), "eve")
			}
			heard := anna.hears()
			for _, line := range heard {
				assertHarmless(t, line, "eve")
			}
			assert.Equal(t, "* eve has come.", heard[0])
			assert.Equal(t, "* eve has gone.", heard[len(heard)-1])
			anna.says("/who")
			assert.Equal(t, []string{"* Here: anna."}, anna.hears())
		})
	})
}

const tooLong = "* A line has 1024 bytes at most. Nobody has got that one."

func TestLinesThatAreTooLong(t *testing.T) {
	hold(t, func(p *party) {
		anna, eve := p.join("anna"), p.join("eve")
		anna.hears()
		eve.says(strings.Repeat("x", maxText), strings.Repeat("x", maxText+1), strings.Repeat("x", maxLine+1), "hi")
		assert.Equal(t, []string{tooLong, tooLong}, eve.hears())
		assert.Equal(t, said("eve", strings.Repeat("x", maxText), "hi"), anna.hears())
		eve.says(strings.Repeat("\xff", maxText))
		assert.Equal(t, said("eve", strings.Repeat("�", maxText)), anna.hears(), "every line that is accepted fits when it is clean")
	})
}

// A line without an end is given up after sixteen kilobytes, and the memory for it with it.
func TestEndlessLine(t *testing.T) {
	hold(t, func(p *party) {
		anna, eve := p.join("anna"), p.join("eve")
		anna.hears()
		written := 0
		for {
			n, err := io.WriteString(eve.conn, strings.Repeat("x", 1000))
			written += n
			if err != nil || written > 10<<20 {
				break
			}
		}
		assert.Less(t, written, 3<<20)
		assert.Equal(t, []string{"* eve has gone."}, anna.hears())
	})
}

// A line that comes a byte a second has two minutes, and is then taken for an attempt to keep a seat.
func TestSlowLine(t *testing.T) {
	hold(t, func(p *party) {
		anna, eve := p.join("anna"), p.join("eve")
		anna.hears()
		begun := time.Now()
		for {
			if _, err := io.WriteString(eve.conn, "x"); err != nil {
				break
			}
			time.Sleep(time.Second)
		}
		eve.hearsLast()
		assert.LessOrEqual(t, time.Since(begun), lineLimit+2*lingerLimit)
		synctest.Wait()
		assert.Equal(t, []string{"* eve has gone."}, anna.hears())
	})
}

// A connection that breaks is a guest that has gone, whatever else is under way.
func TestReset(t *testing.T) {
	hold(t, func(p *party) {
		anna, eve := p.join("anna"), p.join("eve")
		anna.hears()
		eve.conn.Reset()
		assert.Equal(t, []string{"* eve has gone."}, anna.hears())
		assert.Contains(t, p.log.String(), "connection reset by peer")
	})
}
