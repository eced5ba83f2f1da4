package frame_test

import (
	"fmt"
	"net"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/frame"
	"github.com/demarc-go/demarc/fuzz"
)

// Frames that came in one read are answered in one write.
func ExampleConn_beforeRead() {
	a, b := net.Pipe()
	server := frame.NewConn(b, frame.Lines{})
	server.BeforeRead = func() { _ = server.Flush() } // fails again at the next BufferFrame
	go func() {
		for payload, err := range server.Frames() {
			if err != nil || server.BufferFrame(payload) != nil {
				return
			}
		}
	}()
	go a.Write([]byte("one\ntwo\nthree\n"))
	buf := make([]byte, 100)
	n, _ := a.Read(buf)
	fmt.Printf("%q\n", buf[:n])
	// Output: "one\ntwo\nthree\n"
}

func TestBeforeReadIsBetweenReads(t *testing.T) {
	a, b := fuzz.Pipe()
	c := frame.NewConn(b, frame.Varint{})
	calls := 0
	c.BeforeRead = func() { calls++ }
	_, err := a.Write([]byte{1, 'x', 1, 'y', 2, 'z'})
	require.NoError(t, err)
	for range 2 {
		_, err := c.ReadFrame()
		require.NoError(t, err)
		assert.Equal(t, 1, calls)
	}
	require.NoError(t, a.Close())
	_, err = c.ReadFrame()
	require.Error(t, err)
	assert.Equal(t, 2, calls)
}
