package fuzz_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/fuzz"
)

// reads returns what the reads of r give, in short form: "abc", "-" for
// (0, nil), and after "!" the error, until io.EOF came or there were 12.
func reads(r io.Reader, size int) string {
	var trace []string
	p := make([]byte, size)
	for range 12 {
		n, err := r.Read(p)
		trace = append(trace, string(p[:n])+errorMark(n, err))
		if err == io.EOF {
			break
		}
	}
	return strings.Join(trace, " ")
}

// errorMark returns how reads writes an error.
func errorMark(n int, err error) string {
	switch {
	case err == nil && n == 0:
		return "-"
	case err == nil:
		return ""
	case err == io.EOF:
		return "!eof"
	case errors.Is(err, os.ErrDeadlineExceeded):
		return "!timeout"
	case errors.Is(err, fuzz.ErrTransient):
		return "!transient"
	case errors.Is(err, syscall.ECONNRESET):
		return "!reset"
	}
	return "!" + err.Error()
}

var readTests = []struct {
	name string
	plan fuzz.Plan
	size int // of the buffer
	want string
}{
	{"no plan", nil, 99, "abcdefg !eof"},
	{"no plan, small buffer", nil, 3, "abc def g !eof"},
	{"one number", fuzz.Plan{3}, 99, "abc defg !eof"},
	{"numbers", fuzz.Plan{1, 2, 3}, 99, "a bc def g !eof"},
	{"cuts do not move with the buffer", fuzz.Plan{3, 3}, 2, "ab c de f g !eof"},
	{"single bytes", fuzz.Plan{1, fuzz.Repeat}, 99, "a b c d e f g !eof"},
	{"halves", fuzz.Plan{fuzz.Half, fuzz.Repeat}, 5, "abc def g !eof"},
	{"half of one", fuzz.Plan{fuzz.Half, fuzz.Half}, 1, "a b c d e f g !eof"},
	{"nothing", fuzz.Plan{0, 3, 0, 0}, 99, "- abc - - defg !eof"},
	{"nothing before the end", fuzz.Plan{7, 0}, 99, "abcdefg - !eof"},
	{"nothing for ever", fuzz.Plan{4, 0, fuzz.Repeat}, 99, "abcd - efg !eof"},
	{"timeout once", fuzz.Plan{3, fuzz.Timeout}, 99, "abc !timeout defg !eof"},
	{"timeout with bytes", fuzz.Plan{3 + fuzz.Timeout}, 99, "abc!timeout defg !eof"},
	{"timeout with the last of its bytes", fuzz.Plan{3 + fuzz.Timeout}, 2, "ab c!timeout de fg !eof"},
	{"transient", fuzz.Plan{fuzz.Transient, 2 + fuzz.Transient}, 99, "!transient ab!transient cdefg !eof"},
	{"cut off", fuzz.Plan{3, fuzz.EOF, 2}, 99, "abc !eof"},
	{"cut off with bytes", fuzz.Plan{3 + fuzz.EOF, 2}, 2, "ab c!eof"},
	{"reset", fuzz.Plan{3, fuzz.Reset, 2}, 99, "abc" + strings.Repeat(" !reset", 11)},
	{"reset with bytes", fuzz.Plan{3 + fuzz.Reset, fuzz.Repeat}, 99, "abc!reset" + strings.Repeat(" !reset", 11)},
	{"rest with EOF", fuzz.Plan{fuzz.Rest + fuzz.EOF}, 99, "abcdefg!eof"},
	{"rest with EOF, small buffer", fuzz.Plan{2, fuzz.Rest + fuzz.EOF}, 3, "ab cde fg!eof"},
	{"rest with timeout", fuzz.Plan{fuzz.Rest + fuzz.Timeout}, 99, "abcdefg!timeout !eof"},
	{"rest with reset", fuzz.Plan{fuzz.Rest + fuzz.Reset}, 99, "abcdefg!reset" + strings.Repeat(" !reset", 11)},
	{"steps after the rest", fuzz.Plan{fuzz.Rest, 0, fuzz.Timeout}, 99, "abcdefg - !timeout !eof"},
	{"number beyond the end", fuzz.Plan{100 + fuzz.Timeout, 0}, 99, "abcdefg !eof"},
	{"number that ends at the end", fuzz.Plan{7 + fuzz.EOF}, 99, "abcdefg!eof"},
	{"repeat in the middle", fuzz.Plan{2, fuzz.Timeout, fuzz.Repeat, 1}, 99, "ab !timeout cd !timeout ef !timeout g !eof"},
	{"only a repeat", fuzz.Plan{fuzz.Repeat, 3}, 99, "abcdefg !eof"},
	{"no progress", fuzz.Plan{0, fuzz.Repeat}, 99, "- - - - - - - - - - - -"},
}

func TestReader(t *testing.T) {
	for _, tt := range readTests {
		t.Run(tt.name, func(t *testing.T) {
			r := fuzz.NewReader(strings.NewReader("abcdefg"), tt.plan)
			assert.Equal(t, tt.want, reads(r, tt.size))
		})
	}
}

