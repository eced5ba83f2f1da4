package docs_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/frame"
	"github.com/demarc-go/demarc/transport"
)

// The code of from-node.md: its blocks and, line by line, its tables.

// serve accepts connections until the listener is closed, and calls handle for each in a goroutine of its own. It returns when all
// of them are done.
func serve(listener net.Listener, handle func(*frame.Conn)) {
	var serving sync.WaitGroup
	defer serving.Wait()
	for {
		tcp, err := listener.Accept()
		if err != nil {
			return
		}
		serving.Go(func() {
			conn := frame.NewConn(tcp, frame.Lines{})
			defer conn.Close()
			handle(conn)
		})
	}
}

func echoLines(conn *frame.Conn) {
	for {
		line, err := conn.ReadFrame()
		switch {
		case errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF):
			return // 'end': the client has finished
		case errors.Is(err, frame.ErrIdleTimeout):
			return // 'timeout'
		case err != nil:
			return // 'error'
		}
		if err := conn.WriteFrame(line); err != nil {
			return
		}
	}
}

func TestNodeServer(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	_, err = net.Listen("tcp", listener.Addr().String())
	var inUse *net.OpError
	require.True(t, errors.As(err, &inUse) && inUse.Op == "listen")

	port := listener.Addr().(*net.TCPAddr).Port
	assert.NotZero(t, port)

	var open atomic.Int64
	done := make(chan struct{})
	go func() {
		defer close(done)
		serve(listener, func(conn *frame.Conn) {
			open.Add(1)
			defer open.Add(-1)
			echoLines(conn)
		})
	}()

	client := dial(t, listener.Addr().String())
	assert.Equal(t, "hello", call(t, client, "hello"))
	assert.EqualValues(t, 1, open.Load())

	err = listener.Close()
	require.NoError(t, err)
	assert.Equal(t, "still there", call(t, client, "still there"))
	require.NoError(t, client.Close())
	<-done
	assert.Zero(t, open.Load())
}

func TestNodeCalls(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ask := transport.Unary[string, string]("ask")
	server := new(transport.Server)
	keepAlive := net.KeepAliveConfig{Enable: true, Idle: time.Minute}
	server.Tune = func(tcp net.Conn) error { return tcp.(*net.TCPConn).SetKeepAliveConfig(keepAlive) }
	server.Limits.IdleTimeout = time.Minute
	states := make(chan transport.ConnState, 10)
	server.ConnState = func(_ *transport.Conn, state transport.ConnState) { states <- state }
	ask.Handle(server, func(_ context.Context, question string) (string, error) { return question + "?", nil })
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()

	ctx := t.Context()
	client := &transport.Client{Addr: listener.Addr().String()}
	answer, err := ask.Call(ctx, client, "why")
	require.NoError(t, err)
	assert.Equal(t, "why?", answer)
	conns := server.Stats().Conns
	assert.Equal(t, 1, conns)

	err = server.Shutdown(ctx)
	require.NoError(t, err)
	assert.ErrorIs(t, <-served, transport.ErrServerClosed)
	require.NoError(t, client.Close())
}

func TestNodeTLS(t *testing.T) {
	certified := httptest.NewTLSServer(nil) // it has certificates to lend
	defer certified.Close()
	serverConfig := certified.TLS
	clientConfig := certified.Client().Transport.(*http.Transport).TLSClientConfig

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ask := transport.Unary[string, string]("ask")
	server := new(transport.Server)
	ask.Handle(server, func(_ context.Context, question string) (string, error) { return question + "?", nil })
	go server.ServeTLS(listener, serverConfig)
	defer server.Close()

	client := &transport.Client{Addr: listener.Addr().String(), TLS: clientConfig}
	defer client.Close()
	answer, err := ask.Call(t.Context(), client, "why")
	require.NoError(t, err)
	assert.Equal(t, "why?", answer)
}

func dial(t *testing.T, addr string) *frame.Conn {
	tcp, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	return frame.NewConn(tcp, frame.Lines{})
}

func call(t *testing.T, conn *frame.Conn, text string) string {
	require.NoError(t, conn.WriteFrame([]byte(text)))
	reply, err := conn.ReadFrame()
	require.NoError(t, err)
	return string(reply)
}

