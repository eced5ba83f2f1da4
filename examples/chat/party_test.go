package main

import (
	"context"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/frame"
	"github.com/demarc-go/demarc/fuzz"
)

// party is a server, in a synctest bubble, and the people who come.
type party struct {
	t        *testing.T
	log      strings.Builder
	listener *fuzz.Listener
	end      func() // ends the server and waits for it
}

// hold runs f at a party, which ends with it.
func hold(t *testing.T, f func(p *party)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p := &party{t: t, listener: new(fuzz.Listener)}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		s := &server{out: &printer{w: &p.log}}
		go func() { done <- s.serve(ctx, p.listener) }()
		p.end = sync.OnceFunc(func() {
			cancel()
			assert.NoError(t, <-done)
		})
		defer p.end()
		f(p)
	})
}

// person is one who comes. What it hears is read at once, unless the test says otherwise.
type person struct {
	t       *testing.T
	conn    *fuzz.Conn
	mu      sync.Mutex
	heard   []string
	hearing sync.WaitGroup
}

// arrive returns a new person, who has heard the question for the name.
func (p *party) arrive() *person {
	p.t.Helper()
	one := p.arriveDeaf()
	one.listen()
	assert.Equal(p.t, []string{"* Welcome. What is your name?"}, one.hears())
	return one
}

// arriveDeaf returns a new person who reads nothing.
func (p *party) arriveDeaf() *person {
	p.t.Helper()
	conn, err := p.listener.Dial(p.t.Context())
	require.NoError(p.t, err)
	one := &person{t: p.t, conn: conn.(*fuzz.Conn)}
	p.t.Cleanup(func() { one.conn.Close() })
	return one
}

// join returns a new person who has told a name and heard what newcomers hear.
func (p *party) join(name string) *person {
	p.t.Helper()
	one := p.arrive()
	one.says(name)
	heard := one.hears()
	assert.Contains(p.t, heard[len(heard)-1], "* Hello, "+name+". ")
	return one
}

// listen begins to read.
func (one *person) listen() {
	one.hearing.Go(func() {
		for line, err := range frame.NewReader(one.conn, frame.Delimiter{}).Frames() {
			one.mu.Lock()
			if err != nil {
				one.heard = append(one.heard, "error: "+err.Error())
			} else {
				one.heard = append(one.heard, string(line))
			}
			one.mu.Unlock()
		}
	})
}

// says writes lines.
func (one *person) says(lines ...string) {
	one.t.Helper()
	one.writes(strings.Join(lines, "\n") + "\n")
}

// writes writes bytes.
func (one *person) writes(bytes string) {
	one.t.Helper()
	_, err := io.WriteString(one.conn, bytes)
	require.NoError(one.t, err)
}

// hears returns what has come since the last call, when nothing more comes.
func (one *person) hears() []string {
	synctest.Wait()
	one.mu.Lock()
	defer one.mu.Unlock()
	heard := one.heard
	one.heard = nil
	return heard
}

// hearsLast returns what comes until the server closes the connection.
func (one *person) hearsLast() []string {
	one.hearing.Wait()
	return one.hears()
}

// leaves closes the connection.
func (one *person) leaves() {
	one.t.Helper()
	require.NoError(one.t, one.conn.Close())
	synctest.Wait()
}

// one line for each text that name says
func said(name string, texts ...string) []string {
	lines := slices.Clone(texts)
	for i := range lines {
		lines[i] = name + ": " + lines[i]
	}
	return lines
}

// failingListener fails some times, and then goes on.
type failingListener struct {
	net.Listener
	failures []error
}

func (l *failingListener) Accept() (net.Conn, error) {
	if len(l.failures) > 0 {
		err := l.failures[0]
		l.failures = l.failures[1:]
		return nil, err
	}
	return l.Listener.Accept()
}
