package main

import (
	"bytes"
	"context"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/demarc-go/demarc/frame"
	"github.com/demarc-go/demarc/fuzz"
	"github.com/demarc-go/demarc/transport"
)

// drawSizes draws the sizes of pieces.
func drawSizes(t *rapid.T, label string) []int {
	return rapid.SliceOfN(rapid.IntRange(1, 40), 1, 8).Draw(t, label)
}

// record returns a showFunc that keeps what it is shown.
func record(lane *traced) showFunc {
	return func(_ int64, piece []byte, all []found) {
		lane.stream = append(lane.stream, piece...)
		for _, f := range all {
			lane.found = append(lane.found, f.bytes)
		}
	}
}

// cutPipe connects a client and a server by two cutConns, over a pipe that itself delivers as plans say. What the client
// sends is recorded in sent, what comes to it in came.
func cutPipe(t *rapid.T, sent, came *traced) (client *transport.Client, passed *tally, stop func()) {
	near, far := fuzz.Pipe()
	near.SetReadPlan(fuzz.Plans().Draw(t, "plan of the client"))
	far.SetReadPlan(fuzz.Plans().Draw(t, "plan of the server"))
	var server transport.Server
	Echo.Handle(&server, echo)
	var served sync.WaitGroup
	serverSizes := drawSizes(t, "sizes of the server")
	served.Go(func() { server.ServeConn(newCutConn(far, serverSizes, &tally{}, nil, nil)) })
	passed = &tally{}
	conn := newCutConn(near, drawSizes(t, "sizes of the client"), passed, record(sent), record(came))
	client = &transport.Client{Dial: func(context.Context) (net.Conn, error) { return conn, nil }}
	return client, passed, func() {
		client.Close()
		served.Wait()
	}
}

func TestCallsSurviveAnyCut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var sent, came traced
		client, passed, stop := cutPipe(t, &sent, &came)
		texts := rapid.SliceOfN(rapid.StringN(0, 300, -1), 1, 8).Draw(t, "texts")
		replies := make([]Line, len(texts))
		errs := make([]error, len(texts))
		var calls sync.WaitGroup
		for i, text := range texts {
			calls.Go(func() { replies[i], errs[i] = Echo.Call(context.Background(), client, Line{i, text}) })
		}
		calls.Wait()
		stop()
		for i, text := range texts {
			require.NoError(t, errs[i])
			assert.Equal(t, Line{i, text}, replies[i])
		}
		for _, lane := range []traced{sent, came} {
			assert.Equal(t, split(t, lane.stream), lane.found)
			assert.Len(t, lane.found, 2+len(texts))
		}
		assert.EqualValues(t, len(sent.stream)+len(came.stream), passed.bytes.Load())
	})
}

// However the network delivers, the same bytes come in the same pieces: so a summary can be compared with one of another run.
func TestPiecesDoNotDependOnTheNetwork(t *testing.T) {
	stream := greeting()
	for _, payload := range []string{"one", "", strings.Repeat("x", 200)} {
		stream, _ = frame.Varint{}.AppendFrame(stream, []byte(payload))
	}
	pieces := func(plan fuzz.Plan) (all []string) {
		near, far := fuzz.Pipe()
		near.SetReadPlan(plan)
		conn := newCutConn(near, pieceSizes, &tally{}, nil, func(_ int64, piece []byte, _ []found) {
			all = append(all, string(piece))
		})
		conn.speak()
		// One frame is on the way at a time, as when two sides take turns.
		units := split(t, stream)
		units[1] = append(slices.Clone(units[0]), units[1]...)
		for _, unit := range units[1:] {
			_, err := far.Write(unit)
			require.NoError(t, err)
			_, err = io.ReadFull(conn, make([]byte, len(unit)))
			require.NoError(t, err)
		}
		return all
	}
	want := pieces(nil)
	assert.Equal(t, string(stream), strings.Join(want, ""))
	rapid.Check(t, func(t *rapid.T) {
		assert.Equal(t, want, pieces(fuzz.Plans().Draw(t, "plan")))
	})
}

// greeting returns a preface and a first frame.
func greeting() []byte {
	stream, _ := frame.Varint{}.AppendFrame([]byte("\xd3DEMARC\x01"), []byte("hello"))
	return stream
}

func TestCutConnGivesWhatCameBeforeTheEnd(t *testing.T) {
	near, far := fuzz.Pipe()
	conn := newCutConn(near, []int{100}, &tally{}, nil, nil)
	_, err := conn.Write(nil)
	require.NoError(t, err)
	_, err = far.Write(greeting()[:5])
	require.NoError(t, err)
	require.NoError(t, far.CloseWrite())
	got, err := io.ReadAll(conn)
	require.NoError(t, err)
	assert.Equal(t, greeting()[:5], got)

	require.NoError(t, conn.CloseWrite())
	_, err = far.Read(make([]byte, 1))
	assert.Equal(t, io.EOF, err)
}

func TestWritesDoNotMix(t *testing.T) {
	near, far := fuzz.Pipe()
	conn := newCutConn(near, pieceSizes, &tally{}, nil, nil)
	var writers sync.WaitGroup
	for _, letter := range "abcd" {
		writers.Go(func() {
			for range 50 {
				_, err := io.WriteString(conn, strings.Repeat(string(letter), 50))
				assert.NoError(t, err)
			}
		})
	}
	writers.Wait()
	require.NoError(t, conn.Close())
	got, err := io.ReadAll(far)
	require.NoError(t, err)
	for message := range slices.Chunk(got, 50) {
		require.Equal(t, bytes.Repeat(message[:1], 50), message)
	}
}

func TestCloseEndsAReadBeforeTheGreeting(t *testing.T) {
	near, _ := fuzz.Pipe()
	conn := newCutConn(near, pieceSizes, &tally{}, nil, nil)
	read := make(chan error)
	go func() {
		_, err := conn.Read(make([]byte, 1))
		read <- err
	}()
	require.NoError(t, conn.Close())
	assert.ErrorIs(t, <-read, net.ErrClosed)
}
