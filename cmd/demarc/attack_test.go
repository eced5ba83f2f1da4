package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/fuzz"
	"github.com/demarc-go/demarc/transport"
)

// listen returns a listener on the loopback interface, and its address.
func listen(t *testing.T) (net.Listener, string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { l.Close() })
	return l, l.Addr().String()
}

// shortTempered serves calls with limits so short that an attack does not take long.
func shortTempered(t *testing.T) (addr string) {
	l, addr := listen(t)
	srv := &transport.Server{Log: slog.New(slog.DiscardHandler), Limits: transport.Limits{
		HelloTimeout: 100 * time.Millisecond, FrameTimeout: 100 * time.Millisecond, WriteTimeout: 200 * time.Millisecond,
		PingInterval: 100 * time.Millisecond, PingTimeout: 100 * time.Millisecond,
	}}
	echo := transport.Unary[string, string]("echo")
	echo.Handle(srv, func(_ context.Context, s string) (string, error) { return s, nil })
	go srv.Serve(l)
	t.Cleanup(func() { srv.Close() })
	return addr
}

func attack(args ...string) result {
	return demarc(strings.NewReader(""), append([]string{"attack"}, args...)...)
}

func TestAttackOnDemarc(t *testing.T) {
	addr := shortTempered(t)
	got := attack("-run", "^HTTP$|^silence$|two hellos", "-latency", "1m", addr)
	assert.Equal(t, 0, got.code, got.stderr)
	lines := strings.Split(got.stdout, "\n")
	require.Len(t, lines, 5, got.stdout)
	assert.Equal(t, fuzz.AttackHead, lines[0])
	for i, want := range []string{"HTTP                                              ok       1/1", "silence                                           ok       50/50", "demarc: two hellos                                ok       1/1"} {
		assert.Contains(t, lines[i+1], want)
	}
	assert.Empty(t, lines[4])
}

func TestAttackInJSON(t *testing.T) {
	addr := shortTempered(t)
	args := []string{"-run", "^noise$", "-json", "-latency", "1m", addr}
	if runtime.GOOS == "linux" {
		args = append(args, "-memory", "1000000", "-pid", fmt.Sprint(os.Getpid()))
	}
	got := attack(args...)
	assert.Equal(t, 0, got.code, got.stderr+got.stdout)
	var result fuzz.AttackResult
	require.NoError(t, json.Unmarshal([]byte(got.stdout), &result))
	assert.Equal(t, "noise", result.Attack)
	assert.Equal(t, 1, result.Closed)
	assert.True(t, result.Survived)
	assert.Equal(t, runtime.GOOS == "linux", result.Memory >= 0)
}

// A server that answers, and has no limits.
func TestAttackOnAnotherServer(t *testing.T) {
	l, addr := listen(t)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go io.Copy(conn, conn)
		}
	}()
	got := attack("-protocol", "any", "-request", `\x02hi`, "-run", "^text$|^half a frame, and", "-patience", "300ms", "-latency", "1m", addr)
	assert.Equal(t, 1, got.code)
	assert.Contains(t, got.stdout, "text                                              FAILED   0/1")
	assert.Contains(t, got.stdout, "\n    1 of 1 connections are still open after 300ms\n")
	assert.Empty(t, got.stderr)
}

// A server that is gone after the first word.
func TestAttackOnAServerThatDies(t *testing.T) {
	l, addr := listen(t)
	go func() {
		for served := 0; ; {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			if n, _ := conn.Read(make([]byte, 100)); n > 0 {
				served++
			}
			if served == 2 {
				l.Close() // first, so that nobody is served any more when the attack is over
			}
			conn.Close()
		}
	}()
	got := attack("-protocol", "any", "-run", "HTTP|SSH|TLS", "-patience", "10s", "-latency", "1m", addr)
	assert.Equal(t, 1, got.code)
	assert.Contains(t, got.stdout, "the server is dead")
	assert.NotContains(t, got.stdout, "SSH", "there is nobody left to attack")
}

func TestAttackList(t *testing.T) {
	got := attack("-list", "-run", "^crowd$", "127.0.0.1:1")
	assert.Equal(t, result{stdout: "crowd: half a thousand connections that say nothing: is there room for others?\n"}, got)
	assert.Greater(t, strings.Count(attack("-list", "127.0.0.1:1").stdout, "\n"), 70)
}

func TestAttackUsage(t *testing.T) {
	l, addr := listen(t)
	l.Close()
	tests := []struct {
		args, stderr string
		code         int
	}{
		{"example.com:80", "demarc: example.com:80 is not on the loopback interface, where alone attacks are made\n", 2},
		{"192.0.2.1:80", "demarc: 192.0.2.1:80 is not on the loopback interface, where alone attacks are made\n", 2},
		{":80", "demarc: :80 is not on the loopback interface, where alone attacks are made\n", 2},
		{"localhost", "demarc: address localhost: missing port in address\n", 2},
		{"-greeting x localhost:1", "demarc: -greeting and -request are for -protocol any\n", 2},
		{"-run ( localhost:1", "demarc: -run: error parsing regexp: missing closing ): `(`\n", 2},
		{"-run nothing-like-it localhost:1", "demarc: -run: no attack has a name like \"nothing-like-it\"\n", 2},
		{addr, "demarc: dial tcp " + addr + ": connect: connection refused\n", 6},
	}
	for _, test := range tests {
		t.Run(test.args, func(t *testing.T) {
			assert.Equal(t, result{stderr: test.stderr, code: test.code}, attack(words(test.args)...))
		})
	}
	got := attack("-pid", "-1", addr)
	assert.Equal(t, 2, got.code)
	assert.Contains(t, got.stderr, "demarc: -pid: ")
}

func TestAttackOutputFails(t *testing.T) {
	addr := shortTempered(t)
	for _, args := range []string{"-list", "-run ^HTTP$", "-run ^HTTP$ -json"} {
		var stderr strings.Builder
		code := run(append(words("attack "+args), addr), strings.NewReader(""), brokenWriter{errBroken}, &stderr)
		assert.Equal(t, 6, code)
		assert.Equal(t, "demarc: the disk is gone\n", stderr.String())
	}
}
