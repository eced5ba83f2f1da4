package interop_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/frame"
)

// rev, a program of every Linux, turns each line around.
func TestRev(t *testing.T) {
	send, want := texts()
	exchange{frame.Lines{}, child(find(t, "util-linux", "rev")), send, want}.run(t)
}

func TestPrintf(t *testing.T) {
	printf := child(find(t, "coreutils", "printf"), `one\r\n\ntwo\nthree`)(t)
	got, err := read(printf, frame.Lines{Tail: true})
	require.NoError(t, err)
	require.Equal(t, "one||two|three", string(bytes.Join(got, []byte("|"))))
	require.NoError(t, printf.wait())
}
