package transport

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/frame"
	"github.com/demarc-go/demarc/fuzz"
)

// script is the peer of the tested side.
type script struct {
	conn  *fuzz.Conn
	came  chan envelope // what the tested side sends, but for its hello; closed when it hangs up
	over  chan struct{} // closed when the tested side has closed the connection
	calls map[string]*scriptedCall
	tried Caller // the tested side, if it dialed
	drain func() // makes the tested side take no more calls
}

type scriptedCall struct {
	cancel   context.CancelFunc
	done     chan struct{}
	payload  Payload
	metadata Metadata
	err      error
	streams  *scriptedStreams // nil if there are none
}

// quit ends what waits for the script.
func (c *scriptedCall) quit() {
	if c.streams != nil {
		c.streams.quit()
	}
}

// listen reads what the tested side sends.
func (s *script) listen() {
	defer close(s.came)
	if readPreface(s.conn) != nil {
		return
	}
	for payload, err := range frame.NewReader(s.conn, frame.Varint{}).Frames() {
		if err != nil {
			return
		}
		if e, err := parse(slices.Clone(payload)); err == nil && e.kind != kindHello {
			s.came <- e
		}
	}
}

func (s *script) run(t *testing.T, steps []step) {
	for i, step := range steps {
		s.step(t, i, step)
	}
}

func (s *script) step(t *testing.T, i int, step step) {
	switch {
	case step.Send != nil:
		for range max(step.Times, 1) {
			_, err := s.conn.Write(step.Send)
			require.NoError(t, err, "step %d", i)
		}
	case step.Expect != nil:
		step.Expect.check(t, i, s.next(t, i, step.Expect.Kind))
	case step.Wait > 0:
		time.Sleep(seconds(step.Wait))
	case step.Silence > 0:
		time.Sleep(seconds(step.Silence))
		synctest.Wait()
		assert.Empty(t, s.came, "step %d", i)
	case step.Hangup:
		require.NoError(t, s.conn.CloseWrite())
	case step.Closed:
		s.closed(t, i)
	case step.Do == "shutdown":
		s.drain()
	case step.Tell != "":
		s.calls[step.Tell].streams.told <- Payload(step.Payload)
	case step.Finish != "":
		s.calls[step.Finish].streams.finish()
	case step.Hears != "":
		s.calls[step.Hears].streams.hears(t, i, step.Payload)
	case step.Call != "":
		s.call(step)
	case step.Cancel != "":
		s.calls[step.Cancel].cancel()
	case step.Result != "":
		step.check(t, i, s.calls[step.Result])
	case step.Notify != "":
		go Notify[Payload](step.Notify).Send(context.Background(), s.tried, Payload(step.Payload))
	default:
		require.Fail(t, "unknown step", "%d: %+v", i, step)
	}
	synctest.Wait()
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// next returns the next envelope of the tested side. Credit comes when it likes.
func (s *script) next(t *testing.T, i int, kind string) envelope {
	for {
		select {
		case e, ok := <-s.came:
			require.True(t, ok, "step %d: the connection is closed", i)
			if e.kind == kindCredit && kind != "credit" {
				continue
			}
			return e
		case <-time.After(time.Second):
			require.Fail(t, "nothing came", "step %d", i)
		}
	}
}

// closed checks that the tested side closes the connection in time, without another word.
func (s *script) closed(t *testing.T, i int) {
	select {
	case <-s.over:
	case <-time.After(3 * time.Second):
		require.Fail(t, "the connection is not closed", "step %d", i)
	}
	for e := range s.came {
		assert.Fail(t, "another envelope", "step %d: %v %d %s", i, e.kind, e.id, e.payload)
	}
}

func (e *expected) check(t *testing.T, i int, got envelope) {
	t.Helper()
	require.Equal(t, e.Kind, got.kind.String(), "step %d: %s", i, got.payload)
	same(t, i, "id", e.ID, got.id)
	same(t, i, "flags", e.Flags, got.flags>>4)
	same(t, i, "timeout", e.Timeout, got.timeout.Microseconds())
	same(t, i, "method", e.Method, string(got.method))
	same(t, i, "code", e.Code, got.code)
	same(t, i, "amount", e.Amount, got.amount)
	if e.Payload != nil {
		assert.Equal(t, string(*e.Payload), string(got.payload), "step %d: payload", i)
	}
	if e.Metadata != nil {
		assert.Equal(t, metadataOf(e.Metadata), parseMetadata(got.metadata), "step %d: metadata", i)
	}
}

func same[T any](t *testing.T, i int, field string, want *T, got T) {
	t.Helper()
	if want != nil {
		assert.Equal(t, *want, got, "step %d: %s", i, field)
	}
}

// call makes the tested side call.
func (s *script) call(step step) {
	call := &scriptedCall{done: make(chan struct{})}
	ctx := WithReplyMetadata(context.Background(), &call.metadata)
	if step.Metadata != nil {
		ctx = WithMetadata(ctx, metadataOf(step.Metadata))
	}
	if step.Timeout > 0 {
		ctx, call.cancel = context.WithTimeout(ctx, time.Duration(step.Timeout)*time.Microsecond)
	} else {
		ctx, call.cancel = context.WithCancel(ctx)
	}
	s.calls[step.Call] = call
	if step.Streams != "" {
		call.streams = newScriptedStreams()
	}
	go func() {
		defer close(call.done)
		defer call.cancel()
		if call.streams != nil {
			call.payload, call.err = call.streams.run(ctx, s.tried, step)
			return
		}
		call.payload, call.err = Unary[Payload, Payload](step.Method).Call(ctx, s.tried, Payload(step.Payload))
	}()
}

// check checks the result of a call.
func (s step) check(t *testing.T, i int, call *scriptedCall) {
	select {
	case <-call.done:
	case <-time.After(3 * time.Second):
		require.Fail(t, "the call does not end", "step %d", i)
	}
	if s.Code == OK {
		require.NoError(t, call.err, "step %d", i)
		assert.Equal(t, string(s.Payload), string(call.payload), "step %d", i)
		if s.Metadata != nil {
			assert.Equal(t, metadataOf(s.Metadata), call.metadata, "step %d", i)
		}
		return
	}
	var e *Error
	require.ErrorAs(t, call.err, &e, "step %d", i)
	assert.Equal(t, s.Code.String(), e.Code.String(), "step %d: %v", i, e)
	assert.Equal(t, s.Outcome, e.Outcome.String(), "step %d: %v", i, e)
}
