package transport

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/frame"
)

// A peer that takes its time to read says goodbye while the answer to its call waits for it. The answer is not lost.
func TestGoodbyeOvertakesAnAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := &Server{Log: slog.New(slog.DiscardHandler)}
		Unary[string, string]("echo").Handle(srv, func(_ context.Context, s string) (string, error) { return s, nil })
		peer, theirs := net.Pipe()
		over := make(chan error, 1)
		go func() { over <- srv.ServeConn(theirs) }()
		frames := frame.NewReader(peer, frame.Varint{})
		require.NoError(t, readPreface(peer))
		_, err := frames.ReadFrame() // the hello
		require.NoError(t, err)

		request := envelope{kind: kindRequest, id: 1, method: []byte("echo"), payload: []byte("\xa5hello")}
		_, err = peer.Write(wire{}.hello().envelope(request))
		require.NoError(t, err)
		synctest.Wait() // the answer is being written
		_, err = peer.Write(wire{}.envelope(envelope{kind: kindGoaway}))
		require.NoError(t, err)
		synctest.Wait()

		payload, err := frames.ReadFrame()
		require.NoError(t, err)
		answer, err := parse(payload)
		require.NoError(t, err)
		assert.Equal(t, kindResponse, answer.kind)
		assert.Equal(t, uint64(1), answer.id)
		assert.NoError(t, peer.Close())
		assert.NoError(t, <-over)
	})
}

// A peer that goes on sending when all is said does not keep the connection open.
func TestNotifiesBehindTheGoodbye(t *testing.T) {
	underAttack(t, Limits{}, func(t *testing.T, a *attacked) {
		Notify[string]("note").Handle(a.srv, func(context.Context, string) error { return nil })
		nc := a.dial(t, true)
		nc.Write(wire{}.hello())
		synctest.Wait()
		a.srv.mu.Lock()
		for c := range a.srv.conns {
			go c.drain()
		}
		a.srv.mu.Unlock()
		began := time.Now()
		note := wire{}.envelope(envelope{kind: kindNotify, method: []byte("note"), payload: []byte{0xa1, 'x'}})
		for time.Since(began) < time.Minute {
			if _, err := nc.Write(note); err != nil {
				break
			}
			time.Sleep(time.Second)
		}
		assert.LessOrEqual(t, time.Since(began), DefaultWriteTimeout+2*time.Second)
		nc.Close()
	})
}

// A flood of calls to methods with long names: the refusals, which nobody reads, do not quote them at length.
func TestRefusalsAreShort(t *testing.T) {
	underAttack(t, Limits{}, func(t *testing.T, a *attacked) {
		nc := a.dial(t, false)
		flood := wire{}.hello()
		for id := uint64(1); id < 2*1000; id += 2 {
			method := bytes.Repeat([]byte{1}, maxMethod)
			flood = flood.envelope(envelope{kind: kindRequest, id: id, method: method})
		}
		_, err := nc.Write(flood)
		require.NoError(t, err)
		synctest.Wait()
		a.srv.mu.Lock()
		defer a.srv.mu.Unlock()
		for c := range a.srv.conns {
			c.out.mu.Lock()
			assert.Less(t, len(c.out.pending), 1000*(maxRefusal+16))
			c.out.mu.Unlock()
		}
	})
}
