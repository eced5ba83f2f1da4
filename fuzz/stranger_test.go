package fuzz_test

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/demarc-go/demarc/fuzz"
)

// Three parsers that know nothing of Demarc: the one that everybody uses for lines, and two that many have written.

// scanner is bufio.Scanner as its documentation shows it.
var scanner = fuzz.Format{
	Name: "bufio.Scanner",
	Reader: func(conn net.Conn) func() ([]byte, error) {
		s := bufio.NewScanner(conn)
		return func() ([]byte, error) {
			if s.Scan() {
				return s.Bytes(), nil
			}
			if s.Err() != nil {
				return nil, s.Err()
			}
			return nil, io.EOF
		}
	},
	Append: func(dst, payload []byte) ([]byte, error) {
		if bytes.IndexByte(payload, '\n') >= 0 {
			return dst, errors.New("not a line")
		}
		return append(append(dst, payload...), '\n'), nil
	},
	Tail:    true,
	Framing: "-framing lines -tail",
}

// oneRead takes what one Read returns for a message.
var oneRead = fuzz.Format{
	Name: "one Read",
	Reader: func(conn net.Conn) func() ([]byte, error) {
		buf := make([]byte, 4096)
		return func() ([]byte, error) {
			n, err := conn.Read(buf)
			if err != nil {
				return nil, err
			}
			return buf[:n], nil
		}
	},
	Append: func(dst, payload []byte) ([]byte, error) { return append(dst, payload...), nil },
}

// readFull is a length of four bytes and two calls of io.ReadFull.
var readFull = fuzz.Format{
	Name: "two io.ReadFull",
	Reader: func(conn net.Conn) func() ([]byte, error) {
		return func() ([]byte, error) {
			var length [4]byte
			if _, err := io.ReadFull(conn, length[:]); err != nil {
				return nil, err
			}
			payload := make([]byte, binary.BigEndian.Uint32(length[:]))
			if _, err := io.ReadFull(conn, payload); err != nil {
				return nil, err
			}
			return payload, nil
		}
	},
	Append: func(dst, payload []byte) ([]byte, error) {
		return append(binary.BigEndian.AppendUint32(dst, uint32(len(payload))), payload...), nil
	},
	Framing: "-framing fixed",
	Resumes: true, // as many who set a deadline believe
}

// The harness finds what is wrong with each of them, and says what.
func TestStrangers(t *testing.T) {
	tests := []struct {
		format fuzz.Format
		faults []string // the subtest, what had to come, what came
	}{
		{scanner, []string{
			`whole/roundtrip: "\r", io.EOF ... "", io.EOF`,                                         // a CR at the end of a line is lost
			`timeout/failure: no frame, then the error of the source ... "x", error "i/o timeout"`, // half a line
			`reset/failure: no frame, then the error of the source ... "x", error "connection reset by peer"`,
			`sizes/roundtrip: "zzzzzzzzzzzzzzzz"... (65536 bytes), io.EOF ... error "bufio.Scanner: token too long"`,
		}},
		{oneRead, []string{
			`split/split: "xh", io.EOF, as in one piece ... "x", "h", io.EOF`,
			`empty/progress: io.EOF, as in one piece ... "", io.EOF`,
			`eof/end: "x", io.EOF, as in one piece ... io.EOF`, // data together with io.EOF
		}},
		{readFull, []string{
			`eof/end: no frame, an error that is not io.EOF, since the stream ends inside a frame ... io.EOF`, // behind the length
			`timeout/resume: error "unexpected EOF", as in one piece ... io.EOF`,
			`lengths/memory: at most 512 KiB allocated for these 4 bytes`,
		}},
	}
	for _, test := range tests {
		t.Run(test.format.Name, func(t *testing.T) {
			t.Parallel()
			found, _ := fuzz.Findings(t, test.format)
			var got []string
			for _, f := range found {
				got = append(got, fmt.Sprintf("%s/%s: %s ... %s", f.Fault, f.Oracle, f.Want, f.Got))
			}
			for _, want := range test.faults {
				named := func(s string) bool { return strings.HasPrefix(s, want) }
				assert.True(t, slices.ContainsFunc(got, named), "%s is not among %q", want, got)
			}
		})
	}
}