func TestNodeSocket(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	go serve(listener, echoLines)
	addr, ctx := listener.Addr().String(), t.Context()

	dialer := net.Dialer{Timeout: 5 * time.Second}
	tcp, err := dialer.DialContext(ctx, "tcp", addr)
	require.NoError(t, err)
	conn := frame.NewConn(tcp, frame.Lines{})
	defer conn.Close()

	err = tcp.(*net.TCPConn).SetNoDelay(false)
	require.NoError(t, err)
	keepAlive := net.KeepAliveConfig{Enable: true, Idle: time.Minute}
	err = tcp.(*net.TCPConn).SetKeepAliveConfig(keepAlive)
	require.NoError(t, err)
	conn.IdleTimeout = time.Minute

	err = conn.WriteFrame([]byte("hello"))
	require.NoError(t, err)
	payload, err := conn.ReadFrame()
	require.NoError(t, err)
	text := string(payload)
	assert.Equal(t, "hello", text)

	local := conn.LocalAddr().(*net.TCPAddr)
	remote := conn.RemoteAddr().(*net.TCPAddr)
	isIPv4 := remote.IP.To4() != nil
	assert.True(t, isIPv4)
	assert.NotZero(t, local.Port)
	assert.Equal(t, addr, remote.String())

	stats := conn.Stats()
	assert.EqualValues(t, len("hello\n"), stats.BytesIn)
	assert.EqualValues(t, len("hello\n"), stats.BytesOut)

	err = conn.CloseWrite()
	require.NoError(t, err)
	_, err = conn.ReadFrame()
	assert.Equal(t, io.EOF, err)
	err = conn.Close()
	require.NoError(t, err)
	_, err = conn.ReadFrame()
	assert.ErrorIs(t, err, net.ErrClosed)
}

func TestNodeLookup(t *testing.T) {
	ctx, host := t.Context(), "127.0.0.1"
	addresses, err := net.DefaultResolver.LookupHost(ctx, host)
	require.NoError(t, err)
	assert.Equal(t, []string{host}, addresses)
}

// What the tutorials on net.Server and net.Socket list, part by part.
var nodeNames = map[string][]string{
	"Options of createServer": {"allowHalfOpen", "pauseOnConnect", "callback"},
	"Methods of a server":     {"listen", "close", "address", "getConnections"},
	"Events of a server":      {"listening", "connection", "error", "close"},
	"Making a socket":         {"new net.Socket", "net.createConnection", "net.connect", "the `connection` listener"},
	"Events of a socket":      {"connect", "lookup", "timeout", "data", "error", "close", "end", "drain"},
	"Methods of a socket": {
		"connect", "setEncoding", "write", "end", "destroy", "pause", "resume", "setTimeout", "setNoDelay", "setKeepAlive", "address",
	},
	"The same with calls": {"setNoDelay", "setKeepAlive", "setTimeout", "server.close", "getConnections", "tls.createServer", "tls.connect"},
	"Properties of a socket": {
		"remoteAddress", "remoteFamily", "remotePort", "localAddress", "localPort", "bytesRead", "bytesWritten",
	},
}

var (
	row    = regexp.MustCompile(`(?m)^\| (.*?) \|.*\| (.*?) \|$`)
	inline = regexp.MustCompile("`([^`]*)`")
)

// Every name has its row, and the last column of each row is a line of this file.
func TestFromNode(t *testing.T) {
	lines := map[string]bool{}
	for line := range strings.Lines(flat(readFile(t, "guide_node_test.go"))) {
		lines[strings.TrimSpace(line)] = true
	}
	text := readFile(t, "from-node.md")
	for title, names := range nodeNames {
		_, part, found := strings.Cut(text, "\n## "+title+"\n")
		require.True(t, found, title)
		part, _, _ = strings.Cut(part, "\n## ")
		rows := row.FindAllStringSubmatch(part, -1)
		require.Greater(t, len(rows), 2, title)
		var first strings.Builder
		for _, match := range rows[2:] { // behind the heads of the columns and the line below them
			first.WriteString(match[1] + "\n")
			code := inline.FindAllStringSubmatch(match[2], -1)
			assert.NotEmpty(t, code, "%s: a row without code: %s", title, match[0])
			for _, c := range code {
				assert.True(t, lines[c[1]], "%s: this line is not in the test: %s", title, c[1])
			}
		}
		for _, name := range names {
			assert.Regexp(t, `\b`+strings.Trim(regexp.QuoteMeta(name), "`")+`\b`, first.String(), title)
		}
	}
}
