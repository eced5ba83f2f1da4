package frame

import (
	"bytes"
	"errors"
	"io"
	"net"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// shortVectors is a destination of several buffers that takes only the first few bytes.
type shortVectors struct {
	bytes.Buffer
	most int
	err  error
}

func (v *shortVectors) writeBuffers(b *net.Buffers) (int64, error) {
	var all []byte
	for _, part := range *b {
		all = append(all, part...)
	}
	n, _ := v.Write(all[:min(len(all), v.most)])
	return int64(n), v.err
}

// Row 17 of the attacks, where the kernel takes several buffers but not all of their bytes: that is an error, whether it is told
// or not, and nothing follows.
func TestRow17ShortVectoredWriteStays(t *testing.T) {
	broken := errors.New("broken")
	payload := make([]byte, bigPayload)
	for _, most := range []int{0, 1, 4, 100, bigPayload + 4} {
		for _, told := range []error{nil, broken} {
			dst := &shortVectors{most: most, err: told}
			w := NewWriter(dst, Varint{})
			w.vectors = dst
			require.NoError(t, w.BufferFrame([]byte("a")))
			err := w.WriteFrame(payload)
			if told == nil {
				told = io.ErrShortWrite
			}
			require.Same(t, told, err)
			assert.Same(t, told, w.WriteFrame(payload))
			assert.Same(t, told, w.WriteFrame([]byte("b")))
			assert.Same(t, told, w.Flush())
			assert.Equal(t, most, dst.Len(), "nothing follows")
			assert.Zero(t, w.Held())
		}
	}
}
