package fuzz_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/demarc-go/demarc/fuzz"
)

// What comes of "abcdef" when bytes are spoiled: through NewReader, with a large buffer and a small one, through a Conn that
// reads, one that writes, and in pieces.
func TestSpoiledBytes(t *testing.T) {
	tests := []struct {
		name string
		plan fuzz.Plan
		want string
	}{
		{"flip", fuzz.Plan{2, fuzz.Flip}, "abbdef"},
		{"drop", fuzz.Plan{2, fuzz.Drop}, "abdef"},
		{"double", fuzz.Plan{2, fuzz.Double}, "abccdef"},
		{"all three, and again", fuzz.Plan{fuzz.Flip, fuzz.Drop, fuzz.Double, fuzz.Repeat}, "`cceff"},
		{"the last byte", fuzz.Plan{5, fuzz.Drop}, "abcde"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := io.ReadAll(fuzz.NewReader(bytes.NewReader([]byte("abcdef")), test.plan))
			require.NoError(t, err)
			assert.Equal(t, test.want, string(got))
			assert.Equal(t, test.want, string(readSingly(fuzz.NewReader(bytes.NewReader([]byte("abcdef")), test.plan))))
			assert.Equal(t, test.want, string(bytes.Join(test.plan.Pieces([]byte("abcdef")), nil)))

			reading := func(_, b *fuzz.Conn) { b.SetReadPlan(test.plan) }
			assert.Equal(t, test.want, through(t, reading))
			writing := func(a, _ *fuzz.Conn) { a.SetWritePlan(test.plan) }
			assert.Equal(t, test.want, through(t, writing))

			var wire bytes.Buffer
			require.NoError(t, writeAll(fuzz.NewWriter(&wire, test.plan), []byte("abcdef")))
			assert.Equal(t, test.want, wire.String())
		})
	}
}

func readSingly(r io.Reader) (all []byte) {
	for b := make([]byte, 1); ; {
		n, err := r.Read(b)
		all = append(all, b[:n]...)
		if err != nil {
			return all
		}
	}
}

// through returns what arrives of "abcdef" on a connection that prepare has prepared.
func through(t *testing.T, prepare func(a, b *fuzz.Conn)) string {
	a, b := fuzz.Pipe()
	defer b.Close()
	prepare(a, b)
	require.NoError(t, writeAll(a, []byte("abcdef")))
	a.Close()
	got, err := io.ReadAll(b)
	require.NoError(t, err)
	return string(got)
}

// writeAll writes p, and goes on after short writes.
func writeAll(w io.Writer, p []byte) error {
	for len(p) > 0 {
		n, err := w.Write(p)
		if err != nil {
			return err
		}
		p = p[n:]
	}
	return nil
}

// result is what a Write returned.
type written struct {
	n   int
	err error
}

func TestNewWriter(t *testing.T) {
	tests := []struct {
		name string
		plan fuzz.Plan
		want []written // of writes of "hello"
		wire string
	}{
		{"nothing", nil, []written{{5, nil}, {5, nil}}, "hellohello"},
		{"short", fuzz.Plan{2}, []written{{2, nil}, {5, nil}}, "hehello"},
		{"two short ones", fuzz.Plan{2, 1}, []written{{2, nil}, {1, nil}, {5, nil}}, "hehhello"},
		{"a step as long as the write", fuzz.Plan{5, 2}, []written{{5, nil}, {2, nil}}, "hellohe"},
		{"nothing taken", fuzz.Plan{0}, []written{{0, nil}, {5, nil}}, "hello"},
		{"halves", fuzz.Plan{fuzz.Half, fuzz.Repeat}, []written{{3, nil}, {3, nil}}, "helhel"},
		{"timeout", fuzz.Plan{2 + fuzz.Timeout}, []written{{2, os.ErrDeadlineExceeded}, {5, nil}}, "hehello"},
		{"transient, alone", fuzz.Plan{fuzz.Transient}, []written{{0, fuzz.ErrTransient}, {5, nil}}, "hello"},
		{"error with the last byte", fuzz.Plan{5 + fuzz.Timeout}, []written{{5, os.ErrDeadlineExceeded}, {5, nil}}, "hellohello"},
		{"end", fuzz.Plan{2 + fuzz.EOF}, []written{{2, syscall.EPIPE}, {0, syscall.EPIPE}}, "he"},
		{"reset", fuzz.Plan{7, fuzz.Reset}, []written{{5, nil}, {2, nil}, {0, syscall.ECONNRESET}, {0, syscall.ECONNRESET}}, "hellohe"},
		{"idle", fuzz.Plan{2 + fuzz.Idle}, []written{{2, nil}, {0, nil}, {0, nil}}, "he"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var wire bytes.Buffer
			w := fuzz.NewWriter(&wire, test.plan)
			a, b := fuzz.Pipe()
			a.SetWritePlan(test.plan)
			for i, want := range test.want {
				n, err := w.Write([]byte("hello"))
				assert.Equal(t, want, written{n, err}, "write %d", i)
				n, err = a.Write([]byte("hello"))
				assert.Equal(t, want.n, n, "write %d to a Conn", i)
				assert.ErrorIs(t, err, want.err, "write %d to a Conn", i)
			}
			assert.Equal(t, test.wire, wire.String())
			a.Close()
			got, err := io.ReadAll(b)
			if errors.Is(err, syscall.ECONNRESET) {
				assert.Empty(t, got)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, test.wire, string(got))
		})
	}
}

