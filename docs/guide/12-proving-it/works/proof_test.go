package main

import (
	"bytes"
	"io"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/demarc-go/demarc/frame"
	"github.com/demarc-go/demarc/fuzz"
)

// Whatever the messages, and however the stream is cut, the same messages come out.
func TestEveryMessageEveryCut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sent := rapid.SliceOf(fuzz.Payloads(300)).Draw(t, "messages")
		plan := fuzz.Plans(fuzz.Timeout).Draw(t, "plan")

		var stream []byte
		for _, message := range sent {
			stream, _ = frame.Netstring{}.AppendFrame(stream, message)
		}
		got, err := parse(fuzz.NewReader(bytes.NewReader(stream), plan))
		require.Equal(t, io.EOF, err)
		require.Len(t, got, len(sent))
		for i, message := range sent {
			require.Equal(t, string(message), got[i])
		}
	})
}

// Any bytes at all: whole and in pieces, a parser says the same, and what it accepts it would have written so.
func FuzzNetstrings(f *testing.F) {
	f.Add([]byte("5:hello,0:,"), []byte{3, 0, 4})
	f.Add([]byte("05:hello,"), []byte{1, 0xff})
	f.Fuzz(func(t *testing.T, stream, steps []byte) {
		whole, wholeErr := parse(bytes.NewReader(stream))
		plan := fuzz.PlanFrom(steps, fuzz.Timeout)
		pieces, piecesErr := parse(fuzz.NewReader(bytes.NewReader(stream), plan))
		require.Equal(t, whole, pieces, "%v", plan)
		require.Equal(t, wholeErr == io.EOF, piecesErr == io.EOF, "%v", plan)

		var again []byte
		for _, message := range whole {
			again, _ = frame.Netstring{}.AppendFrame(again, []byte(message))
		}
		require.True(t, bytes.HasPrefix(stream, again))
	})
}

// A peer that is silent for an hour costs no time in a bubble.
func TestSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		peer, us := fuzz.Pipe()
		defer peer.Close()
		conn := frame.NewConn(us, frame.Netstring{})
		defer conn.Close()
		conn.IdleTimeout = time.Hour

		start := time.Now()
		_, err := conn.ReadFrame()
		assert.ErrorIs(t, err, frame.ErrIdleTimeout)
		assert.ErrorIs(t, err, os.ErrDeadlineExceeded)
		assert.Equal(t, time.Hour, time.Since(start))
	})
}
