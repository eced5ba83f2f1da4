package fuzz_test

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"io"
	"net"
	"net/rpc"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/fuzz"
)

// Two other servers, so that one sees what a failure looks like.

// Arith is a service of net/rpc.
type Arith struct{}

// Double is its method.
func (Arith) Double(n int, reply *int) error { *reply = 2 * n; return nil }

// serveNaively is a server as many have written it: a length of four bytes, a limit, and io.ReadFull.
func serveNaively(conn net.Conn) {
	defer conn.Close()
	for {
		var length [4]byte
		if _, err := io.ReadFull(conn, length[:]); err != nil {
			return
		}
		size := binary.BigEndian.Uint32(length[:])
		if size > 64<<20 {
			return
		}
		message := make([]byte, size)
		if _, err := io.ReadFull(conn, message); err != nil {
			return
		}
		if _, err := conn.Write(append(length[:], message...)); err != nil {
			return
		}
	}
}

// serve serves each connection of l in a goroutine of its own.
func serve(l net.Listener, each func(net.Conn)) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		go each(conn)
	}
}

// bears attacks a server that serves each connection so, and returns which attacks it does not bear, and why.
func bears(t *testing.T, each func(net.Conn), target fuzz.Target, attacks []fuzz.Attack) map[string]string {
	failures := map[string]string{}
	for _, a := range attacks {
		synctest.Test(t, func(t *testing.T) {
			l := new(fuzz.Listener)
			defer l.Close()
			go serve(l, each)
			target.Dial = l.Dial
			report := target.Attack(t.Context(), a)
			require.Len(t, report.Results, 1)
			assert.True(t, report.Results[0].Survived)
			if !report.OK() {
				failures[a.Name] = strings.Join(report.Results[0].Failures, "; ")
			}
		})
	}
	return failures
}

// net/rpc has no limit of time: who connects and says nothing may stay for ever.
func TestNetRPCUnderAttack(t *testing.T) {
	server := rpc.NewServer()
	require.NoError(t, server.Register(Arith{}))
	failures := bears(t, func(conn net.Conn) { server.ServeConn(conn) }, fuzz.Target{}, fuzz.Attacks(nil, nil))
	for _, name := range []string{"silence", "crowd", "HTTP", "SSH", "text", "slow in a frame", "bomb of 4 GiB in four bytes"} {
		assert.Contains(t, failures[name], "are still open after 30s", name)
	}
	for _, name := range []string{"TLS", "noise", "no delimiter", "empty frames", "reset everywhere", "half a frame, and the end"} {
		assert.NotContains(t, failures, name)
	}
}

// The naive server takes the memory that is announced, and waits for ever for what does not come, or is not taken.
func TestNaiveServerUnderAttack(t *testing.T) {
	request := "\x00\x00\x10\x00" + strings.Repeat("z", 4096)
	failures := bears(t, serveNaively, fuzz.Target{Memory: fuzz.LiveMemory}, fuzz.Attacks(nil, []byte(request)))
	assert.Regexp(t, `20 of 20 connections are still open after 30s; \d+ KiB of memory, more than 5376`, failures["bomb of 16 MiB in four bytes"])
	for _, name := range []string{"silence", "crowd", "half a frame", "slow from the start", "bomb of 1 MiB in a varint", "no reading"} {
		assert.Contains(t, failures[name], "are still open after 30s", name)
	}
	for _, name := range []string{"HTTP", "TLS", "noise", "bomb of 4 GiB in four bytes", "no delimiter", "empty frames", "reset everywhere"} {
		assert.NotContains(t, failures, name)
	}
}

// A server that serves one connection after another lets its neighbours wait.
func TestOneByOneServerUnderAttack(t *testing.T) {
	var turn sync.Mutex
	oneByOne := func(conn net.Conn) {
		for !turn.TryLock() { // a bubble does not know when one waits for a Mutex
			time.Sleep(time.Second)
		}
		defer turn.Unlock()
		conn.SetReadDeadline(time.Now().Add(10 * time.Second))
		serveNaively(conn)
	}
	probing := func(l *fuzz.Listener, patience time.Duration) func(ctx context.Context) error {
		return func(ctx context.Context) error {
			conn, err := l.Dial(ctx)
			if err != nil {
				return err
			}
			defer conn.Close()
			_ = conn.SetDeadline(time.Now().Add(patience))
			_, _ = conn.Write([]byte("\x00\x00\x00\x01x"))
			_, err = io.ReadFull(conn, make([]byte, 5))
			return err
		}
	}
	for patience, want := range map[time.Duration]string{5 * time.Second: "a neighbour was not served: read", time.Minute: "a neighbour waited for "} {
		synctest.Test(t, func(t *testing.T) {
			l := new(fuzz.Listener)
			defer l.Close()
			go serve(l, oneByOne)
			target := fuzz.Target{Dial: l.Dial, Probe: probing(l, patience), Patience: 2 * time.Minute}
			silence := fuzz.Attack{Name: "silence"}
			conn, err := l.Dial(t.Context()) // is served first
			require.NoError(t, err)
			synctest.Wait()
			assert.Contains(t, target.Attack(t.Context(), silence).String(), want)
			require.NoError(t, conn.Close())
			time.Sleep(time.Hour) // until those who wait for their turn have had it
		})
	}
}

// Of a server that dies nothing more is asked.
func TestDeadServerUnderAttack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := new(fuzz.Listener)
		go serve(l, func(conn net.Conn) {
			defer conn.Close()
			if n, _ := conn.Read(make([]byte, 9)); n > 0 {
				l.Close()
			}
		})
		kill := fuzz.Attack{Name: "kill", About: "a byte", Opening: []byte("x")}
		report := fuzz.Target{Dial: l.Dial}.Attack(t.Context(), kill, kill)
		require.Len(t, report.Results, 1)
		assert.False(t, report.Results[0].Survived)
		assert.Contains(t, report.Results[0].Failures, "the server is dead")
		assert.Contains(t, report.String(), "kill                                              FAILED   1/1")
		text, err := json.Marshal(report)
		require.NoError(t, err)
		assert.Contains(t, string(text), `{"results":[{"attack":"kill","about":"a byte","survived":false,"conns":1,"refused":0,"closed":1,"closed_after_ns":0,"sent_bytes":1,"memory_bytes":-1,`)
	})
}
