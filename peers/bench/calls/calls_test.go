package calls

import (
	"bytes"
	"os"
	"testing"
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