// A source that cannot say how much is left tells its end too late for an
// error to come with the last bytes. It comes alone, and in the same order.
func TestReaderOfASourceOfUnknownLength(t *testing.T) {
	tests := []struct {
		plan fuzz.Plan
		want string
	}{
		{nil, "abcdefg !eof"},
		{fuzz.Plan{2, fuzz.Rest + fuzz.EOF}, "ab cdefg !eof"},
		{fuzz.Plan{2, fuzz.Rest + fuzz.Timeout}, "ab cdefg !timeout !eof"},
		{fuzz.Plan{fuzz.Rest + fuzz.Transient, 0}, "abcdefg !transient - !eof"},
		{fuzz.Plan{fuzz.Rest, 0}, "abcdefg !eof"},
		{fuzz.Plan{7 + fuzz.EOF}, "abcdefg!eof"},
		{fuzz.Plan{fuzz.Half, fuzz.Timeout}, "abcdefg !timeout !eof"},
	}
	for _, tt := range tests {
		t.Run(tt.plan.String(), func(t *testing.T) {
			src := struct{ io.Reader }{strings.NewReader("abcdefg")}
			assert.Equal(t, tt.want, reads(fuzz.NewReader(src, tt.plan), 99))
		})
	}
}

func TestReaderOfNothing(t *testing.T) {
	tests := []struct {
		plan fuzz.Plan
		want string
	}{
		{nil, "!eof"},
		{fuzz.Plan{3, 0}, "!eof"},
		{fuzz.Plan{0, 3}, "- !eof"},
		{fuzz.Plan{fuzz.Rest + fuzz.EOF}, "!eof"},
		{fuzz.Plan{fuzz.Rest + fuzz.Timeout}, "!timeout !eof"},
		{fuzz.Plan{fuzz.Half, fuzz.Timeout}, "!eof"},
	}
	for _, tt := range tests {
		t.Run(tt.plan.String(), func(t *testing.T) {
			assert.Equal(t, tt.want, reads(fuzz.NewReader(strings.NewReader(""), tt.plan), 99))
		})
	}
}

func TestReaderErrorsAreTheRealOnes(t *testing.T) {
	read := func(step fuzz.Step) error {
		n, err := fuzz.NewReader(strings.NewReader("x"), fuzz.Plan{step}).Read(make([]byte, 1))
		assert.Zero(t, n)
		return err
	}
	var timeout net.Error
	require.ErrorAs(t, read(fuzz.Timeout), &timeout)
	assert.True(t, timeout.Timeout())
	assert.ErrorIs(t, timeout, os.ErrDeadlineExceeded)
	assert.Equal(t, fuzz.ErrTransient, read(fuzz.Transient))
	assert.Equal(t, io.EOF, read(fuzz.EOF))
	assert.Equal(t, syscall.ECONNRESET, read(fuzz.Reset))
}

func TestReaderWithAnEmptyBuffer(t *testing.T) {
	r := fuzz.NewReader(strings.NewReader("ab"), fuzz.Plan{1, fuzz.Timeout})
	for range 3 {
		n, err := r.Read(nil)
		assert.Zero(t, n)
		assert.NoError(t, err)
	}
	assert.Equal(t, "a !timeout b !eof", reads(r, 9))
}

func TestReaderTakesNoMoreThanItGives(t *testing.T) {
	src := strings.NewReader("abcdefg")
	assert.Equal(t, "ab c!eof", reads(fuzz.NewReader(src, fuzz.Plan{2, 1 + fuzz.EOF}), 99))
	assert.Equal(t, 4, src.Len())
}

func TestReaderPassesErrorsOfItsSource(t *testing.T) {
	broken := errors.New("broken")
	src := io.MultiReader(strings.NewReader("abc"), iotest.ErrReader(broken))
	assert.Equal(t, "ab c"+strings.Repeat(" !broken", 10), reads(fuzz.NewReader(src, fuzz.Plan{2}), 99))

	nested := fuzz.NewReader(fuzz.NewReader(strings.NewReader("abcd"), fuzz.Plan{3, fuzz.Timeout, 0}), fuzz.Plan{2})
	assert.Equal(t, "ab c !timeout - d !eof", reads(nested, 99))
}

// When both the plan and the source have an error for the same bytes, none of
// the two may be lost.
func TestReaderGivesThePlansErrorFirst(t *testing.T) {
	src := iotest.DataErrReader(strings.NewReader("abc"))
	assert.Equal(t, "abc!timeout !eof", reads(fuzz.NewReader(src, fuzz.Plan{3 + fuzz.Timeout}), 99))
	src = iotest.DataErrReader(strings.NewReader("abc"))
	assert.Equal(t, "abc!eof", reads(fuzz.NewReader(src, fuzz.Plan{3}), 99))
}

// A bytes.Buffer may be empty for a while, as a connection may be silent.
func TestReaderOfASourceThatGoesOn(t *testing.T) {
	var src bytes.Buffer
	r := fuzz.NewReader(&src, fuzz.Plan{fuzz.Rest, fuzz.Timeout})
	for _, want := range []string{"ab !timeout !eof", "cd !eof", "ef !eof"} {
		src.WriteString(want[:2])
		assert.Equal(t, want, reads(r, 99))
	}
}

func TestReaderCopiesThePlan(t *testing.T) {
	plan := fuzz.Plan{1, 1}
	r := fuzz.NewReader(strings.NewReader("abcd"), plan)
	plan[1] = fuzz.EOF
	assert.Equal(t, "a b cd !eof", reads(r, 99))
}

func TestReaderIsAReader(t *testing.T) {
	content := []byte("the same bytes, whatever the cuts")
	for _, plan := range []fuzz.Plan{
		nil,
		{1, fuzz.Repeat},
		{fuzz.Half, fuzz.Repeat},
		{0, 3, 0, fuzz.Repeat},
		{5, 1, 7},
		{fuzz.Rest + fuzz.EOF},
		{fuzz.Step(len(content)) + fuzz.EOF},
	} {
		t.Run(plan.String(), func(t *testing.T) {
			assert.NoError(t, iotest.TestReader(fuzz.NewReader(bytes.NewReader(content), plan), content))
		})
	}
}
