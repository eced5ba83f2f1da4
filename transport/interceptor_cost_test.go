package transport

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/codec"
)

// nowhere is a Caller without a connection.
type nowhere struct{ err error }

func (n nowhere) connect(context.Context) (*Conn, error) { return nil, n.err }
func (n nowhere) around() []Interceptor                  { return nil }
func (n nowhere) repeats() (*repeats, bool)              { return nil, false }

// Where there are no interceptors, the way through a method allocates what the bare work does.
func TestNoInterceptorsCostNothing(t *testing.T) {
	var (
		ctx    = context.Background()
		method = Unary[*int, *int]("method") // pointers, for they are no work to put into an interface
		handle = Unary[Payload, Payload]("payloads").serve(func(_ context.Context, p Payload) (Payload, error) { return p, nil })
		call   = &Call{Method: "method", Conn: &Conn{config: &config{codec: codec.Raw{}}}}
		out    = nowhere{errors.New("nowhere")}
		dst    = make([]byte, 0, 100)
	)
	incoming := testing.AllocsPerRun(100, func() {
		_, err := handle(ctx, call, []byte("request"), dst)
		require.NoError(t, err)
	})
	bare := testing.AllocsPerRun(100, func() {
		req := new(Payload)
		require.NoError(t, decodeMessage(codec.Raw{}, []byte("request"), req))
		_, err := appendMessage(codec.Raw{}, dst, *req)
		require.NoError(t, err)
	})
	assert.LessOrEqual(t, incoming, bare, "serving")

	outgoing := testing.AllocsPerRun(100, func() { _, _ = method.Call(ctx, out, nil) })
	bare = testing.AllocsPerRun(100, func() { _, _ = method.exchange(ctx, out, nil) })
	assert.LessOrEqual(t, outgoing, bare, "calling")
}
