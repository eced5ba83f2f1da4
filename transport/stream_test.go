package transport_test

import (
	"context"
	"io"
	"iter"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/transport"
)

// The methods with streams that the tests call.
var (
	count  = transport.ServerStream[int, int]("count")     // sends 0, 1, 2, ... up to the request; then, below 0, fails
	addAll = transport.ClientStream[int, int]("addAll")    // adds up what comes; a negative number makes it fail
	double = transport.Bidi[int, int]("double")            // sends each number doubled; 0 ends it, a negative number makes it fail
	flood  = transport.ServerStream[int, []byte]("flood")  // sends messages of so many bytes until its context ends
	unread = transport.ClientStream[[]byte, int]("unread") // reads nothing until its context ends
)

// streams serves the methods above.
func streams(w *world) {
	count.Handle(w.server, func(ctx context.Context, n int, send func(int) error) error {
		for i := range max(n, -n) {
			if err := send(i); err != nil {
				return err
			}
		}
		transport.CallFrom(ctx).Reply = transport.Metadata{"sent": "all"}
		if n < 0 {
			return transport.Errorf(transport.OutOfRange, "that was all")
		}
		return nil
	})
	addAll.Handle(w.server, func(ctx context.Context, numbers iter.Seq2[int, error]) (sum int, _ error) {
		transport.CallFrom(ctx).Reply = transport.Metadata{"sent": "all"}
		for n, err := range numbers {
			if err != nil {
				w.causes <- context.Cause(ctx)
				return 0, err
			}
			if n < 0 {
				return 0, transport.Errorf(transport.OutOfRange, "below 0")
			}
			sum += n
		}
		return sum, nil
	})
	double.Handle(w.server, func(ctx context.Context, in iter.Seq2[int, error], send func(int) error) error {
		transport.CallFrom(ctx).Reply = transport.Metadata{"sent": "all"}
		for n, err := range in {
			switch {
			case err != nil:
				w.causes <- context.Cause(ctx)
				return err
			case n == 0:
				return nil
			case n < 0:
				return transport.Errorf(transport.OutOfRange, "below 0")
			}
			if err := send(2 * n); err != nil {
				w.causes <- context.Cause(ctx)
				return err
			}
		}
		return send(0)
	})
	unread.Handle(w.server, func(ctx context.Context, _ iter.Seq2[[]byte, error]) (int, error) {
		<-ctx.Done()
		w.causes <- context.Cause(ctx)
		return 0, ctx.Err()
	})
	flood.Handle(w.server, func(ctx context.Context, size int, send func([]byte) error) error {
		message := make([]byte, size)
		for {
			if err := send(message); err != nil {
				w.causes <- context.Cause(ctx)
				return err
			}
		}
	})
}

// collect returns what an iterator yields, and its error.
func collect[T any](messages iter.Seq2[T, error]) (all []T, err error) {
	for v, err := range messages {
		if err != nil {
			return all, err
		}
		all = append(all, v)
	}
	return all, nil
}

func TestServerStream(t *testing.T) {
	inWorld(t, streams, func(t *testing.T, w *world) {
		var reply transport.Metadata
		ctx := transport.WithReplyMetadata(t.Context(), &reply)
		got, err := collect(count.Call(ctx, w.client, 3))
		require.NoError(t, err)
		assert.Equal(t, []int{0, 1, 2}, got)
		assert.Equal(t, transport.Metadata{"sent": "all"}, reply)

		got, err = collect(count.Call(ctx, w.client, -2))
		requireError(t, err, transport.OutOfRange, transport.Answered)
		assert.Equal(t, []int{0, 1}, got, "what was sent before the error")
		assert.Equal(t, transport.Metadata{"sent": "all"}, reply)

		again := count.Call(ctx, w.client, 2)
		for range 2 {
			got, err = collect(again)
			require.NoError(t, err)
			assert.Equal(t, []int{0, 1}, got, "each loop makes the call anew")
		}
		stats := w.client.Stats()
		assert.EqualValues(t, 9, stats.MessagesIn)
		assert.EqualValues(t, 9, w.server.Stats().MessagesOut)
		assert.Zero(t, stats.InFlight)
	})
}

func TestServerStreamLeftEarly(t *testing.T) {
	inWorld(t, streams, func(t *testing.T, w *world) {
		for message, err := range flood.Call(t.Context(), w.client, 1000) {
			require.NoError(t, err)
			assert.Len(t, message, 1000)
			break
		}
		assert.ErrorIs(t, <-w.causes, transport.ErrCallCanceled)
		synctest.Wait()
		assert.Zero(t, w.client.Stats().InFlight)
		assert.Zero(t, w.server.Stats().InFlight)
		w.assertWorks(t)
	})
}

