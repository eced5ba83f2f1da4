package transport_test

import (
	"context"
	"iter"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/codec"
	"github.com/demarc-go/demarc/transport"
)

// keeping is a codec of bytes that keeps what it is given, as a codec may that says so.
type keeping struct{ codec.Raw }

func (keeping) Name() string { return "keeping" }

func (keeping) Decode(p []byte, ptr any) error {
	*ptr.(*[]byte) = p
	return nil
}

// What such a codec keeps stays as it was.
func TestCodecThatKeepsWhatItIsGiven(t *testing.T) {
	inWorld(t, func(w *world) { w.server.Codec, w.client.Codec = keeping{}, keeping{} }, func(t *testing.T, w *world) {
		var kept [][]byte
		inline := transport.Unary[[]byte, []byte]("inline")
		inline.HandleInline(w.server, func(_ context.Context, p []byte) ([]byte, error) {
			kept = append(kept, p)
			return nil, nil
		})
		up := transport.ClientStream[[]byte, []byte]("up")
		up.Handle(w.server, func(_ context.Context, in iter.Seq2[[]byte, error]) ([]byte, error) {
			for p := range in {
				kept = append(kept, p)
			}
			return nil, nil
		})
		for _, text := range []string{"one", "two"} {
			_, err := inline.Call(t.Context(), w.client, []byte(text))
			require.NoError(t, err)
		}
		for _, text := range []string{"three", "fours"} {
			call, err := up.Call(t.Context(), w.client)
			require.NoError(t, err)
			require.NoError(t, call.Send([]byte(text)))
			_, err = call.Finish()
			require.NoError(t, err)
			time.Sleep(time.Second)
		}
		assert.Equal(t, "one two three fours", string(kept[0])+" "+string(kept[1])+" "+string(kept[2])+" "+string(kept[3]))
	})
}
