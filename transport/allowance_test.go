package transport

import (
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A request fills the allowance although it is refused, and so does the refusal: who calls what is not served here, and cancels
// before the refusal has come, breaks no rule. Nor does who sent a part of its stream by then.
func TestRefusedCallsFillTheAllowance(t *testing.T) {
	tests := []struct {
		name   string
		flags  byte
		behind []envelope
	}{
		{"canceled", 0, []envelope{{kind: kindCancel}}},
		{"streams", flagUpload, []envelope{
			{kind: kindData, payload: []byte{1}}, {kind: kindEnd}, {kind: kindCancel},
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			underAttack(t, Limits{}, func(t *testing.T, a *attacked) {
				nc := a.dial(t, true)
				nc.Write(wire(nil).hello())
				for id := uint64(1); id < 8*4*DefaultMaxInFlight; id += 2 {
					calls := wire(nil).envelope(envelope{kind: kindRequest, flags: test.flags, id: id, method: []byte("nobody")})
					for _, e := range test.behind {
						e.id = id
						calls = calls.envelope(e)
					}
					_, err := nc.Write(calls)
					require.NoError(t, err)
					synctest.Wait()
				}
				assert.Zero(t, a.srv.Stats().Over(LimitControl))
				nc.Close()
			})
		})
	}
}