func TestClientStream(t *testing.T) {
	inWorld(t, streams, func(t *testing.T, w *world) {
		var reply transport.Metadata
		call, err := addAll.Call(transport.WithReplyMetadata(t.Context(), &reply), w.client)
		require.NoError(t, err)
		for n := range 10 {
			require.NoError(t, call.Send(n))
		}
		sum, err := call.Finish()
		require.NoError(t, err)
		assert.Equal(t, 45, sum)
		assert.Equal(t, transport.Metadata{"sent": "all"}, reply)
		err = call.Send(1)
		requireError(t, err, transport.FailedPrecondition, transport.NotSent)
		assert.ErrorIs(t, err, transport.ErrStreamEnded)
		sum, err = call.Finish()
		require.NoError(t, err)
		assert.Equal(t, 45, sum, "the same again")
		call.Cancel()
	})
}

func TestClientStreamAnsweredEarly(t *testing.T) {
	inWorld(t, streams, func(t *testing.T, w *world) {
		call, err := addAll.Call(t.Context(), w.client)
		require.NoError(t, err)
		require.NoError(t, call.Send(-1))
		synctest.Wait()
		requireError(t, call.Send(1), transport.OutOfRange, transport.Answered)
		_, err = call.Finish()
		requireError(t, err, transport.OutOfRange, transport.Answered)
	})
}

func TestBidi(t *testing.T) {
	inWorld(t, streams, func(t *testing.T, w *world) {
		call, err := double.Call(t.Context(), w.client)
		require.NoError(t, err)
		var got int
		for n := 1; n < 5; n++ {
			require.NoError(t, call.Send(n))
			require.NoError(t, call.Receive(&got))
			assert.Equal(t, 2*n, got)
		}
		require.NoError(t, call.CloseSend())
		require.NoError(t, call.CloseSend(), "once is enough")
		assert.ErrorIs(t, call.Send(1), transport.ErrStreamEnded)
		require.NoError(t, call.Receive(&got), "the other direction goes on")
		assert.Zero(t, got)
		assert.Equal(t, io.EOF, call.Receive(&got))
		assert.Equal(t, io.EOF, call.Receive(&got))
	})
}

func TestBidiEndedByItsHandler(t *testing.T) {
	inWorld(t, streams, func(t *testing.T, w *world) {
		var reply transport.Metadata
		call, err := double.Call(transport.WithReplyMetadata(t.Context(), &reply), w.client)
		require.NoError(t, err)
		for _, n := range []int{1, 2, 0} {
			require.NoError(t, call.Send(n))
		}
		got, err := collect(call.All())
		require.NoError(t, err)
		assert.Equal(t, []int{2, 4}, got)
		assert.Equal(t, transport.Metadata{"sent": "all"}, reply)
		assert.ErrorIs(t, call.Send(1), transport.ErrStreamEnded)
		require.NoError(t, call.CloseSend())

		call, err = double.Call(t.Context(), w.client)
		require.NoError(t, err)
		require.NoError(t, call.Send(-1))
		_, err = collect(call.All())
		requireError(t, err, transport.OutOfRange, transport.Answered)
		requireError(t, call.Send(1), transport.OutOfRange, transport.Answered)
	})
}

// Whoever leaves the loop, or cancels, has the handler stopped.
func TestBidiLeftEarly(t *testing.T) {
	inWorld(t, streams, func(t *testing.T, w *world) {
		for _, leave := range []func(*transport.BidiCall[int, int]){
			func(c *transport.BidiCall[int, int]) {
				for range c.All() {
					break
				}
			},
			(*transport.BidiCall[int, int]).Cancel,
		} {
			call, err := double.Call(t.Context(), w.client)
			require.NoError(t, err)
			require.NoError(t, call.Send(1))
			leave(call)
			assert.ErrorIs(t, <-w.causes, transport.ErrCallCanceled)
			requireError(t, call.Send(1), transport.Canceled, transport.MaybeExecuted)
			requireError(t, call.Receive(new(int)), transport.Canceled, transport.MaybeExecuted)
		}
		synctest.Wait()
		assert.Zero(t, w.server.Stats().InFlight)
	})
}

