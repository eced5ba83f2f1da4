package main

import (
	"context"
	"io"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/fuzz"
)

// glass is a terminal's screen: it understands what the line editor sends, and no more.
type glass struct {
	mu       sync.Mutex
	rows     [][]rune
	row, col int
	escape   []rune // an escape sequence that has begun
}

func (g *glass) Write(p []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, r := range string(p) {
		g.put(r)
	}
	return len(p), nil
}

func (g *glass) put(r rune) {
	for len(g.rows) <= g.row {
		g.rows = append(g.rows, nil)
	}
	switch {
	case g.escape != nil:
		g.escape = append(g.escape, r)
		g.obey()
	case r == '\x1b':
		g.escape = []rune{}
	case r == '\r':
		g.col = 0
	case r == '\n':
		g.row++
	default:
		for len(g.rows[g.row]) <= g.col {
			g.rows[g.row] = append(g.rows[g.row], ' ')
		}
		g.rows[g.row][g.col] = r
		g.col++
	}
}

// obey carries out an escape sequence, when it is complete: [K, or [ and perhaps a number and a direction.
func (g *glass) obey() {
	last := g.escape[len(g.escape)-1]
	if last < 'A' || last > 'Z' {
		return
	}
	n, err := strconv.Atoi(string(g.escape[1 : len(g.escape)-1]))
	if err != nil {
		n = 1
	}
	switch last {
	case 'K':
		g.rows[g.row] = g.rows[g.row][:min(g.col, len(g.rows[g.row]))]
	case 'A':
		g.row -= n
	case 'B':
		g.row += n
	case 'C':
		g.col += n
	case 'D':
		g.col -= n
	default:
		panic("no such sequence: " + string(g.escape))
	}
	g.escape = nil
}

// shows returns what can be seen.
func (g *glass) shows() []string {
	synctest.Wait()
	g.mu.Lock()
	defer g.mu.Unlock()
	var rows []string
	for _, row := range g.rows {
		rows = append(rows, strings.TrimRight(string(row), " "))
	}
	return rows
}

// The prompt, and what is being typed, stay below what comes in.
func TestPromptStaysBelow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := fuzz.Pipe()
		keyboard, types := keys()
		var screen glass
		ctx, cancel := context.WithCancel(t.Context())
		console := newTerminal(struct {
			io.Reader
			io.Writer
		}{keyboard, &screen}, cancel)
		sized := 0
		console.size = func() (int, int, error) { sized++; return 40, 25, nil }
		done := make(chan error, 1)
		go func() { done <- newClient(near, console).run(ctx, "") }()
		press := func(s string) { io.WriteString(types, s) }
		come := func(s string) { io.WriteString(far, s) }

		assert.Equal(t, []string{">"}, screen.shows())
		come("* Welcome.\n")
		assert.Equal(t, []string{"* Welcome.", ">"}, screen.shows())
		press("hel")
		assert.Equal(t, []string{"* Welcome.", "> hel"}, screen.shows())
		come("bob: hi\nbob: \x1b[2Jare you there?\n")
		assert.Equal(t, []string{"* Welcome.", "bob: hi", "bob: �[2Jare you there?", "> hel"}, screen.shows())
		press("\x7fLLo\x02\x02\x7f") // delete l, type LLo, go back over o and L, delete L
		assert.Equal(t, "> heLo", screen.shows()[3])
		come("bob: ?\n")
		assert.Equal(t, []string{"bob: ?", "> heLo"}, screen.shows()[3:])
		press("\r")
		assert.Equal(t, []string{"bob: ?", "> heLo", ">"}, screen.shows()[3:])
		got := make([]byte, 5)
		_, err := io.ReadFull(far, got)
		require.NoError(t, err)
		assert.Equal(t, "heLo\n", string(got))
		assert.Positive(t, sized)

		press(strings.Repeat("long ", 20))
		come("bob: bye\n")
		assert.Equal(t, []string{"> heLo", "bob: bye", "> " + strings.Repeat("long ", 7) + "lon"}, screen.shows()[4:7])
		press("\x03")
		assert.ErrorIs(t, <-done, context.Canceled)
		types.Close()
	})
}

// Ctrl-D is the end of the input, and not an interruption.
func TestCtrlDLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := fuzz.Pipe()
		keyboard, types := keys()
		console := newTerminal(struct {
			io.Reader
			io.Writer
		}{keyboard, io.Discard}, func() { t.Error("interrupted") })
		done := make(chan error, 1)
		go func() { done <- newClient(near, console).run(t.Context(), "") }()
		io.WriteString(types, "\x04")
		_, err := io.Copy(io.Discard, far)
		require.NoError(t, err)
		require.NoError(t, far.Close())
		assert.NoError(t, <-done)
		types.Close()
	})
}
