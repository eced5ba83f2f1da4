package calls

import (
	"bytes"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The tests start this program again as a server, as the command does.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == ServeFlag {
		if err := ServeProcess(os.Args[2], os.Stdin, os.Stdout); err != nil {
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// Every way brings back what was sent, in one process and in two, whatever its size.
func TestWaysEcho(t *testing.T) {
	for _, w := range append(Ways(), OverTLS) {
		t.Run(w.Name, func(t *testing.T) {
			for _, load := range []Load{
				{Callers: 4, Conns: 2, Payload: 16, Processes: 1},
				{Callers: 4, Conns: 1, Payload: 64 << 10, Processes: 1},
				{Callers: 1, Conns: 1, Payload: 16, Processes: 2},
			} {
				r, err := newRig(w, load)
				require.NoError(t, err)
				for i, c := range r.clients {
					p := bytes.Repeat([]byte{byte(i + 1)}, load.Payload)
					if w.Kind == Floor {
						p = r.payload // the message that a floor has kept
					}
					back, err := c.Echo(p)
					require.NoError(t, err)
					assert.True(t, bytes.Equal(p, back))
				}
				r.close()
			}
		})
	}
}

// stalls is a client whose first call takes a while, and the others no time.
type stalls struct{ called bool }

func (s *stalls) Echo(payload []byte) ([]byte, error) {
	if !s.called {
		time.Sleep(50 * time.Millisecond)
	}
	s.called = true
	return payload, nil
}

func (*stalls) Close() error { return nil }

// In the open loop a stall is seen by the calls that should have begun meanwhile. In the closed one a single call sees it.
func TestStallsAreSeen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &rig{load: Middle, workers: 1, each: 1, clients: []Client{new(stalls)}, server: new(inProcess)}
		s, err := r.scheduled(1000, 100*time.Millisecond)
		require.NoError(t, err)
		assert.Equal(t, 50_000.0, s.Max)
		assert.Greater(t, s.P99, 40_000.0)
		assert.Less(t, s.P50, 5_000.0)
	})
}

// medianSample takes each figure for itself.
func TestMedianSample(t *testing.T) {
	m := medianSample([]Sample{{Rate: 3, P50: 1}, {Rate: 1, P50: 2}, {Rate: 2, P50: 3}})
	assert.Equal(t, Sample{Rate: 2, P50: 2}, m)
}

// refuses is a peer that cannot be dialed.
var refuses = Way{Name: "refuses", Kind: Typed, Serve: serveRaw, Dial: func(string) (Client, error) { return nil, os.ErrInvalid }}

// A peer that fails is left out, and told; ours must not fail.
func TestFailingPeers(t *testing.T) {
	var told []error
	plan := Plan{Rounds: 1, Turn: time.Millisecond, Failed: func(err error) { told = append(told, err) }}
	samples, err := Closed([]Way{pingPong, refuses}, Middle, plan)
	require.NoError(t, err)
	assert.Contains(t, samples, pingPong.Name)
	assert.NotContains(t, samples, refuses.Name)
	require.Len(t, told, 1)
	assert.ErrorIs(t, told[0], os.ErrInvalid)

	mine := refuses
	mine.Kind = Ours
	_, err = Closed([]Way{mine}, Middle, plan)
	assert.ErrorIs(t, err, os.ErrInvalid)
}

// A quantile is right within a sixteenth, and what it cannot know it does not exceed.
func TestQuantiles(t *testing.T) {
	var l latencies
	for i := 1; i <= 1000; i++ {
		l.add(time.Duration(i) * time.Microsecond)
	}
	assert.InEpsilon(t, 500*time.Microsecond, l.quantile(0.5), 1.0/16)
	assert.InEpsilon(t, 990*time.Microsecond, l.quantile(0.99), 1.0/16)
	assert.InEpsilon(t, time.Millisecond, l.quantile(1), 1.0/16)
	assert.Equal(t, time.Millisecond, l.max)
}
