package exercise

import (
	"errors"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/fuzz"
)

func skipUntilChanged(t *testing.T) {
	l := new(fuzz.Listener)
	require.NoError(t, l.Close())
	if errors.Is(Serve(l, nil, nil, nil), errors.ErrUnsupported) {
		t.Skip("exercise.go is as it was: fill in Serve")
	}
}

// listener gives one result after the other, and then net.ErrClosed.
type listener struct {
	net.Listener
	results []error // nil: a connection
	peers   []*fuzz.Conn
}

func (l *listener) Accept() (net.Conn, error) {
	if len(l.results) == 0 {
		return nil, net.ErrClosed
	}
	err := l.results[0]
	l.results = l.results[1:]
	if err != nil {
		return nil, err
	}
	a, b := fuzz.Pipe()
	l.peers = append(l.peers, a)
	return b, nil
}

func noComplaint(t *testing.T) func(any) {
	return func(v any) { assert.Fail(t, "a complaint", "%v", v) }
}

func TestErrorsOfAcceptAreWaitedOut(t *testing.T) {
	skipUntilChanged(t)
	full := errors.New("too many open files")
	l := &listener{}
	for range 10 {
		l.results = append(l.results, full)
	}
	l.results = append(l.results, nil, full, full, nil)
	var waits []time.Duration
	served := make(chan bool, 2)
	err := Serve(l, func(net.Conn) { served <- true }, func(d time.Duration) { waits = append(waits, d) }, noComplaint(t))
	assert.NoError(t, err)
	const ms = time.Millisecond
	assert.Equal(t, []time.Duration{5 * ms, 10 * ms, 20 * ms, 40 * ms, 80 * ms, 160 * ms, 320 * ms, 640 * ms, 1000 * ms, 1000 * ms, 5 * ms, 10 * ms}, waits)
	assert.Len(t, served, 2)
}

func TestServeWaitsForAll(t *testing.T) {
	skipUntilChanged(t)
	synctest.Test(t, func(t *testing.T) {
		l := &listener{results: []error{nil, nil, nil}}
		var done atomic.Int32
		start := time.Now()
		err := Serve(l, func(conn net.Conn) {
			time.Sleep(time.Hour)
			done.Add(1)
		}, time.Sleep, noComplaint(t))
		assert.NoError(t, err)
		assert.EqualValues(t, 3, done.Load())
		assert.Equal(t, time.Hour, time.Since(start), "one after the other would take three")
		for _, peer := range l.peers {
			_, err := peer.Read(make([]byte, 1))
			assert.Equal(t, io.EOF, err, "the connection is closed")
		}
	})
}

func TestAPanicHurtsNoNeighbour(t *testing.T) {
	skipUntilChanged(t)
	l := &listener{results: []error{nil, nil, nil}}
	complaints := make(chan any, 3)
	proceed := make(chan struct{}, 1)
	proceed <- struct{}{}
	served := make(chan bool, 3)
	err := Serve(l, func(conn net.Conn) {
		select {
		case <-proceed:
			panic("a bug")
		default:
			served <- true
		}
	}, time.Sleep, func(v any) { complaints <- v })
	assert.NoError(t, err)
	assert.Len(t, served, 2)
	require.Len(t, complaints, 1)
	assert.Equal(t, "a bug", <-complaints)
	for _, peer := range l.peers {
		_, err := peer.Read(make([]byte, 1))
		assert.Equal(t, io.EOF, err)
	}
}

func TestOverTCP(t *testing.T) {
	skipUntilChanged(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ended := make(chan error, 1)
	go func() {
		ended <- Serve(l, func(conn net.Conn) { _, _ = io.Copy(conn, conn) }, time.Sleep, noComplaint(t))
	}()
	conn, err := net.Dial("tcp", l.Addr().String())
	require.NoError(t, err)
	_, err = conn.Write([]byte("hello"))
	require.NoError(t, err)
	require.NoError(t, l.Close())
	require.NoError(t, conn.(*net.TCPConn).CloseWrite())
	got, err := io.ReadAll(conn)
	require.NoError(t, err)
	assert.Equal(t, "hello", string(got), "who was accepted is served to the end")
	assert.NoError(t, <-ended)
	assert.NoError(t, conn.Close())
}
