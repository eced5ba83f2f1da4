package transport

import (
	"errors"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// sink is what an outbox writes to: it takes some bytes at once, and any number by waiting.
type sink struct {
	takes  int // at once
	got    []byte
	tries  int
	waits  int
	broken error
	ready  chan struct{} // write waits for it; nil: it does not
}

func (s *sink) try(p []byte) (int, error) {
	s.tries++
	n := min(len(p), s.takes)
	s.got = append(s.got, p[:n]...)
	return n, s.broken
}

func (s *sink) write(p []byte) error {
	if s.ready != nil {
		<-s.ready
	}
	s.waits++
	s.got = append(s.got, p...)
	return s.broken
}

func newOutbox(s *sink) *outbox {
	none := func(dst []byte) ([]byte, func()) { return append(dst, '!'), nil }
	return &outbox{try: s.try, write: s.write, urgent: none, maxRefusals: 1}
}

func adds(text string) addFunc {
	return func(dst []byte) ([]byte, error) { return append(dst, text...), nil }
}

func TestOutboxIsWrittenByWhoPutsIn(t *testing.T) {
	s := &sink{takes: 100}
	o := newOutbox(s)
	require.NoError(t, o.putMessage(t.Context(), adds("one")))
	require.NoError(t, o.putControl(adds("two")))
	assert.Equal(t, "onetwo", string(s.got), "before the calls have returned")
	assert.Equal(t, 2, s.tries)
	assert.Zero(t, s.waits, "nobody waited for the peer")
	assert.True(t, o.idle())
	assert.Nil(t, o.pending, "no buffer is held")
}

func TestOutboxKeepsTheUnwrittenTailFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &sink{takes: 2, ready: make(chan struct{})}
		o := newOutbox(s)
		require.NoError(t, o.putMessage(t.Context(), adds("one")))
		require.NoError(t, o.putMessage(t.Context(), adds("two")))
		assert.Equal(t, "on", string(s.got), "nobody waits for the peer")
		assert.False(t, o.idle())
		close(s.ready)
		<-o.written()
		assert.Equal(t, "onetwo", string(s.got))
		synctest.Wait()
		assert.True(t, o.idle())
	})
}

func TestOutboxWritesLazilyAtFlush(t *testing.T) {
	s := &sink{takes: 1 << 20}
	o := newOutbox(s)
	require.NoError(t, o.putLazily(adds("one")))
	require.NoError(t, o.putRefusal(adds("no")))
	require.Equal(t, LimitUnread, o.putRefusal(adds("no")))
	o.sayLazily(func() {})
	assert.Zero(t, s.tries)
	assert.False(t, o.idle())
	o.flush()
	assert.Equal(t, "oneno!", string(s.got))
	assert.Equal(t, 1, s.tries, "all of it at once")
	require.NoError(t, o.putRefusal(adds("no")), "the one before is written")

	require.NoError(t, o.putLazily(adds(string(make([]byte, maxLazy)))))
	assert.Equal(t, 1, s.tries)
	require.NoError(t, o.putLazily(adds("more")))
	assert.Equal(t, 2, s.tries, "so much does not wait")
}

// What the goroutine that reads has left for later does not keep others out.
func TestOutboxMakesRoomForWhoWaits(t *testing.T) {
	s := &sink{takes: 2 * maxPending}
	o := newOutbox(s)
	require.NoError(t, o.putLazily(adds(string(make([]byte, maxPending)))))
	require.Equal(t, errFull, o.putLazily(adds("x")))
	require.NoError(t, o.putMessage(t.Context(), adds("y")))
	assert.Len(t, s.got, maxPending+1)
}

func TestOutboxStaysClosed(t *testing.T) {
	broken := errors.New("broken")
	s := &sink{takes: 100, broken: broken}
	o := newOutbox(s)
	require.NoError(t, o.putMessage(t.Context(), adds("one")))
	require.Equal(t, broken, o.putMessage(t.Context(), adds("two")))
	require.Equal(t, broken, o.putLazily(adds("two")))
	o.flush()
	<-o.written()
	assert.Equal(t, 1, s.tries)
}
