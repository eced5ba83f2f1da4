package transport_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/fuzz"
	"github.com/demarc-go/demarc/transport"
)

// failingListener fails to accept some times before it accepts.
type failingListener struct {
	*fuzz.Listener
	errs []error
	at   []time.Time
}

func (l *failingListener) Accept() (net.Conn, error) {
	l.at = append(l.at, time.Now())
	if len(l.errs) > 0 {
		err := l.errs[0]
		l.errs = l.errs[1:]
		return nil, err
	}
	return l.Listener.Accept()
}

func TestAcceptErrorsAreWaitedOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &failingListener{Listener: new(fuzz.Listener)}
		for range 5 {
			l.errs = append(l.errs, &net.OpError{Op: "accept", Err: os.NewSyscallError("accept", syscall.EMFILE)})
			l.errs = append(l.errs, &net.OpError{Op: "accept", Err: os.ErrDeadlineExceeded})
		}
		srv := &transport.Server{Log: discard()}
		sum.Handle(srv, func(_ context.Context, r sumReq) (int, error) { return r.A + r.B, nil })
		start := time.Now()
		go srv.Serve(l)
		c := &transport.Client{FailFast: true, Backoff: -1, Dial: l.Dial}
		_, err := sum.Call(t.Context(), c, sumReq{})
		require.NoError(t, err)
		assert.Equal(t, 3275*time.Millisecond, time.Since(start))
		require.NoError(t, c.Close())
		require.NoError(t, srv.Close())
		synctest.Wait()
		var waits []time.Duration
		for i, at := range l.at[1:11] {
			waits = append(waits, at.Sub(l.at[i]))
		}
		ms := time.Millisecond
		assert.Equal(t, []time.Duration{5 * ms, 10 * ms, 20 * ms, 40 * ms, 80 * ms, 160 * ms, 320 * ms, 640 * ms, time.Second, time.Second}, waits)
	})
}

func TestAcceptErrorThatStays(t *testing.T) {
	broken := errors.New("broken")
	l := &failingListener{Listener: new(fuzz.Listener), errs: []error{broken}}
	assert.ErrorIs(t, new(transport.Server).Serve(l), broken)
	_, err := l.Dial(t.Context())
	assert.Error(t, err, "Serve closes the listener")
}

// crowded is a listener without descriptors.
type crowded struct {
	fuzz.Listener
	every int // of so many times that Accept is called, one finds a descriptor; 0: none

	mu     sync.Mutex
	over   bool
	failed []time.Time
}

func (l *crowded) Accept() (net.Conn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := len(l.failed)
	switch {
	case l.over:
		return l.Listener.Accept()
	case l.every > 0 && n%l.every == l.every-1:
		l.failed = append(l.failed, time.Time{})
		ours, theirs := fuzz.Pipe()
		return ours, theirs.Close()
	}
	l.failed = append(l.failed, time.Now())
	return nil, &net.OpError{Op: "accept", Err: os.NewSyscallError("accept", syscall.EMFILE)}
}

// Row 20: however many files are open, and for however long, Accept is not tried nor complained about too often, not even if there is
// a free descriptor now and then; and as soon as there are some, connections are accepted.
func TestRow20AcceptErrorsAreNotAFlood(t *testing.T) {
	for name, every := range map[string]int{"always": 0, "every other time": 2, "most of the time": 3} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := &crowded{every: every}
				logs := new(logs)
				srv := &transport.Server{Log: slog.New(slog.NewTextHandler(logs, nil))}
				sum.Handle(srv, func(_ context.Context, r sumReq) (int, error) { return r.A + r.B, nil })
				go srv.Serve(l)
				const seconds = 10
				time.Sleep(seconds * time.Second)
				synctest.Wait()
				l.mu.Lock()
				l.over = true
				for i, first := range l.failed {
					within := 0
					for _, at := range l.failed[i:] {
						if !at.IsZero() && at.Sub(first) < time.Second {
							within++
						}
					}
					assert.LessOrEqual(t, within, 20, "in the second after %v", first)
				}
				l.mu.Unlock()
				assert.LessOrEqual(t, strings.Count(logs.String(), "accept failed"), seconds+1)

				start := time.Now()
				c := &transport.Client{FailFast: true, Dial: l.Dial, Log: discard()}
				_, err := sum.Call(t.Context(), c, sumReq{})
				require.NoError(t, err)
				assert.LessOrEqual(t, time.Since(start), 1100*time.Millisecond)
				require.NoError(t, c.Close())
				require.NoError(t, srv.Close())
			})
		})
	}
}
