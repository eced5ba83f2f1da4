package transport

import (
	"log/slog"
	"time"

	"github.com/demarc-go/demarc/codec"
)

// The limits that hold unless a [Server] or a [Client] is told otherwise.
const (
	DefaultMaxMessage   = 1 << 20          // bytes in a message
	DefaultMaxInFlight  = 1024             // calls on one connection
	DefaultMaxConns     = 65536            // connections of a server
	DefaultHelloTimeout = 5 * time.Second  // for the peer to introduce itself
	DefaultWriteTimeout = 10 * time.Second // for the peer to take what is written
)

// orDefault returns v, or standard where v is no sensible limit. There is no way to have none.
func orDefault[T int | time.Duration](v, standard T) T {
	if v <= 0 {
		return standard
	}
	return v
}

func codecOr(c codec.Codec) codec.Codec {
	if c == nil {
		return codec.Msgpack{}
	}
	return c
}

func logOr(log *slog.Logger) *slog.Logger {
	if log == nil {
		return slog.Default()
	}
	return log
}
