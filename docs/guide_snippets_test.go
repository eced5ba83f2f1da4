package docs_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/frame"
	"github.com/demarc-go/demarc/fuzz"
)

// The layouts of chapter 2.
func TestLayouts(t *testing.T) {
	dns := frame.Layout{Width: 2}
	postgres := frame.Layout{Before: 1, Signed: true, Counts: 4, Keep: frame.WholeHead}
	mongo := frame.Layout{LittleEndian: true, Signed: true, Counts: frame.WholeHead, Keep: frame.WholeHead}

	tests := []struct {
		name    string
		layout  frame.Layout
		stream  string
		payload string
	}{
		{"dns", dns, "\x00\x02hi", "hi"},
		{"postgres", postgres, "Q\x00\x00\x00\x06hi", "Q\x00\x00\x00\x06hi"},
		{"mongo", mongo, "\x06\x00\x00\x00hi", "\x06\x00\x00\x00hi"},
	}
	for _, tt := range tests {
		framing, err := frame.NewFixed(tt.layout)
		require.NoError(t, err, tt.name)
		got, err := frame.NewReader(bytes.NewReader([]byte(tt.stream)), framing).ReadFrame()
		require.NoError(t, err, tt.name)
		assert.Equal(t, tt.payload, string(got), tt.name)
	}
}

// The limits on time of chapter 5.
func TestTimeLimits(t *testing.T) {
	tcp, peer := fuzz.Pipe()
	conn := frame.NewConn(tcp, frame.Fixed{})
	conn.IdleTimeout = 2 * time.Minute   // how long to wait for a message to begin; for ever unless set
	conn.FrameTimeout = 5 * time.Second  // how long it may take once it has begun; 10 seconds unless set
	conn.WriteTimeout = 10 * time.Second // how long the peer may take to accept what is written; 10 seconds unless set

	_, err := peer.Write([]byte("\x00\x00\x00\x05hello"))
	require.NoError(t, err)
	got, err := conn.ReadFrame()
	require.NoError(t, err)
	assert.Equal(t, "hello", string(got))
}
