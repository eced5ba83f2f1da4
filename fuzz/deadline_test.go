package fuzz_test

import (
	"net"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/fuzz"
)

// A side is a call that waits, and the deadline that ends it.
type side struct {
	name string
	call func([]byte) (int, error)
	set  func(time.Time) error
}

// waitingSides returns the sides of a whose calls wait because nothing comes
// from b and nothing more goes to it.
func waitingSides(t *testing.T, a, b *fuzz.Conn) []side {
	require.NoError(t, b.SetReadBuffer(1))
	write(t, a, "x")
	return []side{
		{"read", a.Read, a.SetReadDeadline},
		{"write", a.Write, a.SetWriteDeadline},
		{"read, both set", a.Read, a.SetDeadline},
		{"write, both set", a.Write, a.SetDeadline},
	}
}

// forEachSide runs test in a bubble for each side.
func forEachSide(t *testing.T, test func(t *testing.T, s side)) {
	for i, name := range []string{"read", "write", "read, both set", "write, both set"} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, a, b *fuzz.Conn) {
				test(t, waitingSides(t, a, b)[i])
			})
		})
	}
}

// assertTimeout asserts that r is a timeout after so long, without bytes.
func assertTimeout(t *testing.T, r result, after time.Duration) {
	t.Helper()
	assert.Zero(t, r.n)
	assert.Equal(t, after, r.after)
	assert.ErrorIs(t, r.err, os.ErrDeadlineExceeded)
	var netErr net.Error
	require.ErrorAs(t, r.err, &netErr)
	assert.True(t, netErr.Timeout())
}

func TestDeadlineComesAtTheExactInstant(t *testing.T) {
	for _, after := range []time.Duration{1, time.Second, time.Hour, 24 * 365 * time.Hour} {
		t.Run(after.String(), func(t *testing.T) {
			forEachSide(t, func(t *testing.T, s side) {
				require.NoError(t, s.set(time.Now().Add(after)))
				call := begin(s.call, make([]byte, 9))
				requireBlocked(t, call)
				assertTimeout(t, <-call, after)
				assertTimeout(t, <-begin(s.call, make([]byte, 9)), 0)
			})
		})
	}
}

func TestDeadlineByTheWallClock(t *testing.T) {
	forEachSide(t, func(t *testing.T, s side) {
		require.NoError(t, s.set(time.Now().Add(time.Minute).Round(0)))
		assertTimeout(t, <-begin(s.call, make([]byte, 9)), time.Minute)
	})
}

func TestPastDeadlineFailsAtOnce(t *testing.T) {
	past := []time.Time{time.Unix(0, 0), time.Unix(1, 0), {}}
	forEachSide(t, func(t *testing.T, s side) {
		past[2] = time.Now()
		for _, deadline := range past {
			require.NoError(t, s.set(deadline))
			assertTimeout(t, <-begin(s.call, make([]byte, 9)), 0)
		}
	})
}

func TestPastDeadlineFailsThoughTheCallCouldGoOn(t *testing.T) {
	inBubble(t, func(t *testing.T, a, b *fuzz.Conn) {
		write(t, b, "there")
		require.NoError(t, a.SetDeadline(time.Now()))
		assertTimeout(t, <-begin(a.Read, make([]byte, 9)), 0)
		assertTimeout(t, <-begin(a.Read, nil), 0)
		assertTimeout(t, <-begin(a.Write, make([]byte, 9)), 0)

		require.NoError(t, a.SetDeadline(time.Time{}))
		assert.Equal(t, result{5, nil, 0, "there"}, <-begin(a.Read, make([]byte, 9)))
		write(t, a, "goes on")
	})
}

func TestDeadlineReachesACallThatWaits(t *testing.T) {
	forEachSide(t, func(t *testing.T, s side) {
		call := begin(s.call, make([]byte, 9))
		time.Sleep(time.Minute)
		requireBlocked(t, call)
		require.NoError(t, s.set(time.Now()))
		assertTimeout(t, <-call, time.Minute)
	})
}

