package transport_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/codec"
	"github.com/demarc-go/demarc/transport"
)

// What a call allocates, on both sides together, beyond what its two messages hold.
func TestCallsAllocateLittle(t *testing.T) {
	if transport.RaceEnabled {
		t.Skip("with the race detector pools drop what they are given")
	}
	c, _ := benchServer(t)
	m := item{7, "name", make([]byte, 16)}
	p, err := codec.Msgpack{}.Append(nil, m)
	require.NoError(t, err)
	var into item
	decode := testing.AllocsPerRun(1000, func() {
		require.NoError(t, codec.Msgpack{}.Decode(p, &into))
	})
	for name, method := range map[string]transport.UnaryMethod[item, item]{"inline": inline, "not inline": spawned} {
		call := testing.AllocsPerRun(1000, func() {
			if _, err := method.Call(context.Background(), c, m); err != nil {
				t.Error(err)
			}
		})
		t.Logf("%s: %v for a call, %v to decode a message", name, call, decode)
		assert.LessOrEqual(t, call-2*decode, 2.0, name)
	}
}

// A deadline costs what its context does, and no timer on the side that handles the call.
func TestDeadlinesAllocateLittle(t *testing.T) {
	if transport.RaceEnabled {
		t.Skip("with the race detector pools drop what they are given")
	}
	c, _ := benchServer(t)
	m := item{7, "name", make([]byte, 16)}
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	measure := func(ctx context.Context) float64 {
		return testing.AllocsPerRun(1000, func() {
			if _, err := inline.Call(ctx, c, m); err != nil {
				t.Error(err)
			}
		})
	}
	assert.LessOrEqual(t, measure(ctx), measure(context.Background()))
}

// What a message of a stream costs, on both sides together: less than one allocation, and little of a write.
func TestMessagesOfStreamsCostLittle(t *testing.T) {
	if transport.RaceEnabled {
		t.Skip("with the race detector pools drop what they are given")
	}
	const messages = 20_000
	c, srv := benchStreams(t)
	call := poured(t, c, 64)
	var message []byte
	receive := func() {
		for range messages {
			if err := call.Receive(&message); err != nil {
				t.Error(err)
				return
			}
		}
	}
	receive()
	writes := c.Stats().Writes + srv.Stats().Writes
	allocations := testing.AllocsPerRun(1, receive) // which runs it twice
	writes = c.Stats().Writes + srv.Stats().Writes - writes
	t.Logf("%.3f allocations and %.4f writes for a message", allocations/messages, float64(writes)/(2*messages))
	assert.LessOrEqual(t, allocations/messages, 1.0)
	assert.LessOrEqual(t, float64(writes)/(2*messages), 0.1)
}
