// Package metrics shows a program's calls and connections to Prometheus. It is an example to copy: what a program counts, and under which
// names, is its own affair.
//
//	calls := metrics.NewCalls()
//	srv := &transport.Server{Observer: calls}
//	registry.MustRegister(calls, metrics.Connections{"server": srv})
//
// The series, with the label side, "incoming" or "outgoing", for a call:
//
//	demarc_calls_total{method,side,code}        calls that have ended
//	demarc_call_seconds{method,side}            how long they took, a histogram
//	demarc_connections{name}                    connections open now; demarc_connections_tls: those with TLS
//	demarc_calls_in_flight{name}                calls in flight now
//	demarc_bytes_total{name,direction}          bytes on the connections, "in" or "out"
//	demarc_messages_total{name,direction,kind}  calls, notifies and messages of streams
//	demarc_limits_exceeded_total{name,limit}    how often a limit was exceeded
package metrics

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/demarc-go/demarc/transport"
)

// Calls is an Observer that counts calls and their time. One may serve many servers and clients.
//
// A method is a label, so only methods that exist may become one. That is so on both sides: a server observes a call when it has found
// the handler, and a client names its methods itself. A server with HandleUnknown sees whatever its callers write: set Method there.
type Calls struct {
	Method func(call *transport.Call) string // names the method of a call; nil: as it is

	ended   *prometheus.CounterVec
	seconds *prometheus.HistogramVec
}

// NewCalls returns an Observer to be registered.
func NewCalls() *Calls {
	return &Calls{
		ended: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "demarc_calls_total", Help: "Calls that have ended.",
		}, []string{"method", "side", "code"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "demarc_call_seconds", Help: "How long calls took, in seconds.", Buckets: prometheus.ExponentialBuckets(0.0001, 4, 10),
		}, []string{"method", "side"}),
	}
}

// Call is for a [transport.Observer].
func (c *Calls) Call(ctx context.Context, call *transport.Call) (context.Context, func(error)) {
	method, side, begun := call.Method, call.Side.String(), time.Now()
	if c.Method != nil {
		method = c.Method(call)
	}
	return ctx, func(err error) {
		c.ended.WithLabelValues(method, side, transport.CodeOf(err).String()).Inc()
		c.seconds.WithLabelValues(method, side).Observe(time.Since(begun).Seconds())
	}
}

// Conn is for a [transport.Observer]. Connections are counted by [Connections].
func (c *Calls) Conn(*transport.Conn, transport.ConnState) {}

// Limit is for a [transport.Observer]. Limits are counted by [Connections].
func (c *Calls) Limit(*transport.Conn, transport.Limit) {}

// Describe is for a [prometheus.Collector].
func (c *Calls) Describe(to chan<- *prometheus.Desc) {
	c.ended.Describe(to)
	c.seconds.Describe(to)
}

// Collect is for a [prometheus.Collector].
func (c *Calls) Collect(to chan<- prometheus.Metric) {
	c.ended.Collect(to)
	c.seconds.Collect(to)
}
