// Package exercise is yours to fill in; its test says whether you are done:
//
//	go test ./docs/guide/09-life-of-a-server/exercise
package exercise

import (
	"errors"
	"net"
	"time"
)

// Serve accepts connections from l, and calls handle for each in a goroutine of its own. When l is closed (net.ErrClosed) it returns
// nil, but not before every handle has returned.
//
// Any other error of Accept passes: Serve calls sleep, which waits, and tries again. It waits 5 milliseconds after the first error, twice as
// long after each further one, and at most a second. A connection that is accepted makes it begin with 5 milliseconds again.
//
// When handle returns, its connection is closed. When it panics, too, and the others go on; Serve then gives the value of the
// panic to complain.
func Serve(l net.Listener, handle func(net.Conn), sleep func(time.Duration), complain func(any)) error {
	return errors.ErrUnsupported // replace this
}
