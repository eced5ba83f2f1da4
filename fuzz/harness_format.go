package fuzz

import (
	"errors"
	"net"
)

// A Format describes a frame parser to [TestFormat], [FuzzFormat] and [Run].
// Name and Reader are needed, and one of Append, Writer and Samples, so that
// there is something to read:
//
//	var lines = fuzz.Format{
//		Name: "lines",
//		Reader: func(conn net.Conn) func() ([]byte, error) {
//			r := bufio.NewReader(conn)
//			return func() ([]byte, error) { return r.ReadBytes('\n') }
//		},
//		Append: func(dst, payload []byte) ([]byte, error) {
//			return append(append(dst, payload...), '\n'), nil
//		},
//	}
//
// What every parser has to do is tested in any case: the same frames come out
// however the bytes are split, with reads of nothing in between, and with the
// last bytes together with the end; the end of the stream is io.EOF between two
// frames, and another error inside one; when the source fails, the frames that
// were complete come out, no others, and then an error that is not io.EOF; a
// peer's bytes make it take no memory that it has not paid for in bytes, take
// no time that grows faster than the stream, and never panic; nothing is left
// running when the connection is closed.
//
// The claims, fields of the type bool that are false if nothing is said, are
// promises beyond that, each tested if it is made.
type Format struct {
	// Name says in reports which format it is.
	Name string

	// Reader returns a function that reads the frames of conn, one with each
	// call, until it returns an error: io.EOF at the end of the stream. A frame
	// is tested as it was returned until the next call. The parser may use conn
	// as a plain io.Reader, or may set deadlines. It is closed when the test
	// has done with it.
	Reader func(conn net.Conn) func() (frame []byte, err error)

	// Append appends payload as one frame to dst, or returns an error if it
	// cannot be one. What it writes Reader has to read, and give payload back.
	// Nil if there is no encoder; then Writer is used in its place.
	Append func(dst, payload []byte) ([]byte, error)

	// Writer returns a function that writes one payload as a frame to conn, and
	// returns when that is written. Nil if there is none.
	Writer func(conn net.Conn) func(payload []byte) error

	// Model reads a whole stream in the slowest and plainest way there is, or
	// with another implementation, for which [Format.Read] is of use. It
	// returns the frames, and the error at the end: nil or io.EOF if the stream
	// ended between two frames. Whatever the stream, Reader has to give the
	// same. Nil if there is none.
	Model func(stream []byte) (frames [][]byte, err error)

	// Payloads are those that the tests write. Nil stands for a list that
	// most framings find hard. Those that Append refuses are left out.
	Payloads [][]byte

	// Samples are frames as they stand on the wire, one frame each, for a
	// format that cannot write. Without an encoder they are what is cut, spoiled
	// and read.
	Samples [][]byte

	// Max is the largest payload, in bytes, that the parser was told to take.
	// One that is larger has to be refused, with an error that is TooLarge. 0
	// means that any payload of a reasonable size has to come through.
	Max int

	// TooLarge is what errors.Is finds in the error for a payload above Max.
	// Nil stands for any error but io.EOF.
	TooLarge error

	// Errors are classes of errors, for errors.Is, which must not depend on how
	// the bytes are split, and in which Reader and Model have to agree, besides
	// TooLarge. io.EOF never depends on the split, with Errors or without.
	Errors []error

	// Skipped reports whether an error concerns one frame that was passed over,
	// so that the next call of the reading function goes on behind it. Nil if
	// every error ends the stream.
	Skipped func(err error) bool

	// Framing are the flags with which the command demarc reads the same frames,
	// such as "-framing varint -max 4096". Then a report has a command that
	// shows them. Empty if there are none.
	Framing string

	// Known are faults that the parser is known to have, as subtests of
	// TestFormat, such as "timeout/resume". What they find is logged and is no
	// failure; that they find nothing any more is one.
	Known []string

	// Resumes claims that a timeout, or another error of the source that
	// passes, loses nothing: errors.Is finds the source's error in what the
	// reading function returns, and the next call goes on where that one
	// stopped. Without it, reading ends at the first error.
	Resumes bool

	// Sticky claims that after an error, if it is not one of the source that
	// passes, every later call returns the same error. Without it, only io.EOF
	// has to stay.
	Sticky bool

	// GivesUp claims that a source which gives no bytes and no error for ever
	// is given up, with any error but io.EOF, in less than 1000 reads. Not so
	// io.ReadFull.
	GivesUp bool

	// Exact claims that no more is taken from the source than the frames that
	// were returned, so that another can go on reading there.
	Exact bool

	// Owned claims that a frame is the caller's own: later calls do not change
	// it, and it may be written to and appended to. Without it, a frame is a
	// view that is valid until the next call of the same reading function.
	Owned bool

	// Canonical claims that the frames that were read, appended again, are the
	// same bytes as those they were read from. It needs Append or Writer.
	Canonical bool

	// Tail says that what stands behind the last frame, when the stream ends,
	// is a frame too.
	Tail bool

	// Wary claims that the writing function is on its guard: it notices a Write
	// that takes fewer bytes than it was given and returns no error, which
	// io.Writer forbids and which happens; and it writes nothing behind half a
	// frame. Without it, nothing is written after the first error.
	Wary bool

	// Shared claims that goroutines may call the writing function at once.
	Shared bool
}

// Read reads stream, which comes in one piece, and returns its frames and the
// error at the end. They are the caller's own. So one format can be the Model
// of another:
//
//	mine.Model = theirs.Read
func (f Format) Read(stream []byte) (frames [][]byte, err error) {
	source := newSource(stream, nil)
	defer source.Close()
	next := f.Reader(source)
	for {
		frame, err := next()
		if err != nil && !f.skips(err) {
			return frames, err
		}
		if err == nil {
			frames = append(frames, append([]byte{}, frame...))
		}
	}
}

func (f *Format) skips(err error) bool { return f.Skipped != nil && f.Skipped(err) }

// validate returns what is missing.
func (f *Format) validate() error {
	switch {
	case f.Name == "":
		return errors.New("fuzz: Format.Name is empty")
	case f.Reader == nil:
		return errors.New("fuzz: Format.Reader is nil")
	case !f.writes() && len(f.Samples) == 0:
		return errors.New("fuzz: Format has no Append, no Writer and no Samples: there is nothing to read")
	case f.Canonical && !f.writes():
		return errors.New("fuzz: Format.Canonical needs Append or Writer")
	case (f.Shared || f.Wary) && f.Writer == nil:
		return errors.New("fuzz: Format.Shared and Format.Wary need Writer")
	}
	return nil
}

// writes reports whether there is an encoder.
func (f *Format) writes() bool { return f.Append != nil || f.Writer != nil }

// encode appends payload as a frame to dst.
func (f *Format) encode(dst, payload []byte) ([]byte, error) {
	if f.Append != nil {
		return f.Append(dst, payload)
	}
	sink := newSource(nil, nil)
	if err := f.Writer(sink)(payload); err != nil {
		return dst, err
	}
	return append(dst, sink.wire()...), nil
}

// classes are the errors that must not depend on splits.
func (f *Format) classes() []error {
	if f.TooLarge == nil {
		return f.Errors
	}
	return append(f.Errors[:len(f.Errors):len(f.Errors)], f.TooLarge)
}
