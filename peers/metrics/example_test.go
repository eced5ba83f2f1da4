package metrics_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/demarc-go/demarc/peers/metrics"
	"github.com/demarc-go/demarc/transport"
)

// A server whose counters stand at /metrics.
func Example() {
	registry := prometheus.NewRegistry()

	calls := metrics.NewCalls()
	srv := &transport.Server{Observer: calls}
	registry.MustRegister(calls, metrics.Connections{"server": srv})
	http.Handle("/metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))

	answer := httptest.NewRecorder()
	http.DefaultServeMux.ServeHTTP(answer, httptest.NewRequest("GET", "/metrics", nil))
	for line := range strings.Lines(answer.Body.String()) {
		if strings.HasPrefix(line, "demarc_c") {
			fmt.Print(line)
		}
	}
	// Output:
	// demarc_calls_in_flight{name="server"} 0
	// demarc_connections{name="server"} 0
	// demarc_connections_tls{name="server"} 0
}
