package transport_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/demarc-go/demarc/codec"
	"github.com/demarc-go/demarc/fuzz"
	"github.com/demarc-go/demarc/transport"
)

func TestCall(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world) {
		w.assertWorks(t)
		got, err := echo.Call(t.Context(), w.client, "")
		require.NoError(t, err)
		assert.Empty(t, got)
	})
}

func TestCallWithEachCodec(t *testing.T) {
	for _, c := range []codec.Codec{codec.Msgpack{}, codec.JSON{}} {
		t.Run(c.Name(), func(t *testing.T) {
			inWorld(t, func(w *world) { w.server.Codec, w.client.Codec = c, c }, func(t *testing.T, w *world) { w.assertWorks(t) })
		})
	}
	t.Run("raw", func(t *testing.T) {
		use := func(w *world) { w.server.Codec, w.client.Codec = codec.Raw{}, codec.Raw{} }
		inWorld(t, use, func(t *testing.T, w *world) {
			got, err := bytes.Call(t.Context(), w.client, []byte{0, 1, 2})
			require.NoError(t, err)
			assert.Equal(t, []byte{0, 1, 2}, got)
		})
	})
}

func TestAnswersComeInAnyOrder(t *testing.T) {
	inWorld(t, func(w *world) {
		later := transport.Unary[int, int]("later")
		later.Handle(w.server, func(_ context.Context, i int) (int, error) {
			time.Sleep(time.Duration(100-i) * time.Second) // in the bubble's time: the last call is answered first
			return i, nil
		})
	}, func(t *testing.T, w *world) {
		later := transport.Unary[int, int]("later")
		var order []int
		var mu sync.Mutex
		var calls sync.WaitGroup
		for i := range 100 {
			calls.Go(func() {
				got, err := later.Call(t.Context(), w.client, i)
				assert.NoError(t, err)
				assert.Equal(t, i, got, "each call gets its own answer")
				mu.Lock()
				defer mu.Unlock()
				order = append(order, got)
			})
		}
		calls.Wait()
		require.Len(t, order, 100)
		for i, got := range order {
			assert.Equal(t, 99-i, got)
		}
	})
}

func TestCallsSurviveEverySplit(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		server, client := fuzz.Plans().Draw(rt, "server"), fuzz.Plans().Draw(rt, "client")
		texts := rapid.SliceOfN(rapid.String(), 1, 8).Draw(rt, "texts")
		inWorld(t, func(w *world) {
			w.listener.Prepare = func(c, s *fuzz.Conn) {
				c.SetReadPlan(client)
				s.SetReadPlan(server)
			}
		}, func(t *testing.T, w *world) {
			for _, text := range texts {
				got, err := echo.Call(t.Context(), w.client, text)
				require.NoError(rt, err)
				require.Equal(rt, text, got)
			}
		})
	})
}

func TestErrorsOfHandlers(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world) {
		tests := []struct {
			how  string
			code transport.Code
			text string
		}{
			{"cheese", transport.NotFound, "no cheese here"},
			{"plain", transport.Unknown, "plain text"},
			{"eof", transport.Unknown, "EOF"},
			{"panic", transport.Internal, "the handler failed"},
		}
		for _, tt := range tests {
			_, err := fail.Call(t.Context(), w.client, tt.how)
			e := requireError(t, err, tt.code, transport.Answered)
			assert.Equal(t, tt.text, e.Message)
			assert.ErrorIs(t, err, &transport.Error{Code: tt.code})
		}
		w.assertWorks(t)
		assert.Contains(t, w.logs.String(), "on purpose", "a panic is logged")
		assert.Contains(t, w.logs.String(), "world_test.go", "with the stack")
	})
}

func TestHandlerThatEndsItsGoroutine(t *testing.T) {
	exit := transport.Unary[int, int]("exit")
	inWorld(t, func(w *world) {
		exit.Handle(w.server, func(context.Context, int) (int, error) { runtime.Goexit(); return 0, nil })
	}, func(t *testing.T, w *world) {
		_, err := exit.Call(t.Context(), w.client, 1)
		requireError(t, err, transport.Internal, transport.Answered)
	})
}

