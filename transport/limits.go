package transport

import (
	"log/slog"
	"math"
	"time"

	"github.com/demarc-go/demarc/codec"
)

// Limits are the limits of a connection. In each field 0 stands for the default, which is on, and a negative value for no limit.
type Limits struct {
	// MaxMessage is the largest message in bytes, in both directions; 0 means [DefaultMaxMessage]. The peer's own limit holds
	// as well.
	MaxMessage int

	// MaxInFlight is how many calls each side may have in flight; 0 means [DefaultMaxInFlight]. Callers wait for their turn. The
	// peer's own limit holds as well. As a call is in flight until its answer has found room in the outbox, MaxInFlight times the size
	// of the responses is also what answers can take up while a peer does not read, which it is given WriteTimeout to change. Where
	// responses are large and peers are not trusted, few calls in flight are a bound on memory.
	MaxInFlight int

	// MaxInFlightBytes is how many bytes the requests in flight may have; 0 means [DefaultMaxInFlightBytes]. One more may be
	// sent while they have less, so a single large one is always possible. A request counts with its payload, its method's name, its
	// metadata, and 64 bytes. Callers wait for their turn. The peer's own limit holds as well.
	MaxInFlightBytes int

	// MaxNotifyBytes is how many bytes of notifies the peer may send ahead of their handling, counted as requests are; 0 means
	// [DefaultMaxNotifyBytes], which is also the least. Senders wait for their turn. It is also how many bytes the peer may send
	// ahead at the beginning of each stream.
	MaxNotifyBytes int

	// MaxStreamBytes is how many bytes the peer may send ahead of their reader on one stream, once that has shown that it reads so fast;
	// 0 means [DefaultMaxStreamBytes], and the least is MaxNotifyBytes, with which each stream begins. A message counts with 64
	// bytes more than it has, and one that begins within the bound may exceed it.
	MaxStreamBytes int

	// MaxStreamsBytes is how many bytes the peer may send ahead on all streams of the connection together; 0 means
	// [DefaultMaxStreamsBytes]. Half of it is kept for the beginnings of streams, and bounds their number, to 1024 by default: one
	// more of the peer is refused, and one more of this side waits for its turn.
	//
	// Each stream may exceed its share by one message, as for MaxStreamBytes, so a peer can make this side hold MaxMessage more for each
	// stream: 1 GiB with the defaults. Where peers are not trusted, a small MaxMessage, or few calls in flight, are a bound on memory.
	MaxStreamsBytes int

	// HandshakeTimeout is how long a TLS handshake may take; 0 means [DefaultHandshakeTimeout].
	HandshakeTimeout time.Duration

	// HelloTimeout is how long the peer has to introduce itself, and then Authenticate to decide; 0 means
	// [DefaultHelloTimeout].
	HelloTimeout time.Duration

	// FrameTimeout is how long a frame may take once its first byte is here; each 16 KiB that have arrived give it a second more.
	// 0 means [DefaultFrameTimeout].
	FrameTimeout time.Duration

	// WriteTimeout is how long the peer may take for each 64 KiB that are written to it; 0 means [DefaultWriteTimeout].
	WriteTimeout time.Duration

	// PingInterval is how long the peer may be silent before it is sent a ping; 0 means [DefaultPingInterval]. It is never
	// shorter than what the peer wants to lie between two pings.
	PingInterval time.Duration

	// PingTimeout is how long the peer may go on being silent after a ping; 0 means [DefaultPingTimeout].
	PingTimeout time.Duration

	// PingSpacing is how much time the peer must let pass between two of its own pings; 0 means a second.
	PingSpacing time.Duration

	// IdleTimeout is how long a connection may have no call in flight, and no notify; 0 means [DefaultIdleTimeout]. Then it is
	// closed as by a drain.
	IdleTimeout time.Duration
}

