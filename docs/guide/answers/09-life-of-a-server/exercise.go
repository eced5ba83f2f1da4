// Package exercise answers the exercise of chapter 9.
package exercise

import (
	"errors"
	"net"
	"sync"
	"time"
)

// Serve accepts connections from l, and calls handle for each in a goroutine of its own.
func Serve(l net.Listener, handle func(net.Conn), sleep func(time.Duration), complain func(any)) error {
	var serving sync.WaitGroup
	defer serving.Wait()
	wait := time.Duration(0)
	for {
		conn, err := l.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return nil
		case err != nil:
			wait = min(max(2*wait, 5*time.Millisecond), time.Second)
			sleep(wait)
		default:
			wait = 0
			serving.Go(func() { serveConn(conn, handle, complain) })
		}
	}
}

func serveConn(conn net.Conn, handle func(net.Conn), complain func(any)) {
	defer conn.Close()
	defer func() {
		if v := recover(); v != nil {
			complain(v)
		}
	}()
	handle(conn)
}
