package framing

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Every way reads what it wrote, and what is measured of it.
func TestWaysRoundTrip(t *testing.T) {
	for _, w := range ways() {
		t.Run(w.name, func(t *testing.T) {
			payload := []byte("what goes in comes out")
			wire := varintFrame(payload)
			if w.frame != nil {
				wire = w.frame(payload)
			}
			if w.write != nil {
				var dst bytes.Buffer
				require.NoError(t, w.write(&dst)(payload))
				assert.Equal(t, wire, dst.Bytes())
			}
			next := w.read(&cycle{data: bytes.Repeat(wire, 5), piece: 7, unit: unit(w, wire)})
			for range 20 {
				got, err := next()
				require.NoError(t, err)
				require.Equal(t, payload, got)
			}
		})
	}
}

func unit(w way, wire []byte) int {
	if w.whole {
		return len(wire)
	}
	return 0
}

func TestRun(t *testing.T) {
	cells, err := Run(Plan{Rounds: 1, Turn: 1})
	require.NoError(t, err)
	assert.Len(t, cells, len(payloads)*(len(pieces)*9+6))
}