func TestDeadlineCanMove(t *testing.T) {
	tests := []struct {
		name  string
		moved func(now time.Time) time.Time
		want  time.Duration // since the call began, a second ago; 0 for never
	}{
		{"later", func(now time.Time) time.Time { return now.Add(time.Hour) }, time.Hour + time.Second},
		{"earlier", func(now time.Time) time.Time { return now.Add(time.Second) }, 2 * time.Second},
		{"to the past", func(now time.Time) time.Time { return now.Add(-1) }, time.Second},
		{"away", func(time.Time) time.Time { return time.Time{} }, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			forEachSide(t, func(t *testing.T, s side) {
				require.NoError(t, s.set(time.Now().Add(time.Minute)))
				call := begin(s.call, make([]byte, 9))
				time.Sleep(time.Second)
				require.NoError(t, s.set(tt.moved(time.Now())))
				if tt.want > 0 {
					assertTimeout(t, <-call, tt.want)
					return
				}
				time.Sleep(24 * time.Hour)
				requireBlocked(t, call)
			})
		})
	}
}

// At the instant of the old deadline, moving it and its timer race. The call
// goes by the deadline that was set last.
func TestDeadlineThatMovesAtTheLastInstant(t *testing.T) {
	forEachSide(t, func(t *testing.T, s side) {
		require.NoError(t, s.set(time.Now().Add(time.Second)))
		for range 100 {
			time.Sleep(time.Second)
			require.NoError(t, s.set(time.Now().Add(time.Second)))
			call := begin(s.call, make([]byte, 9))
			requireBlocked(t, call)
			time.Sleep(time.Second - 1)
			requireBlocked(t, call)
			require.NoError(t, s.set(time.Now().Add(2)))
			assertTimeout(t, <-call, time.Second+1)
			require.NoError(t, s.set(time.Now().Add(time.Second)))
		}
	})
}

func TestDeadlinesOfTheSidesAreApart(t *testing.T) {
	inBubble(t, func(t *testing.T, a, b *fuzz.Conn) {
		require.NoError(t, a.SetReadDeadline(time.Now()))
		write(t, a, "a writes")
		require.NoError(t, b.SetWriteDeadline(time.Now()))
		assert.Equal(t, result{8, nil, 0, "a writes"}, <-begin(b.Read, make([]byte, 9)))

		require.NoError(t, a.SetReadDeadline(time.Time{}))
		assertTimeout(t, <-begin(b.Write, make([]byte, 1)), 0)
		requireBlocked(t, begin(a.Read, make([]byte, 1)))
	})
}

func TestWriteThatTimesOutSaysHowFarItCame(t *testing.T) {
	inBubble(t, func(t *testing.T, a, b *fuzz.Conn) {
		require.NoError(t, b.SetReadBuffer(5))
		require.NoError(t, a.SetWriteDeadline(time.Now().Add(time.Second)))
		got := <-begin(a.Write, []byte("abcdefgh"))
		assert.Equal(t, 5, got.n)
		assert.ErrorIs(t, got.err, os.ErrDeadlineExceeded)

		require.NoError(t, a.Close())
		assert.Equal(t, "abcde !eof", reads(b, 9))
	})
}

func TestDeadlineReachesAWriteBehindAnother(t *testing.T) {
	inBubble(t, func(t *testing.T, a, b *fuzz.Conn) {
		require.NoError(t, b.SetReadBuffer(1))
		first := begin(a.Write, []byte("first"))
		second := begin(a.Write, []byte("second"))
		require.NoError(t, a.SetWriteDeadline(time.Now().Add(time.Second)))
		assertTimeout(t, <-second, time.Second)
		assert.Equal(t, 1, (<-first).n)
	})
}

func TestTimeoutLosesNoBytes(t *testing.T) {
	inBubble(t, func(t *testing.T, a, b *fuzz.Conn) {
		var got strings.Builder
		for _, piece := range strings.SplitAfter("one, two, three", ",") {
			require.NoError(t, b.SetReadDeadline(time.Now().Add(time.Second)))
			assertTimeout(t, <-begin(b.Read, make([]byte, 9)), time.Second)
			require.NoError(t, b.SetReadDeadline(time.Time{}))
			write(t, a, piece)
			got.WriteString((<-begin(b.Read, make([]byte, 9))).bytes)
		}
		assert.Equal(t, "one, two, three", got.String())
	})
}

func TestDeadlineBeyondTheRangeOfDurations(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := fuzz.Pipe()
		defer b.Close()
		for _, deadline := range []time.Time{time.Now().AddDate(9000, 0, 0), time.Unix(1<<60, 0)} {
			require.NoError(t, a.SetReadDeadline(deadline))
			read := begin(a.Read, make([]byte, 9))
			time.Sleep(time.Hour)
			requireBlocked(t, read)
			write(t, b, "x")
			assert.Equal(t, "x", (<-read).bytes)
		}
		require.NoError(t, a.Close())
	})
}