// The limits that hold unless a [Server] or a [Client] is told otherwise.
const (
	DefaultMaxMessage       = 1 << 20          // bytes in a message
	DefaultMaxInFlight      = 1024             // calls on one connection
	DefaultMaxInFlightBytes = earlyBytes       // bytes of requests on one connection
	DefaultMaxNotifyBytes   = earlyCredit      // bytes of notifies on one connection
	DefaultMaxStreamBytes   = 1 << 20          // bytes on one stream
	DefaultMaxStreamsBytes  = 32 << 20         // bytes on all streams of one connection
	DefaultMaxConns         = 65536            // connections of a server
	DefaultHandshakeTimeout = 5 * time.Second  // for a TLS handshake
	DefaultHelloTimeout     = 5 * time.Second  // for the peer to introduce itself
	DefaultFrameTimeout     = 10 * time.Second // for a frame that has begun
	DefaultWriteTimeout     = 10 * time.Second // for the peer to take what is written
	DefaultPingInterval     = 15 * time.Second // of silence before a ping
	DefaultPingTimeout      = 5 * time.Second  // of silence after it
	DefaultIdleTimeout      = 5 * time.Minute  // without a call
)

const (
	noLimit = math.MaxInt / 2 // bytes; there is room to add to it
	noCalls = 1 << 28         // calls

	// never is longer than any connection, and far from the end of what a Duration holds.
	never = math.MaxInt64 / 4 * time.Nanosecond
)

// effective returns l with the defaults and the absence of limits filled in.
func (l Limits) effective() Limits {
	spacing := orDefault(l.PingSpacing, pingSpacing, 0).Truncate(time.Millisecond)
	return Limits{
		MaxMessage:       min(orDefault(l.MaxMessage, DefaultMaxMessage, noLimit), noLimit),
		MaxInFlight:      min(orDefault(l.MaxInFlight, DefaultMaxInFlight, noCalls), noCalls),
		MaxInFlightBytes: min(orDefault(l.MaxInFlightBytes, DefaultMaxInFlightBytes, noLimit), noLimit),
		MaxNotifyBytes:   min(max(orDefault(l.MaxNotifyBytes, DefaultMaxNotifyBytes, maxCredit), earlyCredit), maxCredit),
		MaxStreamBytes:   min(orDefault(l.MaxStreamBytes, DefaultMaxStreamBytes, maxCredit), maxCredit),
		MaxStreamsBytes:  orDefault(l.MaxStreamsBytes, DefaultMaxStreamsBytes, noLimit),
		HandshakeTimeout: timeOrDefault(l.HandshakeTimeout, DefaultHandshakeTimeout),
		HelloTimeout:     timeOrDefault(l.HelloTimeout, DefaultHelloTimeout),
		FrameTimeout:     timeOrDefault(l.FrameTimeout, DefaultFrameTimeout),
		WriteTimeout:     timeOrDefault(l.WriteTimeout, DefaultWriteTimeout),
		PingInterval:     timeOrDefault(l.PingInterval, DefaultPingInterval),
		PingTimeout:      timeOrDefault(l.PingTimeout, DefaultPingTimeout),
		PingSpacing:      min(max(spacing, time.Millisecond), maxSpacing*time.Millisecond),
		IdleTimeout:      timeOrDefault(l.IdleTimeout, DefaultIdleTimeout),
	}
}

// hello returns what a side with these limits, which are effective, says about itself.
func (l Limits) hello(codec string) hello {
	return hello{
		codec:   codec,
		message: uint64(l.MaxMessage),
		calls:   uint64(l.MaxInFlight),
		bytes:   uint64(l.MaxInFlightBytes),
		credit:  uint64(l.MaxNotifyBytes),
		ping:    uint64(l.PingSpacing / time.Millisecond),
	}
}

// orDefault returns v, or standard for 0, or none for a negative number.
func orDefault[T int | time.Duration](v, standard, none T) T {
	switch {
	case v == 0:
		return standard
	case v < 0:
		return none
	}
	return v
}

// timeOrDefault is orDefault for times, none of which is longer than never.
func timeOrDefault(d, standard time.Duration) time.Duration {
	return min(orDefault(d, standard, never), never)
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
