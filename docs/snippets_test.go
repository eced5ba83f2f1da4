package docs_test

import (
	"net"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/frame"
	"github.com/demarc-go/demarc/fuzz"
)

func echoFrames(tcp net.Conn) error {
	conn := frame.NewConn(tcp, frame.Varint{}) // or frame.Delimiter{}, or a framing of your own
	defer conn.Close()
	for payload, err := range conn.Frames() {
		if err != nil {
			return err
		}
		if err := conn.WriteFrame(payload); err != nil {
			return err
		}
	}
	return nil
}

func TestEchoFrames(t *testing.T) {
	a, b := fuzz.Pipe()
	b.SetReadPlan(fuzz.Plan{1, fuzz.Repeat})
	done := make(chan error, 1)
	go func() { done <- echoFrames(b) }()
	c := frame.NewConn(a, frame.Varint{})
	require.NoError(t, c.WriteFrame([]byte("hello")))
	got, err := c.ReadFrame()
	require.NoError(t, err)
	assert.Equal(t, "hello", string(got))
	require.NoError(t, c.Close())
	assert.NoError(t, <-done)
}
