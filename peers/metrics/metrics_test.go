package metrics_test

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/peers/metrics"
	"github.com/demarc-go/demarc/transport"
	"github.com/demarc-go/demarc/transport/transporttest"
)

var (
	echo  = transport.Unary[string, string]("echo")
	count = transport.ServerStream[int, int]("count")
)

// scrape returns the lines that Prometheus gets, without comments.
func scrape(registry *prometheus.Registry) (lines []string) {
	answer := httptest.NewRecorder()
	promhttp.HandlerFor(registry, promhttp.HandlerOpts{}).ServeHTTP(answer, httptest.NewRequest("GET", "/metrics", nil))
	for line := range strings.Lines(answer.Body.String()) {
		if !strings.HasPrefix(line, "#") {
			lines = append(lines, strings.TrimSuffix(line, "\n"))
		}
	}
	return lines
}

func TestMetrics(t *testing.T) {
	calls := metrics.NewCalls()
	srv := &transport.Server{Observer: calls, Limits: transport.Limits{MaxMessage: 100}}
	echo.Handle(srv, func(_ context.Context, text string) (string, error) {
		if text == "" {
			return "", transport.Errorf(transport.InvalidArgument, "nothing to say")
		}
		return text, nil
	})
	count.Handle(srv, func(_ context.Context, n int, send func(int) error) (err error) {
		for i := 0; i < n && err == nil; i++ {
			err = send(i)
		}
		return err
	})
	client := transporttest.Join(t, srv)
	client.Observer = calls
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(calls, metrics.Connections{"shop": srv, "buyer": client})

	for _, text := range []string{"a", "b", "", strings.Repeat("x", 101)} {
		_, _ = echo.Call(t.Context(), client, text)
	}
	for _, err := range count.Call(t.Context(), client, 3) {
		require.NoError(t, err)
	}
	live := scrape(registry)
	for _, line := range []string{
		`demarc_connections{name="shop"} 1`,
		`demarc_connections{name="buyer"} 1`,
		`demarc_connections_tls{name="buyer"} 0`,
	} {
		assert.Contains(t, live, line)
	}

	require.NoError(t, client.Shutdown(t.Context()))
	require.NoError(t, srv.Shutdown(t.Context())) // all has been counted
	lines := scrape(registry)
	for _, line := range []string{
		`demarc_calls_total{code="ok",method="echo",side="outgoing"} 2`,
		`demarc_calls_total{code="ok",method="echo",side="incoming"} 2`,
		`demarc_calls_total{code="invalid_argument",method="echo",side="outgoing"} 1`,
		`demarc_calls_total{code="invalid_argument",method="echo",side="incoming"} 1`,
		`demarc_calls_total{code="resource_exhausted",method="echo",side="outgoing"} 1`,
		`demarc_calls_total{code="ok",method="count",side="incoming"} 1`,
		`demarc_call_seconds_count{method="echo",side="outgoing"} 4`,
		`demarc_call_seconds_count{method="echo",side="incoming"} 3`,
		`demarc_call_seconds_bucket{method="echo",side="incoming",le="+Inf"} 3`,
		`demarc_connections{name="shop"} 0`,
		`demarc_calls_in_flight{name="shop"} 0`,
		`demarc_messages_total{direction="in",kind="call",name="shop"} 4`,
		`demarc_messages_total{direction="out",kind="stream",name="shop"} 3`,
		`demarc_messages_total{direction="in",kind="stream",name="buyer"} 3`,
		`demarc_limits_exceeded_total{limit="size of a message",name="buyer"} 1`,
		`demarc_limits_exceeded_total{limit="connections",name="shop"} 0`,
	} {
		assert.Contains(t, lines, line)
	}
	assert.NotContains(t, lines, `demarc_bytes_total{direction="in",name="shop"} 0`)
}

// Whoever calls a server that serves unknown methods does not choose its labels.
func TestUnknownMethods(t *testing.T) {
	calls := metrics.NewCalls()
	calls.Method = func(call *transport.Call) string {
		if call.Method != echo.Name() {
			return "other"
		}
		return call.Method
	}
	srv := &transport.Server{Observer: calls}
	transport.HandleUnknown(srv, func(_ context.Context, request transport.Payload) (transport.Payload, error) { return request, nil })
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(calls)
	client := transporttest.Join(t, srv)
	for _, name := range []string{"echo", "a", "b"} {
		_, err := transport.Unary[string, string](name).Call(t.Context(), client, "x")
		require.NoError(t, err)
	}
	require.NoError(t, client.Shutdown(t.Context()))
	require.NoError(t, srv.Shutdown(t.Context()))
	lines := scrape(registry)
	assert.Contains(t, lines, `demarc_calls_total{code="ok",method="echo",side="incoming"} 1`)
	assert.Contains(t, lines, `demarc_calls_total{code="ok",method="other",side="incoming"} 2`)
}