func TestWriterPassesErrorsOn(t *testing.T) {
	r, w := io.Pipe()
	r.Close()
	_, err := fuzz.NewWriter(w, fuzz.Plan{1, fuzz.Repeat}).Write([]byte("x"))
	assert.ErrorIs(t, err, io.ErrClosedPipe)
	_, err = fuzz.NewWriter(w, fuzz.Plan{fuzz.Flip}).Write([]byte("x"))
	assert.ErrorIs(t, err, io.ErrClosedPipe)
}

// A byte a second is a byte a second, on both sides, and through NewReader and NewWriter.
func TestStallTakesASecond(t *testing.T) {
	plan := fuzz.Plan{1, fuzz.Stall, fuzz.Repeat}
	tests := map[string]func(a, b *fuzz.Conn) (io.Reader, io.Writer){
		"a Conn that reads":  func(a, b *fuzz.Conn) (io.Reader, io.Writer) { b.SetReadPlan(plan); return b, a },
		"a Conn that writes": func(a, b *fuzz.Conn) (io.Reader, io.Writer) { a.SetWritePlan(plan); return b, a },
		"NewReader":          func(a, b *fuzz.Conn) (io.Reader, io.Writer) { return fuzz.NewReader(b, plan), a },
		"NewWriter":          func(a, b *fuzz.Conn) (io.Reader, io.Writer) { return b, fuzz.NewWriter(a, plan) },
	}
	for name, ends := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a, b := fuzz.Pipe()
				defer a.Close()
				defer b.Close()
				r, w := ends(a, b)
				start := time.Now()
				go func() { _ = writeAll(w, []byte("abcdef")) }()
				_, err := io.ReadFull(r, make([]byte, 6))
				require.NoError(t, err)
				assert.Equal(t, 5*time.Second, time.Since(start))
			})
		})
	}
}

// A deadline and Close end a stall.
func TestStallEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := fuzz.Pipe()
		a.SetWritePlan(fuzz.Plan{2, fuzz.Stall, fuzz.Stall})
		b.SetReadPlan(fuzz.Plan{fuzz.Stall, fuzz.Stall, fuzz.Stall})
		start := time.Now()
		require.NoError(t, b.SetReadDeadline(start.Add(time.Second/2)))
		_, err := b.Read(make([]byte, 1))
		assert.ErrorIs(t, err, os.ErrDeadlineExceeded)
		require.NoError(t, a.SetWriteDeadline(start.Add(time.Second)))
		n, err := a.Write([]byte("abc"))
		assert.Equal(t, 2, n)
		require.NoError(t, err, "short")
		_, err = a.Write([]byte("c"))
		assert.ErrorIs(t, err, os.ErrDeadlineExceeded)
		assert.Equal(t, time.Second, time.Since(start))
		require.NoError(t, b.SetReadDeadline(time.Time{}))
		time.AfterFunc(time.Second, func() { b.Close() })
		_, err = b.Read(make([]byte, 1))
		assert.Error(t, err)
		assert.Equal(t, 2*time.Second, time.Since(start))
		a.Close()
	})
}

// Idle gives nothing for ever, with and without bytes before.
func TestIdle(t *testing.T) {
	r := fuzz.NewReader(bytes.NewReader([]byte("abc")), fuzz.Plan{2 + fuzz.Idle})
	p := make([]byte, 8)
	n, err := r.Read(p)
	assert.Equal(t, written{2, nil}, written{n, err})
	for range 200 {
		n, err = r.Read(p)
		require.Equal(t, written{0, nil}, written{n, err})
	}
	assert.Equal(t, [][]byte{[]byte("ab")}, fuzz.Plan{2 + fuzz.Idle}.Pieces([]byte("abc")))
}

// What String writes ParsePlan reads.
func TestParsePlan(t *testing.T) {
	all := []fuzz.Step{fuzz.Timeout, fuzz.Transient, fuzz.EOF, fuzz.Reset, fuzz.Idle, fuzz.Stall, fuzz.Flip, fuzz.Drop, fuzz.Double}
	rapid.Check(t, func(t *rapid.T) {
		plan := fuzz.Plans(all...).Draw(t, "plan")
		got, err := fuzz.ParsePlan(plan.String())
		require.NoError(t, err)
		assert.Equal(t, plan.String(), got.String())
	})
	plan, err := fuzz.ParsePlan(" 3,Timeout , 4 +fuzz.EOF, Half, Rest+Reset")
	require.NoError(t, err)
	assert.Equal(t, fuzz.Plan{3, fuzz.Timeout, 4 + fuzz.EOF, fuzz.Half, fuzz.Rest + fuzz.Reset}, plan)
	for _, text := range []string{"Nap", "-1", "1,,2", "Half + 1", "1 + Half", "Timeout + EOF", "Rest + 1", "999999999999999999999", "1 +"} {
		_, err := fuzz.ParsePlan(text)
		assert.Error(t, err, text)
	}
}

// Streams are what their frames say.
func TestStreams(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := fuzz.Streams(appendLine, 300).Draw(t, "stream")
		assert.Equal(t, string(s.Wire), string(bytes.Join(s.Frames, nil)))
		require.Equal(t, len(s.Payloads), len(s.Frames))
		for i, frame := range s.Frames {
			assert.Equal(t, string(s.Payloads[i])+"\n", string(frame))
		}
	})
}
