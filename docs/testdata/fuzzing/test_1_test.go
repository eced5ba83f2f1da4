package mine

import (
	"net"
	"testing"

	"github.com/demarc-go/demarc/fuzz"
)

var mine = fuzz.Format{
	Name:   "mine",
	Reader: func(conn net.Conn) func() ([]byte, error) { return NewReader(conn).Next },
	Append: Append,
}

func TestMine(t *testing.T) { fuzz.TestFormat(t, mine) }
