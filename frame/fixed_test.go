package frame_test

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/frame"
	"github.com/demarc-go/demarc/fuzz"
)

// feed gives wire to framing byte by byte, up to the first frame or error, and returns what came out and how many bytes it took.
// It asserts that nothing is looked at twice for which the Scan has a Mark.
func feed(t require.TestingT, framing frame.Framing, wire []byte) (payload []byte, used int, err error) {
	var s frame.Scan
	atLeast := 0 // bytes that the frame has
	for n := 1; n <= len(wire); n++ {
		if s, err = framing.Scan(wire[:n], s, false); err != nil {
			return nil, n, err
		}
		atLeast = max(atLeast, n+s.Need)
		if s.Need == 0 {
			require.Equal(t, atLeast, n, "more was needed than the frame has")
			return wire[s.Head : s.Head+s.Body], n, nil
		}
		if s.Head+s.Body > n || s.Body < 0 || s.Need < 0 || s.Mark > 0 && s.Mark < n {
			require.FailNow(t, "impossible Scan", "%+v of %d bytes", s, n)
		}
	}
	return nil, len(wire), nil
}

// A bad is a frame that is refused, and at which byte.
type bad struct {
	name    string
	framing frame.Framing
	wire    string
	err     error
	at      int
}

// assertRefused asserts that the error comes with the byte that decides and not before it, and in one piece just so.
func (b bad) assertRefused(t *testing.T) {
	wire := unhex(b.wire)
	_, used, err := feed(t, b.framing, wire)
	_, whole := b.framing.Scan(wire, frame.Scan{}, true)
	assert.Equal(t, err, whole)
	require.ErrorIs(t, err, b.err)
	var e *frame.Error
	require.ErrorAs(t, err, &e)
	assert.Equal(t, b.at, e.At)
	assert.Equal(t, b.at+1, used)
}

// assertSplits asserts that a Reader gives the same frames and the same error for every split of stream in two and byte by byte.
func assertSplits(t require.TestingT, framing frame.Framing, stream []byte) {
	read := func(plan fuzz.Plan, exact bool) (frames []string, failure string) {
		s := settings{max: 300, exact: exact}
		frames, err := readAll(s.reader(fuzz.NewReader(bytes.NewReader(stream), plan), framing))
		var e *frame.Error
		if errors.As(err, &e) { // what else is in it depends on what has arrived
			err = &frame.Error{Op: e.Op, Err: e.Err, Offset: e.Offset, At: e.At, Part: e.Part, Have: e.Have, Need: e.Need}
		}
		return frames, err.Error()
	}
	frames, failure := read(nil, false)
	for _, plan := range plansOf(len(stream)) {
		for _, exact := range []bool{false, true} {
			gotFrames, gotFailure := read(plan, exact)
			require.Equal(t, frames, gotFrames, "%v", plan)
			require.Equal(t, failure, gotFailure, "%v", plan)
		}
	}
}

// layout returns the framing of l, which is possible.
func layout(t require.TestingT, l frame.Layout) frame.Fixed {
	f, err := frame.NewFixed(l)
	require.NoError(t, err)
	return f
}

const whole = frame.WholeHead

func TestFixedFrames(t *testing.T) {
	for _, c := range []struct {
		name    string
		layout  frame.Layout
		payload string
		wire    string
	}{
		{"zero", frame.Layout{}, "6869", "00000002 6869"},
		{"empty", frame.Layout{}, "", "00000000"},
		{"width 1", frame.Layout{Width: 1}, "6869", "02 6869"},
		{"width 3", frame.Layout{Width: 3}, "6869", "000002 6869"},
		{"width 3 little-endian", frame.Layout{Width: 3, LittleEndian: true}, "6869", "020000 6869"},
		{"width 5", frame.Layout{Width: 5}, "6869", "0000000002 6869"},
		{"width 8 little-endian", frame.Layout{Width: 8, LittleEndian: true}, "6869", "0200000000000000 6869"},
		{"counts itself", frame.Layout{Width: 2, Counts: 2}, "6869", "0004 6869"},
		{"counts what follows it", frame.Layout{Width: 2, After: 1, Counts: 1}, "6869", "0003 00 6869"},
		{"counts the payload alone", frame.Layout{Width: 2, After: 1, Keep: 1}, "fe6869", "0002 fe 6869"},
		{"counts the whole frame", frame.Layout{Before: 1, Width: 2, Counts: whole}, "6869", "00 0005 6869"},
		{"magic", frame.Layout{Magic: "\x05\x22"}, "616263", "0522 00000003 616263"},
		{"TPKT", frame.Layout{Magic: "\x03", Before: 1, Width: 2, Counts: whole, Keep: whole}, "03000006 6869", "03000006 6869"},
		{"PostgreSQL", frame.Layout{Before: 1, Signed: true, Counts: 4, Keep: whole}, "5a 00000005 49", "5a 00000005 49"},
		{"MongoDB", frame.Layout{LittleEndian: true, Signed: true, Counts: whole, Keep: whole}, "06000000 6869", "06000000 6869"},
		{"HTTP/2", frame.Layout{Width: 3, After: 6, Keep: whole}, "000002 0001 00000001 6869", "000002 0001 00000001 6869"},
		{"half of the length kept", frame.Layout{Width: 2, Keep: 1}, "02 6869", "0002 6869"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, payload, wire := layout(t, c.layout), unhex(c.payload), unhex(c.wire)
			appended, err := f.AppendFrame([]byte{0xee}, payload)
			require.NoError(t, err)
			assert.Equal(t, append([]byte{0xee}, wire...), appended)
			got, used, err := feed(t, f, append(wire, 0xff))
			require.NoError(t, err)
			assert.Equal(t, len(wire), used)
			assert.Equal(t, payload, got)
			assertSplits(t, f, slices.Repeat(wire, 2))
		})
	}
}

