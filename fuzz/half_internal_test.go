package fuzz

import (
	"runtime"
	"testing"
	"time"
	"weak"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A deadline that is far away must not keep a closed connection in memory.
func TestCloseStopsTimers(t *testing.T) {
	for name, end := range map[string]func(*Conn){
		"Close": func(c *Conn) { _ = c.Close() },
		"Reset": (*Conn).Reset,
	} {
		t.Run(name, func(t *testing.T) {
			a, b := Pipe()
			ab, ba := weak.Make(a.out), weak.Make(a.in)
			for _, c := range []*Conn{a, b} {
				require.NoError(t, c.SetDeadline(time.Now().Add(time.Hour)))
				end(c)
			}
			for range 100 {
				runtime.GC()
				runtime.Gosched()
				if ab.Value() == nil && ba.Value() == nil {
					return
				}
			}
			assert.Fail(t, "the connection is still in memory")
		})
	}
}
