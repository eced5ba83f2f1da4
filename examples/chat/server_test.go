package main

import (
	"context"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/fuzz"
)

func TestNoSeatLeft(t *testing.T) {
	hold(t, func(p *party) {
		anna := p.join("anna")
		for range maxGuests - 1 {
			p.arriveDeaf()
		}
		late := p.arriveDeaf()
		late.listen()
		assert.Equal(t, []string{"* There is no seat left. Come back later."}, late.hearsLast())
		anna.leaves()
		p.join("late")
	})
}

// All names fit into one line, even the longest.
func TestLongestLine(t *testing.T) {
	var r room
	for i := range maxGuests {
		_, tcp := fuzz.Pipe()
		require.True(t, r.join(newGuest(&r, tcp), fmt.Sprintf("%0*d", maxName, i)))
	}
	assert.Len(t, r.guests, maxGuests)
	assert.LessOrEqual(t, len("* Hello, . /help says what you can do.")+maxName+len(r.whoIsHere()), maxLine)
}

func TestServerSaysBye(t *testing.T) {
	hold(t, func(p *party) {
		anna, nameless := p.join("anna"), p.arrive()
		p.listener.Prepare = func(client, _ *fuzz.Conn) { client.SetReadBuffer(1) }
		p.arriveDeaf()
		synctest.Wait()
		start := time.Now()
		p.end()
		for _, one := range []*person{anna, nameless} {
			assert.Equal(t, []string{"* The server is closing. Bye."}, one.hearsLast())
		}
		assert.Equal(t, writeLimit, time.Since(start), "who reads nothing has until then")
		assert.Contains(t, p.log.String(), "pipe:1 is anna\n")
		assert.Equal(t, 3, strings.Count(p.log.String(), "context canceled"))
	})
}

// A server that has run out of files goes on as soon as it can.
func TestAcceptGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		inner := new(fuzz.Listener)
		l := &failingListener{Listener: inner}
		for range 10 {
			l.failures = append(l.failures, syscall.EMFILE)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		start := time.Now()
		go func() { done <- (&server{out: &printer{w: &log}}).serve(ctx, l) }()
		conn, err := inner.Dial(ctx)
		require.NoError(t, err)
		_, err = conn.Read(make([]byte, 1))
		require.NoError(t, err)
		assert.Equal(t, (5+10+20+40+80+160+320+640+1000+1000)*time.Millisecond, time.Since(start))
		require.NoError(t, conn.Close())
		cancel()
		require.NoError(t, <-done)
		assert.Equal(t, 10, strings.Count(log.String(), "cannot accept: too many open files\n"))
	})
}