// Streams end as calls do.
func TestHowStreamsEnd(t *testing.T) {
	tests := []struct {
		name  string
		end   func(w *world, cancel func())
		cause error
		code  transport.Code
		out   transport.Outcome
	}{
		{"cancel", func(_ *world, cancel func()) { cancel() }, transport.ErrCallCanceled, transport.Canceled, transport.MaybeExecuted},
		{"deadline", func(*world, func()) { time.Sleep(time.Minute) }, context.DeadlineExceeded, transport.DeadlineExceeded, transport.MaybeExecuted},
		{"connection lost", func(w *world, _ func()) { _ = w.client.Close() }, transport.ErrConnLost, transport.Unavailable, transport.MaybeExecuted},
		{"server closed", func(w *world, _ func()) { _ = w.server.Close() }, transport.ErrConnLost, transport.Unavailable, transport.MaybeExecuted},
		{"drain that cannot wait", func(w *world, _ func()) {
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			_ = w.server.Shutdown(ctx)
		}, transport.ErrDraining, transport.Unavailable, transport.MaybeExecuted},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inWorld(t, streams, func(t *testing.T, w *world) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				var down, up, both error
				var calls sync.WaitGroup
				read := make(chan struct{})
				calls.Go(func() {
					for _, err := range flood.Call(ctx, w.client, 1000) {
						down = err
						<-read
					}
				})
				upload, err := unread.Call(ctx, w.client)
				require.NoError(t, err)
				calls.Go(func() {
					for up == nil {
						up = upload.Send(make([]byte, 1000))
					}
				})
				call, err := double.Call(ctx, w.client)
				require.NoError(t, err)
				calls.Go(func() { both = call.Receive(new(int)) })
				synctest.Wait()
				tt.end(w, cancel)
				close(read)
				calls.Wait()
				for _, err := range []error{down, up, both} {
					switch {
					case tt.code == transport.DeadlineExceeded:
						assert.ErrorIs(t, err, context.DeadlineExceeded) // which the peer may say first
					case tt.cause == transport.ErrDraining && transport.CodeOf(err) == transport.Canceled:
						requireError(t, err, transport.Canceled, transport.Answered) // by a handler that was quick
					default:
						requireError(t, err, tt.code, tt.out)
					}
				}
				for range 3 {
					assert.ErrorIs(t, <-w.causes, tt.cause)
				}
			})
		})
	}
}

// A goaway lets the streams that run come to their end.
func TestStreamsSurviveAGoaway(t *testing.T) {
	inWorld(t, streams, func(t *testing.T, w *world) {
		call, err := double.Call(t.Context(), w.client)
		require.NoError(t, err)
		synctest.Wait()
		done := make(chan error, 1)
		go func() { done <- w.server.Shutdown(t.Context()) }()
		synctest.Wait()
		_, err = addAll.Call(t.Context(), w.client)
		assert.ErrorIs(t, err, &transport.Error{Code: transport.Unavailable})
		var got int
		for n := 1; n < 1000; n++ {
			require.NoError(t, call.Send(n))
			require.NoError(t, call.Receive(&got))
			require.Equal(t, 2*n, got)
		}
		require.NoError(t, call.CloseSend())
		require.NoError(t, call.Receive(&got))
		require.Equal(t, io.EOF, call.Receive(&got))
		require.NoError(t, <-done)
	})
}

// A message that cannot be decoded is an error, and the stream goes on.
func TestBadMessageOfAStream(t *testing.T) {
	inWorld(t, func(w *world) {
		streams(w)
		mixed := transport.Bidi[string, string]("mixed")
		mixed.Handle(w.server, func(_ context.Context, in iter.Seq2[string, error], send func(string) error) error {
			for s, err := range in {
				if err != nil {
					s = transport.CodeOf(err).String()
				}
				if err := send(s); err != nil {
					return err
				}
			}
			return nil
		})
	}, func(t *testing.T, w *world) {
		call, err := transport.Bidi[any, string]("mixed").Call(t.Context(), w.client)
		require.NoError(t, err)
		for _, v := range []any{"a", 1, "b"} {
			require.NoError(t, call.Send(v))
		}
		require.NoError(t, call.CloseSend())
		got, err := collect(call.All())
		require.NoError(t, err)
		assert.Equal(t, []string{"a", "invalid_argument", "b"}, got)

		numbers, err := transport.Bidi[any, int]("mixed").Call(t.Context(), w.client)
		require.NoError(t, err)
		require.NoError(t, numbers.Send("a"))
		require.NoError(t, numbers.CloseSend())
		err = numbers.Receive(new(int))
		requireError(t, err, transport.Internal, transport.Answered)
		require.Equal(t, io.EOF, numbers.Receive(new(int)))

		_, err = collect(transport.ServerStream[string, int]("count").Call(t.Context(), w.client, "no number"))
		requireError(t, err, transport.InvalidArgument, transport.Answered)
		wrong, err := transport.ClientStream[string, int]("addAll").Call(t.Context(), w.client)
		require.NoError(t, err)
		require.NoError(t, wrong.Send("no number"))
		_, err = wrong.Finish()
		requireError(t, err, transport.InvalidArgument, transport.Answered)
	})
}

