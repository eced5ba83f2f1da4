package fuzz_test

import (
	"context"
	"net"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/fuzz"
	"github.com/demarc-go/demarc/transport"
)

// attackDemarc makes attacks on a server of ours in memory, with the limits that it has by default.
func attackDemarc(t *testing.T, attacks ...fuzz.Attack) (report fuzz.AttackReport) {
	synctest.Test(t, func(t *testing.T) {
		l, srv := new(fuzz.Listener), newServer()
		go srv.Serve(l)
		neighbour := &transport.Client{Dial: l.Dial}
		probe := func(ctx context.Context) error {
			_, err := echo.Call(ctx, neighbour, "undisturbed")
			return err
		}
		target := fuzz.Target{Dial: fuzz.DialListener(l), Probe: probe, Memory: fuzz.LiveMemory}
		report = target.Attack(t.Context(), attacks...)
		require.NoError(t, neighbour.Close())
		require.NoError(t, srv.Close())
	})
	return report
}

// Demarc's own server bears all attacks.
func TestServerBearsAllAttacks(t *testing.T) {
	names := map[string]bool{}
	for _, a := range fuzz.DemarcAttacks() {
		require.False(t, names[a.Name], "%s: the name is taken", a.Name)
		names[a.Name] = true
		require.NotEmpty(t, a.About)
		t.Run(a.Name, func(t *testing.T) {
			report := attackDemarc(t, a)
			assert.True(t, report.OK(), "%v", report)
		})
	}
	assert.GreaterOrEqual(t, len(names), 70)
}

// It hangs up when its limits say, and not only when the attacker does.
func TestWhenTheServerHangsUp(t *testing.T) {
	after := map[string]time.Duration{
		"HTTP":                     0,
		"silence":                  transport.DefaultHelloTimeout,
		"crowd":                    transport.DefaultHelloTimeout,
		"slow in a frame":          transport.DefaultFrameTimeout,
		"silence after a greeting": transport.DefaultPingInterval + transport.DefaultPingTimeout,
		"demarc: pings":            0,
		"demarc: pings, unread":    time.Second, // a goodbye takes its time
		"demarc: slow hello":       transport.DefaultHelloTimeout,
	}
	for _, a := range fuzz.DemarcAttacks() {
		if want, ok := after[a.Name]; ok {
			result := attackDemarc(t, a).Results[0]
			assert.Equal(t, max(1, a.Conns), result.Closed, a.Name)
			assert.InDelta(t, want.Seconds(), result.ClosedAfter.Seconds(), 1.1, a.Name)
		}
	}
}

// The same over TCP, where the kernel has buffers and time is time. The limits are short, so that it does not take long.
func TestAttacksOverTCP(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	srv := newServer()
	srv.Limits = transport.Limits{
		HelloTimeout: 200 * time.Millisecond, FrameTimeout: 200 * time.Millisecond, WriteTimeout: 500 * time.Millisecond,
		PingInterval: 200 * time.Millisecond, PingTimeout: 200 * time.Millisecond,
	}
	go srv.Serve(l)
	defer srv.Close()
	var some []fuzz.Attack
	for _, a := range fuzz.DemarcAttacks() {
		if slices.Contains([]string{"HTTP", "silence", "noise", "half a frame", "reset everywhere", "demarc: pings", "demarc: calls, unread"}, a.Name) {
			some = append(some, a)
		}
	}
	require.Len(t, some, 7)
	target := fuzz.Target{Dial: fuzz.DialListener(l), Patience: time.Minute, MaxLatency: time.Minute} // a loaded machine is slow
	fuzz.TestServer(t, target, some...)
}

func TestTargetNeedsDial(t *testing.T) {
	assert.PanicsWithValue(t, "fuzz: Target.Dial is nil", func() { fuzz.Target{}.Attack(t.Context()) })
}

func TestAttackStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	report := fuzz.Target{Dial: new(fuzz.Listener).Dial}.Attack(ctx, fuzz.Attacks(nil, nil)...)
	assert.Empty(t, report.Results)
	assert.True(t, report.OK())
}