func TestFixedZeroValue(t *testing.T) {
	wire, err := frame.Fixed{}.AppendFrame(nil, []byte("hi"))
	require.NoError(t, err)
	assert.Equal(t, unhex("00000002 6869"), wire)
	got, _, err := feed(t, frame.Fixed{}, wire)
	require.NoError(t, err)
	assert.Equal(t, "hi", string(got))
	s, err := frame.Fixed{}.Scan(wire[:1], frame.Scan{}, false)
	require.NoError(t, err)
	assert.Equal(t, frame.Scan{Head: 1, Size: -1, Need: 3, Mark: 1}, s)
	testNoAllocs(t, frame.Fixed{}, got)
}

func TestFixedStreams(t *testing.T) {
	typed := layout(t, frame.Layout{Before: 1, Width: 2, Counts: 2, Keep: whole})
	after := layout(t, frame.Layout{Width: 1, After: 2})
	kept := layout(t, frame.Layout{Width: 1, After: 2, Keep: whole})
	testWires(t, []wire{
		{name: "nothing", framing: frame.Fixed{}},
		{name: "cut off in the length", framing: frame.Fixed{}, stream: "00000000 000000", frames: []string{""}, err: io.ErrUnexpectedEOF, offset: 4},
		{name: "cut off behind the length", framing: frame.Fixed{}, stream: "00000002", err: io.ErrUnexpectedEOF},
		{name: "cut off in the payload", framing: frame.Fixed{}, stream: "00000002 68", err: io.ErrUnexpectedEOF},
		{name: "cut off in the head", framing: after, stream: "00 0000 02 00", frames: []string{""}, err: io.ErrUnexpectedEOF, offset: 3},
		{name: "cut off before a kept head", framing: typed, stream: "5a", err: io.ErrUnexpectedEOF},
		{name: "cut off in a kept frame", framing: typed, stream: "5a 0004 61", err: io.ErrUnexpectedEOF},
		{name: "the limit", framing: frame.Fixed{}, max: 2, stream: "00000002 6869", frames: []string{"6869"}},
		{name: "over the limit", framing: frame.Fixed{}, max: 2, stream: "00000003", err: frame.ErrTooLarge},
		{name: "the limit with a kept head", framing: typed, max: 4, stream: "5a 0003 61", frames: []string{"5a 0003 61"}},
		{name: "over the limit with a kept head", framing: typed, max: 3, stream: "5a 0003", err: frame.ErrTooLarge},
		{name: "over the limit before the kept head is there", framing: kept, max: 3, stream: "02", err: frame.ErrTooLarge},
		{name: "bad second frame", framing: typed, stream: "5a 0002 5a 0001", frames: []string{"5a 0002"}, err: frame.ErrLength, offset: 3, at: 2},
	})
}