// A method is served as what it is.
func TestStreamsOfTheWrongKind(t *testing.T) {
	inWorld(t, streams, func(t *testing.T, w *world) {
		_, err := collect(transport.ServerStream[string, string]("echo").Call(t.Context(), w.client, "x"))
		requireError(t, err, transport.Unimplemented, transport.Refused)
		_, err = transport.Unary[int, int]("count").Call(t.Context(), w.client, 1)
		requireError(t, err, transport.Unimplemented, transport.Refused)
		call, err := transport.ClientStream[int, int]("double").Call(t.Context(), w.client)
		require.NoError(t, err, "the peer has not been heard yet")
		_, err = call.Finish()
		requireError(t, err, transport.Unimplemented, transport.Refused)
		both, err := transport.Bidi[int, int]("nowhere").Call(t.Context(), w.client)
		require.NoError(t, err)
		requireError(t, both.Receive(new(int)), transport.Unimplemented, transport.Refused)
		requireError(t, both.Send(1), transport.Unimplemented, transport.Refused)
		w.assertWorks(t)
	})
}

// What cannot be sent is not, and the stream goes on.
func TestStreamMessageThatIsNotSent(t *testing.T) {
	inWorld(t, func(w *world) { streams(w); w.client.Limits.MaxMessage = 10 }, func(t *testing.T, w *world) {
		call, err := transport.Bidi[string, int]("double").Call(t.Context(), w.client)
		require.NoError(t, err)
		err = call.Send("eleven bytes")
		requireError(t, err, transport.ResourceExhausted, transport.NotSent)
		require.ErrorIs(t, err, transport.LimitMessage)
		require.NoError(t, call.CloseSend())
		require.NoError(t, call.Receive(new(int)))
		require.Equal(t, io.EOF, call.Receive(new(int)))
		other, err := transport.Bidi[chan int, int]("double").Call(t.Context(), w.client)
		require.NoError(t, err)
		requireError(t, other.Send(nil), transport.InvalidArgument, transport.NotSent)
		other.Cancel()
	})
}

// A handler may leave its loop, and go on with the rest in another.
func TestHandlerRangesTwice(t *testing.T) {
	headed := transport.ClientStream[string, string]("headed")
	inWorld(t, func(w *world) {
		headed.Handle(w.server, func(_ context.Context, lines iter.Seq2[string, error]) (string, error) {
			var all []string
			for line := range lines {
				all = append(all, "head "+line)
				break
			}
			for line := range lines {
				all = append(all, line)
			}
			return strings.Join(all, ", "), nil
		})
	}, func(t *testing.T, w *world) {
		call, err := headed.Call(t.Context(), w.client)
		require.NoError(t, err)
		for _, line := range []string{"a", "b", "c"} {
			require.NoError(t, call.Send(line))
		}
		got, err := call.Finish()
		require.NoError(t, err)
		assert.Equal(t, "head a, b, c", got)
	})
}

// A handler that panics with a stream is answered for as any other.
func TestStreamOfAHandlerThatPanics(t *testing.T) {
	broken := transport.ServerStream[int, int]("broken")
	inWorld(t, func(w *world) {
		broken.Handle(w.server, func(_ context.Context, _ int, send func(int) error) error {
			_ = send(1)
			panic("on purpose")
		})
	}, func(t *testing.T, w *world) {
		got, err := collect(broken.Call(t.Context(), w.client, 0))
		requireError(t, err, transport.Internal, transport.Answered)
		assert.Equal(t, []int{1}, got)
		synctest.Wait()
		assert.Zero(t, w.server.Stats().InFlight)
	})
}

// The server opens streams to its client, over the connection that the client made.
func TestStreamsFromServerToClient(t *testing.T) {
	relay := transport.Unary[int, int]("relay")
	inWorld(t, func(w *world) {
		addAll.Handle(w.client, func(_ context.Context, numbers iter.Seq2[int, error]) (sum int, err error) {
			all, err := collect(numbers)
			for _, n := range all {
				sum += n
			}
			return sum, err
		})
		relay.Handle(w.server, func(ctx context.Context, n int) (int, error) {
			call, err := addAll.Call(ctx, transport.CallFrom(ctx).Conn)
			if err != nil {
				return 0, err
			}
			for i := range n {
				if err := call.Send(i); err != nil {
					return 0, err
				}
			}
			return call.Finish()
		})
	}, func(t *testing.T, w *world) {
		got, err := relay.Call(t.Context(), w.client, 10_000)
		require.NoError(t, err)
		assert.Equal(t, 49_995_000, got)
	})
}

// A stream for which there is no connection any more is opened over a new one.
func TestStreamsOverTheNextConnection(t *testing.T) {
	var last atomic.Pointer[transport.Conn]
	inWorld(t, func(w *world) {
		streams(w)
		w.server.ConnState = func(c *transport.Conn, _ transport.ConnState) { last.Store(c) }
	}, func(t *testing.T, w *world) {
		for range 20 {
			_, err := collect(count.Call(t.Context(), w.client, 1))
			require.NoError(t, err)
			require.NoError(t, last.Load().Close())
			synctest.Wait()
		}
		assert.EqualValues(t, 20, w.server.Stats().CallsIn)
	})
}
