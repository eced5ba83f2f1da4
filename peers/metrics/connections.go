package metrics

import (
	"iter"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/demarc-go/demarc/transport"
)

// Source is a [transport.Server] or a [transport.Client].
type Source interface {
	Stats() transport.Stats
	Conns() iter.Seq[*transport.Conn]
}

// Connections are servers and clients by name. It reads what they count anyway, whenever Prometheus asks, and costs nothing before.
type Connections map[string]Source

var (
	open     = desc("demarc_connections", "Connections open now.", "name")
	secured  = desc("demarc_connections_tls", "Connections open now, with TLS.", "name")
	inFlight = desc("demarc_calls_in_flight", "Calls in flight now, in both directions.", "name")
	bytes    = desc("demarc_bytes_total", "Bytes on the connections.", "name", "direction")
	messages = desc("demarc_messages_total", "Calls, notifies, and messages of streams.", "name", "direction", "kind")
	exceeded = desc("demarc_limits_exceeded_total", "How often a limit was exceeded.", "name", "limit")
)

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, labels, nil)
}

// Describe is for a [prometheus.Collector].
func (c Connections) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{open, secured, inFlight, bytes, messages, exceeded} {
		to <- d
	}
}

// Collect is for a [prometheus.Collector].
func (c Connections) Collect(to chan<- prometheus.Metric) {
	for name, source := range c {
		gauge := func(d *prometheus.Desc, n int) {
			to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(n), name)
		}
		counter := func(d *prometheus.Desc, n uint64, labels ...string) {
			to <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), append([]string{name}, labels...)...)
		}
		stats := source.Stats()
		gauge(open, stats.Conns)
		gauge(secured, withTLS(source.Conns()))
		gauge(inFlight, stats.InFlight)
		counter(bytes, stats.BytesIn, "in")
		counter(bytes, stats.BytesOut, "out")
		counter(messages, stats.CallsIn, "in", "call")
		counter(messages, stats.CallsOut, "out", "call")
		counter(messages, stats.NotifiesIn, "in", "notify")
		counter(messages, stats.NotifiesOut, "out", "notify")
		counter(messages, stats.MessagesIn, "in", "stream")
		counter(messages, stats.MessagesOut, "out", "stream")
		for l := transport.LimitConns; l.String() != unknown; l++ {
			counter(exceeded, stats.Over(l), l.String())
		}
	}
}

// unknown is the name of a limit that there is not, behind the last one.
var unknown = transport.Limit(255).String()

// withTLS returns how many of conns have TLS.
func withTLS(conns iter.Seq[*transport.Conn]) (n int) {
	for c := range conns {
		if c.TLS() != nil {
			n++
		}
	}
	return n
}
