// Package calls_test lets the calls in JavaScript and those in Go talk to each other.
package calls_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"net"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/transport"
)

// patience is how long a run may take before it counts as stuck.
const patience = 4 * time.Minute

// node prepares a run of Node.js. Without it, or without the package that package.json names, the test is skipped, or fails if
// INTEROP is "all".
func node(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	path, err := exec.LookPath("node")
	if err == nil {
		_, err = os.Stat("node_modules/@msgpack/msgpack")
	}
	if err != nil && os.Getenv("INTEROP") == "all" {
		t.Fatal(err)
	} else if err != nil {
		t.Skipf("%v; to run this test, install Node.js and run `npm ci` in examples/node/calls", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return exec.CommandContext(ctx, path, args...)
}

// result is what a run has left behind.
type result struct {
	code           int
	stdout, stderr string
}

// run runs cmd to its end.
func run(t *testing.T, cmd *exec.Cmd) result {
	t.Helper()
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	var failed *exec.ExitError
	if err := cmd.Run(); err != nil {
		require.ErrorAs(t, err, &failed)
	}
	return result{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// The tests in JavaScript, which replay docs/vectors.
func TestInJavaScript(t *testing.T) {
	got := run(t, node(t, "--test", "--test-reporter=tap"))
	failures := regexp.MustCompile(`(?ms)^not ok.*?\.\.\.$`).FindAllString(got.stdout, -1)
	assert.Equal(t, 0, got.code, "%s", strings.Join(failures, "\n"))
	assert.Regexp(t, `\n# pass \d{3}\n`, got.stdout[max(0, len(got.stdout)-300):], "the vectors are among the tests")
}

type quotient struct{ A, B int }

// The contract of server.js and of the server below.
var (
	greet  = transport.Unary[string, string]("greet")
	divide = transport.Unary[quotient, int]("divide")
	sleep  = transport.Unary[int, string]("sleep")
	token  = transport.Unary[struct{}, string]("token")
	ask    = transport.Unary[string, string]("ask")
	answer = transport.Unary[string, string]("answer")
	note   = transport.Notify[string]("note")
	notes  = transport.Unary[struct{}, []string]("notes")
	count  = transport.ServerStream[int, int]("count")
	sum    = transport.ClientStream[int, int]("sum")
	double = transport.Bidi[int, int]("double")
)

// serve serves the methods until the test ends, and returns the address.
func serve(t *testing.T, srv *transport.Server) (addr string) {
	t.Helper()
	greet.Handle(srv, func(_ context.Context, name string) (string, error) { return "hello " + name, nil })
	divide.Handle(srv, func(_ context.Context, q quotient) (int, error) {
		if q.B == 0 {
			return 0, transport.Errorf(transport.InvalidArgument, "division by zero")
		}
		return q.A / q.B, nil
	})
	sleep.Handle(srv, func(ctx context.Context, milliseconds int) (string, error) {
		select {
		case <-time.After(time.Duration(milliseconds) * time.Millisecond):
			return "slept", nil
		case <-ctx.Done():
			return "", ctx.Err()
		}
	})
	ask.Handle(srv, func(ctx context.Context, question string) (string, error) {
		return answer.Call(ctx, transport.CallFrom(ctx).Conn, question)
	})
	heard := make(chan string, 1000)
	note.Handle(srv, func(_ context.Context, text string) error { heard <- text; return nil })
	notes.Handle(srv, func(context.Context, struct{}) (all []string, _ error) {
		for len(heard) > 0 {
			all = append(all, <-heard)
		}
		return all, nil
	})
	serveStreams(srv)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	served := make(chan error, 1)
	go func() { served <- srv.Serve(l) }()
	t.Cleanup(func() {
		assert.NoError(t, srv.Shutdown(context.Background()))
		assert.ErrorIs(t, <-served, transport.ErrServerClosed)
	})
	return l.Addr().String()
}

func serveStreams(srv *transport.Server) {
	count.Handle(srv, func(_ context.Context, to int, send func(int) error) error {
		for i := range to {
			if err := send(i + 1); err != nil {
				return err
			}
		}
		return nil
	})
	sum.Handle(srv, func(_ context.Context, numbers iter.Seq2[int, error]) (sum int, _ error) {
		for n, err := range numbers {
			if err != nil {
				return 0, err
			}
			sum += n
		}
		return sum, nil
	})
	double.Handle(srv, func(_ context.Context, numbers iter.Seq2[int, error], send func(int) error) error {
		for n, err := range numbers {
			if err == nil {
				err = send(2 * n)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func TestClientInJavaScript(t *testing.T) {
	node(t)
	addr := serve(t, new(transport.Server))
	tests := []struct {
		name string
		args []string
		code int
		want string
	}{
		{"a call", []string{addr, "greet", `"world 👋"`}, 0, `{"response":"hello world 👋"}`},
		{"a struct", []string{addr, "divide", `{"A":7,"B":2}`}, 0, `{"response":3}`},
		{"an error", []string{addr, "divide", `{"A":7,"B":0}`}, 1, `{"code":"invalid_argument","text":"division by zero","outcome":"answered"}`},
		{"a wrong type", []string{addr, "greet", `7`}, 1, `"code":"invalid_argument"`},
		{"no such method", []string{addr, "nope"}, 1, `"code":"unimplemented"`},
		{"a deadline", []string{"--timeout", "10", addr, "sleep", "60000"}, 1, `"code":"deadline_exceeded"`},
		{"a stream down", []string{"--down", addr, "count", "3"}, 0, `{"response":[1,2,3]}`},
		{"a stream up", []string{"--up", addr, "sum", "1", "2", "3"}, 0, `{"response":6}`},
		{"an empty stream up", []string{"--up", addr, "sum"}, 0, `{"response":0}`},
		{"streams both ways", []string{"--up", "--down", addr, "double", "1", "2", "3"}, 0, `{"response":[2,4,6]}`},
		{"a stream of the wrong kind", []string{"--down", addr, "sum", "1"}, 1, `"code":"unimplemented"`},
		{"a wrong type in a stream", []string{"--up", addr, "sum", "1", `"two"`}, 1, `"code":"invalid_argument"`},
		{"called back", []string{addr, "ask", `"why"`}, 0, `{"response":"why 42"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := run(t, node(t, append([]string{"client.js"}, tt.args...)...))
			assert.Equal(t, tt.code, got.code, got.stderr)
			assert.Contains(t, got.stdout, tt.want)
			assert.Empty(t, got.stderr)
		})
	}
}

// Many calls of JavaScript at once, on a server that lets it have few in flight, and so answers in any order.
func TestManyCallsOfJavaScript(t *testing.T) {
	const calls = 500
	cmd := node(t, "client.js", serve(t, &transport.Server{Limits: transport.Limits{MaxInFlight: 7}}))
	var lines strings.Builder
	for i := range calls {
		fmt.Fprintf(&lines, `{"method":"divide","request":{"A":%d,"B":%d}}`+"\n", i, i%10)
		fmt.Fprintf(&lines, `{"method":"greet","request":%q}`+"\n", strings.Repeat("x", i*20))
	}
	cmd.Stdin = strings.NewReader(lines.String())
	got := run(t, cmd)
	assert.Equal(t, 1, got.code, got.stderr)
	assert.Equal(t, calls/10, strings.Count(got.stdout, `"division by zero"`))
	assert.Equal(t, 2*calls-calls/10, strings.Count(got.stdout, `"response"`))
	assert.Contains(t, got.stdout, strings.Repeat("x", 20*(calls-1))+`"`)
}

// Streams that are longer than the credit, at the same time.
func TestLongStreamsOfJavaScript(t *testing.T) {
	const long = 5000
	cmd := node(t, "client.js", serve(t, new(transport.Server)))
	numbers := make([]int, long)
	for i := range numbers {
		numbers[i] = i
	}
	list, err := json.Marshal(numbers)
	require.NoError(t, err)
	cmd.Stdin = strings.NewReader(fmt.Sprintf(`{"method":"count","request":%d,"down":true}
{"method":"sum","request":%s,"up":true}
{"method":"double","request":%[2]s,"up":true,"down":true}
`, long, list))
	got := run(t, cmd)
	assert.Equal(t, 0, got.code, got.stdout)
	assert.Contains(t, got.stdout, fmt.Sprintf(`{"response":%d}`, long*(long-1)/2))
	assert.Contains(t, got.stdout, fmt.Sprintf(`,%d,%d]}`, long-1, long), "counted")
	assert.Contains(t, got.stdout, fmt.Sprintf(`,%d,%d]}`, 2*(long-2), 2*(long-1)), "doubled")
}

func TestNotifiesOfJavaScript(t *testing.T) {
	addr := serve(t, new(transport.Server))
	cmd := node(t, "client.js", addr)
	var lines strings.Builder
	var want []string
	for i := range 600 {
		fmt.Fprintf(&lines, `{"method":"note","request":"note %d","notify":true}`+"\n", i)
		want = append(want, fmt.Sprintf("note %d", i))
	}
	cmd.Stdin = strings.NewReader(lines.String())
	require.Equal(t, 0, run(t, cmd).code)
	client := &transport.Client{Addr: addr}
	defer client.Close()
	var heard []string
	for len(heard) < len(want) { // what came before its goodbye is handled, but it does not wait for that
		more, err := notes.Call(t.Context(), client, struct{}{})
		require.NoError(t, err)
		heard = append(heard, more...)
	}
	assert.Equal(t, want, heard)
}

// server starts server.js, and returns a client of it.
func server(t *testing.T) (client *transport.Client, stop func() result) {
	t.Helper()
	cmd := node(t, "server.js", "127.0.0.1:0")
	if runtime.GOOS == "windows" {
		t.Skip("a process cannot be sent an interrupt there")
	}
	var stderr strings.Builder
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	out := bufio.NewReader(stdout)
	line, err := out.ReadString('\n')
	require.NoError(t, err)
	client = &transport.Client{Addr: strings.TrimSpace(strings.TrimPrefix(line, "listening on "))}
	t.Cleanup(func() { client.Close() })
	return client, func() result {
		require.NoError(t, cmd.Process.Signal(os.Interrupt))
		rest, err := io.ReadAll(out)
		require.NoError(t, err)
		var failed *exec.ExitError
		if err := cmd.Wait(); err != nil {
			require.ErrorAs(t, err, &failed)
		}
		return result{cmd.ProcessState.ExitCode(), string(rest), stderr.String()}
	}
}

func TestServerInJavaScript(t *testing.T) {
	client, stop := server(t)
	answer.Handle(client, func(_ context.Context, question string) (string, error) { return question + " because", nil })
	ctx := t.Context()

	text, err := greet.Call(ctx, client, "Go")
	require.NoError(t, err)
	assert.Equal(t, "hello Go", text)

	n, err := divide.Call(ctx, client, quotient{7, 2})
	require.NoError(t, err)
	assert.Equal(t, 3, n)
	_, err = divide.Call(ctx, client, quotient{7, 0})
	var e *transport.Error
	require.ErrorAs(t, err, &e)
	assert.Equal(t, transport.InvalidArgument, e.Code)
	assert.Equal(t, "division by zero", e.Message)
	_, err = transport.Unary[int, int]("nope").Call(ctx, client, 1)
	require.ErrorAs(t, err, &e)
	assert.Equal(t, transport.Unimplemented, e.Code)
	assert.Equal(t, transport.Refused, e.Outcome)

	soon, cancel := context.WithTimeout(ctx, 10*time.Millisecond)
	defer cancel()
	_, err = sleep.Call(soon, client, 60_000)
	assert.ErrorIs(t, err, context.DeadlineExceeded)

	var reply transport.Metadata
	with := transport.WithMetadata(ctx, transport.Metadata{"token": "s3cret"})
	seen, err := token.Call(transport.WithReplyMetadata(with, &reply), client, struct{}{})
	require.NoError(t, err)
	assert.Equal(t, "s3cret", seen)
	assert.Equal(t, transport.Metadata{"server": "node"}, reply)

	text, err = ask.Call(ctx, client, "why")
	require.NoError(t, err)
	assert.Equal(t, "why because", text)

	for i := range 3000 { // more than the credit, so that it must be granted
		require.NoError(t, note.Send(ctx, client, fmt.Sprint(i)))
	}
	heard := 0
	for heard < 3000 {
		more, err := notes.Call(ctx, client, struct{}{})
		require.NoError(t, err)
		heard += len(more)
	}
	assert.Equal(t, result{0, "shut down\n", ""}, stop())
}

func TestStreamsToJavaScript(t *testing.T) {
	const long = 5000
	client, stop := server(t)
	ctx := t.Context()

	next := 1
	for n, err := range count.Call(ctx, client, long) {
		require.NoError(t, err)
		require.Equal(t, next, n)
		next++
	}
	assert.Equal(t, long+1, next)
	for n, err := range count.Call(ctx, client, 1_000_000_000) { // leaving the loop ends it there
		require.NoError(t, err)
		if n == 1000 {
			break
		}
	}

	adding, err := sum.Call(ctx, client)
	require.NoError(t, err)
	for i := range long {
		require.NoError(t, adding.Send(i))
	}
	total, err := adding.Finish()
	require.NoError(t, err)
	assert.Equal(t, long*(long-1)/2, total)

	doubling, err := double.Call(ctx, client)
	require.NoError(t, err)
	go func() {
		for i := range long {
			if doubling.Send(i) != nil {
				return
			}
		}
		_ = doubling.CloseSend()
	}()
	next = 0
	for n, err := range doubling.All() {
		require.NoError(t, err)
		require.Equal(t, next, n)
		next += 2
	}
	assert.Equal(t, 2*long, next)
	assert.Equal(t, result{0, "shut down\n", ""}, stop())
}

func TestManyCallsToJavaScript(t *testing.T) {
	client, stop := server(t)
	var callers sync.WaitGroup
	for i := range 20 {
		callers.Go(func() {
			name := strings.Repeat("x", i*i*i*20)
			for range 10 {
				text, err := greet.Call(t.Context(), client, name)
				assert.NoError(t, err)
				assert.Equal(t, "hello "+name, text)
			}
		})
	}
	callers.Wait()
	assert.Equal(t, result{0, "shut down\n", ""}, stop())
}

// A server that is interrupted answers the calls that it has.
func TestServerInJavaScriptShutsDown(t *testing.T) {
	client, stop := server(t)
	done := make(chan error, 1)
	go func() {
		_, err := sleep.Call(context.Background(), client, 200)
		done <- err
	}()
	for client.Stats().InFlight == 0 {
		runtime.Gosched()
	}
	_, err := greet.Call(t.Context(), client, "behind it")
	require.NoError(t, err)
	assert.Equal(t, result{0, "shut down\n", ""}, stop())
	assert.NoError(t, <-done)
}

func TestHowTheClientFails(t *testing.T) {
	node(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	addr := l.Addr().String()
	require.NoError(t, l.Close())
	assert.Equal(t, result{1, "", "client: cannot connect to " + addr + ": ECONNREFUSED\n"}, run(t, node(t, "client.js", addr, "greet")))

	for _, args := range [][]string{nil, {"127.0.0.1"}, {"127.0.0.1:99999"}, {"127.0.0.1:1", "greet", "no JSON"}, {"--nope", "127.0.0.1:1"}} {
		got := run(t, node(t, append([]string{"client.js"}, args...)...))
		assert.Equal(t, 2, got.code)
		assert.Contains(t, got.stderr, "client: usage: node client.js")
	}
	assert.Equal(t, 2, run(t, node(t, "server.js")).code)
}

// A stranger is told apart before anything else: his calls were certainly not executed.
func TestStrangers(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	cmd := node(t, "client.js", l.Addr().String(), "greet", `"you"`)
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		io.WriteString(conn, "HTTP/1.1 400 Bad Request\r\n\r\n")
		io.Copy(io.Discard, conn)
	}()
	got := run(t, cmd)
	assert.Equal(t, 1, got.code)
	var said struct{ Code, Outcome string }
	require.NoError(t, json.Unmarshal([]byte(got.stdout), &said))
	assert.Equal(t, "unavailable", said.Code)
	assert.Equal(t, "refused", said.Outcome)
}
