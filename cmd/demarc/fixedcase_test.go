package main

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func fixedCase(config string) *testCase {
	return &testCase{Framing: "fixed", Config: json.RawMessage(config), EOF: true}
}

// TestFixedMax: whatever max is about, a frame at it passes and one a byte larger does not.
func TestFixedMax(t *testing.T) {
	tests := []struct {
		name, config string
		fits, over   hexBytes
	}{
		{
			"payload", `{"width": 1, "order": "be", "strip": 1, "max": 2, "max_basis": "payload"}`,
			hexBytes("\x02ab"), hexBytes("\x03abc"),
		},
		{
			"payload, with the head handed over", `{"width": 1, "order": "be", "max": 2, "max_basis": "payload"}`,
			hexBytes("\x02ab"), hexBytes("\x03abc"),
		},
		{
			"payload, adjusted", `{"width": 1, "order": "be", "adjust": 1, "strip": 1, "max": 2, "max_basis": "payload"}`,
			hexBytes("\x01ab"), hexBytes("\x02abc"),
		},
		{
			"whole", `{"width": 1, "order": "be", "strip": 1, "max": 3, "max_basis": "whole"}`,
			hexBytes("\x02ab"), hexBytes("\x03abc"),
		},
		{
			"value", `{"width": 2, "order": "le", "adjust": -2, "strip": 2, "max": 4, "max_basis": "value"}`,
			hexBytes("\x04\x00ab"), hexBytes("\x05\x00abc"),
		},
		{
			"value, adjusted, behind an offset", `{"width": 1, "order": "be", "offset": 2, "adjust": 1, "strip": 1, "max": 1, "max_basis": "value"}`,
			hexBytes("??\x01ab"), hexBytes("??\x02abc"),
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := fixedCase(test.config)
			s, err := c.setup()
			require.NoError(t, err)
			got := c.replay([][]byte{test.fits}, s)
			assert.Len(t, got.Frames, 1)
			assert.Zero(t, got.Errors, got.Detail)
			got = c.replay([][]byte{test.over}, s)
			assert.Empty(t, got.Frames)
			assert.Equal(t, "too_large", got.Error)
		})
	}
}

func TestFixedWithoutMax(t *testing.T) {
	for _, config := range []string{
		`{"width": 1, "order": "be", "strip": 1}`,
		`{"width": 1, "order": "be", "strip": 1, "max": null, "max_basis": "whole"}`,
		`{"width": 1, "order": "be", "strip": 1, "max": -1, "max_basis": "payload"}`,
	} {
		s, err := fixedCase(config).setup()
		require.NoError(t, err, config)
		assert.Equal(t, -1, s.max, config)
	}
}

// TestFixedMaxIsNoOverflow: a max near the largest number there is never becomes a small or a negative one.
func TestFixedMaxIsNoOverflow(t *testing.T) {
	limit := int64(math.MaxInt64 - 1)
	f := fixedConfig{limits: limits{Max: &limit}, Width: 8, Order: "be", MaxBasis: "payload"}
	require.NoError(t, f.convertMax())
	assert.Equal(t, int64(math.MaxInt64), *f.Max)
}

func TestFixedNotBuilt(t *testing.T) {
	tests := []struct{ name, config, want string }{
		{"no width", `{"order": "be"}`, `width 0, order "be"`},
		{"no order", `{"width": 4}`, `width 4, order ""`},
		{"width", `{"width": 9, "order": "be"}`, "impossible framing: a length of 9 bytes, where 1 to 8 are possible"},
		{"magic behind the length", `{"width": 4, "order": "be", "magic": "cafe"}`, "impossible framing: -2 bytes before the length and 0 after it"},
		{"strip", `{"width": 4, "order": "be", "strip": -1}`, "impossible framing: it keeps 5 bytes of a head of 4"},
		{"adjust", `{"width": 4, "order": "be", "adjust": -5}`, "impossible framing: it counts 5 bytes of a head of 4"},
		{"basis", `{"width": 4, "order": "be", "max": 1, "max_basis": "frame"}`, `max_basis "frame"`},
		{"nothing left", `{"width": 4, "order": "be", "strip": 4, "max": 3, "max_basis": "whole"}`, "max 3, which leaves -1 bytes to hand over"},
		{"unknown setting", `{"colour": 1}`, `config: unknown field "colour"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := fixedCase(test.config).setup()
			require.ErrorIs(t, err, errNotBuilt)
			assert.EqualError(t, err, "not built: "+test.want)
		})
	}
}