func TestHandlerThatReturnsALongError(t *testing.T) {
	long := transport.Unary[int, int]("long")
	inWorld(t, func(w *world) {
		long.Handle(w.server, func(context.Context, int) (int, error) { return 0, errors.New(strings.Repeat("é", 1<<20)) })
	}, func(t *testing.T, w *world) {
		_, err := long.Call(t.Context(), w.client, 1)
		e := requireError(t, err, transport.Unknown, transport.Answered)
		assert.Equal(t, strings.Repeat("é", 2<<10), e.Message, "cut to 4 KiB")
	})
}

func TestUnknownMethod(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world) {
		_, err := transport.Unary[int, int]("nowhere").Call(t.Context(), w.client, 1)
		e := requireError(t, err, transport.Unimplemented, transport.Refused)
		assert.Contains(t, e.Message, `"nowhere"`)
		assert.Contains(t, w.logs.String(), "request refused")
		w.assertWorks(t)
	})
}

func TestMethodOfAnotherType(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world) {
		_, err := transport.Unary[string, int]("sum").Call(t.Context(), w.client, "no struct")
		requireError(t, err, transport.InvalidArgument, transport.Answered)
		_, err = transport.Unary[string, int]("echo").Call(t.Context(), w.client, "no number")
		requireError(t, err, transport.Internal, transport.Answered)
		w.assertWorks(t)
	})
}

func TestRequestThatCannotBeEncoded(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world) {
		_, err := transport.Unary[chan int, int]("chan").Call(t.Context(), w.client, make(chan int))
		requireError(t, err, transport.InvalidArgument, transport.NotSent)
		w.assertWorks(t)
	})
}

func TestAnotherCodec(t *testing.T) {
	inWorld(t, func(w *world) { w.client.Codec = codec.JSON{} }, func(t *testing.T, w *world) {
		err := w.client.Connect(t.Context())
		requireError(t, err, transport.Unimplemented, transport.NotSent)
		assert.ErrorContains(t, err, `codec "msgpack", here it is "json"`)
	})
}

func TestDeadlineReachesTheHandler(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world) {
		start := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		_, err := block.Call(ctx, w.client, "x") // both sides see the end at the same time, and either may be first
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorIs(t, err, &transport.Error{Code: transport.DeadlineExceeded})
		assert.Equal(t, 3*time.Second, time.Since(start))
		assert.ErrorIs(t, <-w.causes, context.DeadlineExceeded)
		assert.Equal(t, 3*time.Second, time.Since(start), "the handler stops in time, too")
		w.assertWorks(t)
	})
}

func TestCancelReachesTheHandler(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Minute, cancel)
		_, err := block.Call(ctx, w.client, "x")
		requireError(t, err, transport.Canceled, transport.MaybeExecuted)
		require.ErrorIs(t, err, context.Canceled)
		assert.ErrorIs(t, <-w.causes, transport.ErrCallCanceled)
		w.assertWorks(t)
	})
}

func TestContextThatHasEnded(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := echo.Call(ctx, w.client, "x")
		requireError(t, err, transport.Canceled, transport.NotSent)
		w.assertWorks(t)
		_, err = echo.Call(ctx, w.client, "x")
		requireError(t, err, transport.Canceled, transport.NotSent)
	})
}

func TestLostConnection(t *testing.T) {
	conns := make(chan *fuzz.Conn, 2)
	inWorld(t, func(w *world) {
		w.listener.Prepare = func(_, server *fuzz.Conn) { conns <- server }
	}, func(t *testing.T, w *world) {
		time.AfterFunc(time.Second, func() { (<-conns).Reset() })
		_, err := block.Call(t.Context(), w.client, "x")
		requireError(t, err, transport.Unavailable, transport.MaybeExecuted)
		assert.ErrorIs(t, <-w.causes, transport.ErrConnLost)
		w.assertWorks(t) // over a new connection
	})
}

func TestLimitOnCallsInFlight(t *testing.T) {
	for _, side := range []string{"server", "client"} {
		t.Run(side, func(t *testing.T) {
			inWorld(t, func(w *world) {
				if side == "server" {
					w.server.Limits.MaxInFlight = 3
				} else {
					w.client.Limits.MaxInFlight = 3
				}
			}, func(t *testing.T, w *world) {
				require.NoError(t, w.client.Connect(t.Context()))
				ctx, cancel := context.WithCancel(t.Context())
				for range 3 {
					go block.Call(ctx, w.client, "x")
				}
				synctest.Wait()
				short, stop := context.WithTimeout(t.Context(), time.Second)
				defer stop()
				_, err := echo.Call(short, w.client, "one too many")
				requireError(t, err, transport.DeadlineExceeded, transport.NotSent)
				cancel()
				w.assertWorks(t)
			})
		})
	}
}

