package exercise

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/demarc-go/demarc/frame"
	"github.com/demarc-go/demarc/fuzz"
)

func skipUntilChanged(t *testing.T) {
	if _, err := (Twice{}).AppendFrame(nil, nil); errors.Is(err, errors.ErrUnsupported) {
		t.Skip("exercise.go is as it was: fill in AppendFrame and Scan")
	}
}

func TestAppendFrame(t *testing.T) {
	skipUntilChanged(t)
	got, err := Twice{}.AppendFrame([]byte("x"), []byte("hi"))
	require.NoError(t, err)
	assert.Equal(t, []byte("x\x02\x00\xfd\xffhi"), got)

	got, err = Twice{}.AppendFrame(nil, make([]byte, 65535))
	require.NoError(t, err)
	assert.Len(t, got, 4+65535)

	got, err = Twice{}.AppendFrame([]byte("x"), make([]byte, 65536))
	require.ErrorIs(t, err, frame.ErrTooLarge)
	assert.Equal(t, []byte("x"), got)
}

func TestEveryMessageEveryCut(t *testing.T) {
	skipUntilChanged(t)
	rapid.Check(t, func(t *rapid.T) {
		sent := rapid.SliceOfN(fuzz.Payloads(300), 0, 5).Draw(t, "messages")
		var stream []byte
		for _, message := range sent {
			var err error
			stream, err = Twice{}.AppendFrame(stream, message)
			require.NoError(t, err)
		}
		plan := fuzz.Plans(fuzz.Timeout).Draw(t, "plan")
		in := frame.NewReader(fuzz.NewReader(bytes.NewReader(stream), plan), Twice{})
		for i := 0; ; {
			got, err := in.ReadFrame()
			if errors.Is(err, os.ErrDeadlineExceeded) {
				continue
			}
			if i == len(sent) {
				require.Equal(t, io.EOF, err)
				return
			}
			require.NoError(t, err)
			require.Equal(t, string(sent[i]), string(got))
			i++
		}
	})
}

// NextFrame drops what it has handed out: Scan then goes on without it.
func TestAsAStream(t *testing.T) {
	skipUntilChanged(t)
	want := bytes.Repeat([]byte("streams "), 5000)
	stream, err := Twice{}.AppendFrame(nil, want)
	require.NoError(t, err)
	stream, err = Twice{}.AppendFrame(stream, []byte("behind"))
	require.NoError(t, err)
	in := frame.NewReader(fuzz.NewReader(bytes.NewReader(stream), fuzz.Plan{7, fuzz.Repeat}), Twice{})
	payload, size, err := in.NextFrame()
	require.NoError(t, err)
	assert.EqualValues(t, len(want), size)
	got, err := io.ReadAll(payload)
	require.NoError(t, err)
	assert.True(t, bytes.Equal(want, got))
	behind, err := in.ReadFrame()
	require.NoError(t, err)
	assert.Equal(t, "behind", string(behind))
}

func TestEveryEnd(t *testing.T) {
	skipUntilChanged(t)
	stream := []byte("\x02\x00\xfd\xffhi")
	for end := 1; end < len(stream); end++ {
		_, err := frame.NewReader(bytes.NewReader(stream[:end]), Twice{}).ReadFrame()
		assert.ErrorIs(t, err, io.ErrUnexpectedEOF, "%d bytes", end)
	}
}

func TestALieIsFoundAtOnce(t *testing.T) {
	skipUntilChanged(t)
	tests := []struct {
		start string
		at    int
	}{
		{"\x02\x00\xfc", 2},
		{"\x02\x00\xfd\xfe", 3},
		{"GET ", 2},
		{"\x00\x00\x00\x00", 2},
		{"\x02\x00\xfd\x00hi", 3},
	}
	for _, tt := range tests {
		for _, plan := range []fuzz.Plan{nil, {1, fuzz.Repeat}} {
			_, err := frame.NewReader(fuzz.NewReader(strings.NewReader(tt.start), plan), Twice{}).ReadFrame()
			var e *frame.Error
			require.ErrorAs(t, err, &e, "%q %v", tt.start, plan)
			assert.ErrorIs(t, err, frame.ErrMalformed)
			assert.Equal(t, tt.at, e.At, "%q %v", tt.start, plan)
		}
	}
}

func TestTheLimitHolds(t *testing.T) {
	skipUntilChanged(t)
	in := frame.NewReader(bytes.NewReader([]byte("\xff\xff\x00\x00")), Twice{})
	in.Max = 100
	_, err := in.ReadFrame()
	assert.ErrorIs(t, err, frame.ErrTooLarge)
}
