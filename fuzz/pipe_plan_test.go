package fuzz_test

import (
	"io"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/fuzz"
)

func TestPipePlans(t *testing.T) {
	for _, tt := range readTests {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, a, b *fuzz.Conn) {
				write(t, a, "abcdefg")
				require.NoError(t, a.CloseWrite())
				b.SetReadPlan(tt.plan)
				assert.Equal(t, tt.want, reads(b, tt.size))
			})
		})
	}
}

func TestPlansOfTheTwoEndsAreApart(t *testing.T) {
	inBubble(t, func(t *testing.T, a, b *fuzz.Conn) {
		a.SetReadPlan(fuzz.Plan{1, 2})
		b.SetReadPlan(fuzz.Plan{2, 1})
		write(t, a, "abcd")
		write(t, b, "abcd")
		require.NoError(t, a.CloseWrite())
		require.NoError(t, b.CloseWrite())
		assert.Equal(t, "a bc d !eof", reads(a, 9))
		assert.Equal(t, "ab c d !eof", reads(b, 9))
	})
}

func TestReadDoesNotWaitForAWholeStep(t *testing.T) {
	inBubble(t, func(t *testing.T, a, b *fuzz.Conn) {
		b.SetReadPlan(fuzz.Plan{5 + fuzz.Timeout})
		write(t, a, "abc")
		assert.Equal(t, result{3, nil, 0, "abc"}, <-begin(b.Read, make([]byte, 9)))
		write(t, a, "defg")
		got := <-begin(b.Read, make([]byte, 9))
		assert.Equal(t, "de", got.bytes)
		assert.Equal(t, "!timeout", errorMark(got.n, got.err))
		assert.Equal(t, "fg", (<-begin(b.Read, make([]byte, 9))).bytes)
	})
}

func TestPlanReachesAReadThatWaits(t *testing.T) {
	inBubble(t, func(t *testing.T, a, b *fuzz.Conn) {
		read := begin(b.Read, make([]byte, 9))
		requireBlocked(t, read)
		b.SetReadPlan(fuzz.Plan{2, 1})
		requireBlocked(t, read)
		b.SetReadPlan(fuzz.Plan{fuzz.Transient})
		got := <-read
		assert.Equal(t, "!transient", errorMark(got.n, got.err))
	})
}

func TestCutByPlanStopsTheWriter(t *testing.T) {
	for _, plan := range []fuzz.Plan{{2, fuzz.EOF}, {2 + fuzz.EOF}} {
		t.Run(plan.String(), func(t *testing.T) {
			inBubble(t, func(t *testing.T, a, b *fuzz.Conn) {
				require.NoError(t, b.SetReadBuffer(4))
				b.SetReadPlan(plan)
				waiting := begin(a.Write, []byte("abcdefgh"))
				requireBlocked(t, waiting)
				got, err := io.ReadAll(b)
				require.NoError(t, err)
				assert.Equal(t, "ab", string(got))
				w := <-waiting
				assert.Less(t, w.n, 8)
				assert.ErrorIs(t, w.err, syscall.EPIPE)
				write(t, b, "the other direction goes on")
				assert.Equal(t, "the other direction goes on", (<-begin(a.Read, make([]byte, 99))).bytes)
			})
		})
	}
}

func TestCutByPlanLasts(t *testing.T) {
	inBubble(t, func(t *testing.T, a, b *fuzz.Conn) {
		write(t, a, "abcd")
		b.SetReadPlan(fuzz.Plan{2, fuzz.EOF})
		assert.Equal(t, "ab !eof", reads(b, 9))
		b.SetReadPlan(nil)
		assert.Equal(t, "!eof", reads(b, 9))
	})
}

func TestResetByPlanBreaksBothDirections(t *testing.T) {
	for _, plan := range []fuzz.Plan{{2, fuzz.Reset}, {2 + fuzz.Reset}} {
		t.Run(plan.String(), func(t *testing.T) {
			inBubble(t, func(t *testing.T, a, b *fuzz.Conn) {
				b.SetReadPlan(plan)
				write(t, a, "abcd")
				write(t, b, "lost")
				got, err := io.ReadAll(b)
				assert.Equal(t, "ab", string(got))
				assert.ErrorIs(t, err, syscall.ECONNRESET)
				for _, op := range []func([]byte) (int, error){a.Write, b.Write, a.Read, b.Read} {
					_, err := op(make([]byte, 9))
					assert.ErrorIs(t, err, syscall.ECONNRESET)
				}
			})
		})
	}
}