func TestManyMoreCallsThanSlots(t *testing.T) {
	inWorld(t, func(w *world) { w.server.Limits.MaxInFlight = 7 }, func(t *testing.T, w *world) {
		var calls sync.WaitGroup
		for i := range 1000 {
			calls.Go(func() {
				text := fmt.Sprint(i)
				got, err := echo.Call(t.Context(), w.client, text)
				assert.NoError(t, err)
				assert.Equal(t, text, got)
			})
		}
		calls.Wait()
	})
}

func TestLimitOnMessages(t *testing.T) {
	large := make([]byte, 200_000)
	t.Run("client's own", func(t *testing.T) {
		inWorld(t, func(w *world) { w.client.Limits.MaxMessage = 100_000 }, func(t *testing.T, w *world) {
			_, err := bytes.Call(t.Context(), w.client, large)
			requireError(t, err, transport.ResourceExhausted, transport.NotSent)
			w.assertWorks(t)
		})
	})
	t.Run("server's", func(t *testing.T) {
		inWorld(t, func(w *world) { w.server.Limits.MaxMessage = 100_000 }, func(t *testing.T, w *world) {
			_, err := bytes.Call(t.Context(), w.client, large)
			requireError(t, err, transport.ResourceExhausted, transport.NotSent)
			w.assertWorks(t)
		})
	})
	t.Run("server's, before the client knows it", func(t *testing.T) {
		inWorld(t, func(w *world) { w.server.Limits.MaxMessage = 1000 }, func(t *testing.T, w *world) {
			for range 2 { // the first time it is refused, and not sent again once the client knows better
				_, err := bytes.Call(t.Context(), w.client, large[:2000])
				requireError(t, err, transport.ResourceExhausted, transport.NotSent)
				require.ErrorIs(t, err, transport.LimitMessage)
			}
			w.assertWorks(t)
		})
	})
	t.Run("response", func(t *testing.T) {
		grow := transport.Unary[int, []byte]("grow")
		inWorld(t, func(w *world) {
			w.client.Limits.MaxMessage = 1000
			grow.Handle(w.server, func(_ context.Context, n int) ([]byte, error) { return make([]byte, n), nil })
		}, func(t *testing.T, w *world) {
			_, err := grow.Call(t.Context(), w.client, 2000)
			requireError(t, err, transport.ResourceExhausted, transport.Answered)
			w.assertWorks(t)
		})
	})
	t.Run("just within", func(t *testing.T) {
		limit := len(large) + 5 // msgpack's own header of 5 bytes
		inWorld(t, func(w *world) { w.client.Limits.MaxMessage, w.server.Limits.MaxMessage = limit, limit }, func(t *testing.T, w *world) {
			got, err := bytes.Call(t.Context(), w.client, large)
			require.NoError(t, err)
			assert.Len(t, got, len(large))
		})
	})
}

func TestHandlerRegisteredTwice(t *testing.T) {
	srv := new(transport.Server)
	handler := func(context.Context, string) (string, error) { return "", nil }
	echo.Handle(srv, handler)
	assert.PanicsWithValue(t, "transport: method echo has a handler already", func() { echo.Handle(srv, handler) })
}

func TestNamesOfMethods(t *testing.T) {
	assert.Equal(t, "echo", echo.Name())
	for _, name := range []string{"", strings.Repeat("x", 256), "\xff"} {
		assert.Panics(t, func() { transport.Unary[int, int](name) })
	}
	assert.NotPanics(t, func() { transport.Unary[int, int](strings.Repeat("x", 255)) })
}

func TestCodes(t *testing.T) {
	assert.Equal(t, "ok", transport.OK.String())
	assert.Equal(t, "unauthenticated", transport.Unauthenticated.String())
	assert.Equal(t, "code_200", transport.Code(200).String())
	assert.Equal(t, transport.OK, transport.CodeOf(nil))
	assert.Equal(t, transport.Canceled, transport.CodeOf(fmt.Errorf("wrapped: %w", context.Canceled)))
	assert.Equal(t, transport.NotFound, transport.CodeOf(fmt.Errorf("wrapped: %w", transport.Errorf(transport.NotFound, "x"))))
}
