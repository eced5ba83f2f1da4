package mine

import (
	"net"
	"testing"

	"github.com/demarc-go/demarc/fuzz"
)

var mine = fuzz.Format{
	Name:      "mine",
	Reader:    func(conn net.Conn) func() ([]byte, error) { return NewReader(conn).Next },
	Append:    Append,
	Resumes:   true, // a timeout loses nothing: the next call goes on
	Exact:     true, // no byte behind the message is taken
	Owned:     true, // a message is the caller's own
	Canonical: true, // what is read is written in the same bytes
}

func TestMine(t *testing.T) { fuzz.TestFormat(t, mine) }

func FuzzMine(f *testing.F) { fuzz.FuzzFormat(f, mine) }