func TestFixedBadFrames(t *testing.T) {
	for _, c := range []struct {
		name   string
		layout frame.Layout
		wire   string
		err    error
		at     int
	}{
		{"negative", frame.Layout{Signed: true}, "80", frame.ErrLength, 0},
		{"negative little-endian", frame.Layout{Signed: true, LittleEndian: true}, "02000080", frame.ErrLength, 3},
		{"smaller than itself", frame.Layout{Width: 2, Counts: 2}, "0001", frame.ErrLength, 1},
		{"smaller than itself little-endian", frame.Layout{Width: 2, LittleEndian: true, Counts: 2}, "0100", frame.ErrLength, 1},
		{"smaller than a long head", frame.Layout{Width: 2, After: 600, Counts: whole}, "01", frame.ErrLength, 0},
		{"smaller than a long head kept", frame.Layout{Before: 600, Width: 2, Counts: whole, Keep: whole}, strings.Repeat("00", 601), frame.ErrLength, 600},
		{"magic", frame.Layout{Magic: "\x05\x22"}, "0521", frame.ErrMagic, 1},
		{"magic before a bad length", frame.Layout{Magic: "\x05", Signed: true}, "04ffffffff", frame.ErrMagic, 0},
		{"empty", frame.Layout{NoEmpty: true}, "00000000", frame.ErrEmpty, 3},
		{"empty with a head", frame.Layout{Width: 1, Counts: whole, Keep: whole, NoEmpty: true}, "01", frame.ErrEmpty, 0},
		{"more than an int64", frame.Layout{Width: 8}, "ffffffffffffffff", frame.ErrTooLarge, 7},
		{"more than an int64 with its head", frame.Layout{Width: 8, Keep: whole}, "7fffffffffffffff", frame.ErrTooLarge, 7},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := layout(t, c.layout)
			bad{c.name, f, c.wire, c.err, c.at}.assertRefused(t)
			assertSplits(t, f, unhex(c.wire+"6869"))
		})
	}
}

func TestFixedGoesOnBehindAnEmptyFrame(t *testing.T) {
	stream := unhex("0000 0001 61 0000")
	r := frame.NewReader(bytes.NewReader(stream), layout(t, frame.Layout{Width: 2, NoEmpty: true}))
	r.Skip = true
	_, err := r.ReadFrame()
	require.ErrorIs(t, err, frame.ErrEmpty)
	payload, err := r.ReadFrame()
	require.NoError(t, err)
	assert.Equal(t, "a", string(payload))
	_, err = r.ReadFrame()
	require.ErrorIs(t, err, frame.ErrEmpty)
	_, err = r.ReadFrame()
	assert.Same(t, io.EOF, err)
}

func TestFixedRefusesToWrite(t *testing.T) {
	kept := frame.Layout{Magic: "\x03", Before: 1, Width: 2, Counts: whole, Keep: whole}
	for _, c := range []struct {
		name    string
		layout  frame.Layout
		payload []byte
		err     error
		at      int
	}{
		{"more than a byte can tell", frame.Layout{Width: 1}, make([]byte, 256), frame.ErrTooLarge, 0},
		{"more than seven bits can tell", frame.Layout{Width: 1, Signed: true}, make([]byte, 128), frame.ErrTooLarge, 0},
		{"more than a byte can tell with itself", frame.Layout{Width: 1, Counts: 1}, make([]byte, 255), frame.ErrTooLarge, 0},
		{"empty", frame.Layout{NoEmpty: true}, nil, frame.ErrEmpty, 0},
		{"shorter than its head", kept, unhex("030000"), frame.ErrLength, 3},
		{"wrong length", kept, unhex("03000007 6869"), frame.ErrLength, 3},
		{"length smaller than the head", kept, unhex("03000003 6869"), frame.ErrLength, 3},
		{"wrong magic", kept, unhex("04000006 6869"), frame.ErrMagic, 0},
		{"wrong half of the length", frame.Layout{Width: 2, Keep: 1}, unhex("03 6869"), frame.ErrLength, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			dst, err := layout(t, c.layout).AppendFrame([]byte("before"), c.payload)
			assert.Equal(t, "before", string(dst))
			var e *frame.Error
			require.ErrorAs(t, err, &e)
			require.ErrorIs(t, err, c.err)
			assert.Equal(t, c.at, e.At)
			assert.Equal(t, "write", e.Op)
		})
	}
	_, err := layout(t, frame.Layout{Width: 1, Counts: 1}).AppendFrame(nil, make([]byte, 254))
	assert.NoError(t, err)
}

func TestFixedAllocatesNothing(t *testing.T) {
	payload := layoutFrame(frame.Layout{Magic: "\x03", Width: 3, After: 2, Counts: 5}, make([]byte, 1000), 0)
	for _, l := range []frame.Layout{
		{},
		{Width: 7, LittleEndian: true, Before: 70, After: 70},
		{Magic: "\x03", Width: 3, After: 2, Counts: 5, Keep: whole},
	} {
		testNoAllocs(t, layout(t, l), payload)
	}
}
