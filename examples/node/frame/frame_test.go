// Package frame_test runs the frames in JavaScript against those in Go.
package frame_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/demarc-go/demarc/frame"
	"github.com/demarc-go/demarc/fuzz"
)

// node prepares a run of Node.js. Without it the test is skipped, or fails if INTEROP is "all".
func node(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	path, err := exec.LookPath("node")
	if err != nil && os.Getenv("INTEROP") == "all" {
		t.Fatal(err)
	} else if err != nil {
		t.Skip(err)
	}
	return exec.CommandContext(t.Context(), path, args...)
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

func TestInJavaScript(t *testing.T) {
	got := run(t, node(t, "--test"))
	assert.Equal(t, 0, got.code, got.stdout)
	assert.Contains(t, got.stdout, "pass 6")
}

// maxPayload is the limit of both sides in the next test.
const maxPayload = 1000

// codes are the names that JavaScript has for the errors of Go.
var codes = map[error]string{
	io.ErrUnexpectedEOF: "cut off",
	frame.ErrTooLarge:   "too large",
	frame.ErrNotMinimal: "not minimal",
	frame.ErrOverflow:   "overflow",
}

// decoded is what one side finds in a stream.
type decoded struct {
	Payloads []string `json:"payloads"`
	Again    string   `json:"again"`
	Code     string   `json:"code"`
}

// decode finds frames as Go does.
func decode(t *testing.T, stream []byte) (d decoded) {
	r := frame.NewReader(bytes.NewReader(stream), frame.Varint{})
	r.Max = maxPayload
	d.Payloads = []string{}
	var again []byte
	for payload, err := range r.Frames() {
		if err == nil {
			d.Payloads = append(d.Payloads, hex.EncodeToString(payload))
			again, err = frame.Varint{}.AppendFrame(again, payload)
			require.NoError(t, err)
			continue
		}
		for class, code := range codes {
			if errors.Is(err, class) {
				d.Code = code
			}
		}
		require.NotEmpty(t, d.Code, "%v", err)
	}
	d.Again = hex.EncodeToString(again)
	return d
}

// streams draws streams of frames, some of them spoiled, and the pieces in which JavaScript gets them.
func streams() *rapid.Generator[[][]byte] {
	return rapid.Custom(func(t *rapid.T) [][]byte {
		var stream []byte
		for _, payload := range rapid.SliceOfN(fuzz.Payloads(maxPayload+1), 0, 5).Draw(t, "payloads") {
			stream, _ = frame.Varint{}.AppendFrame(stream, payload)
		}
		if rapid.Bool().Draw(t, "spoiled") {
			tails := rapid.SampledFrom([]string{"\x05hi", "\x80", "\x80\x00", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "\xff\xff\xff\xff\xff\xff\xff\xff\x7f"})
			stream = append(stream, tails.Draw(t, "tail")...)
			stream = append(stream, rapid.SliceOfN(rapid.Byte(), 0, 20).Draw(t, "noise")...)
		}
		return fuzz.Plans().Draw(t, "plan").Pieces(stream)
	})
}

// JavaScript finds the same frames, and the same errors, as Go.
func TestSameFramesAsInGo(t *testing.T) {
	var input struct {
		Max     int        `json:"max"`
		Streams [][]string `json:"streams"`
	}
	input.Max = maxPayload
	var want []decoded
	for seed := range 500 {
		pieces := streams().Example(seed)
		chunks := []string{}
		for _, piece := range pieces {
			chunks = append(chunks, hex.EncodeToString(piece))
		}
		input.Streams = append(input.Streams, chunks)
		want = append(want, decode(t, bytes.Join(pieces, nil)))
	}
	stdin, err := json.Marshal(input)
	require.NoError(t, err)
	cmd := node(t, "cases.js")
	cmd.Stdin = bytes.NewReader(stdin)
	got := run(t, cmd)
	require.Equal(t, 0, got.code, got.stderr)
	var found []decoded
	require.NoError(t, json.Unmarshal([]byte(got.stdout), &found))
	assert.Equal(t, want, found)
	seen := map[string]bool{}
	for _, d := range want {
		seen[d.Code] = true
	}
	assert.Len(t, seen, 1+len(codes), "every error was among them")
}

// serve accepts one connection, hands it to f, and closes it.
func serve(t *testing.T, f func(tcp net.Conn)) (addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	done := make(chan struct{})
	go func() {
		defer close(done)
		conn, err := l.Accept()
		if err == nil {
			defer conn.Close()
			f(conn)
		}
	}()
	t.Cleanup(func() {
		l.Close()
		<-done
	})
	return l.Addr().String()
}

// byBytes writes each byte on its own.
type byBytes struct{ net.Conn }

func (c byBytes) Write(p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		_, err = c.Conn.Write(p[n : n+1])
		n++
	}
	return n, err
}

func TestClient(t *testing.T) {
	addr := serve(t, func(tcp net.Conn) {
		conn := frame.NewConn(byBytes{tcp}, frame.Varint{})
		for payload, err := range conn.Frames() {
			assert.NoError(t, err)
			assert.NoError(t, conn.WriteFrame(payload))
		}
	})
	texts := []string{"hello", "", "Hi from Node 👋", strings.Repeat("x", 127), strings.Repeat("é", 64), strings.Repeat("y", 16384)}
	got := run(t, node(t, append([]string{"client.js", addr}, texts...)...))
	assert.Equal(t, result{0, "\"" + strings.Join(texts, "\"\n\"") + "\"\n", ""}, got)
}

func TestHowTheClientFails(t *testing.T) {
	read := func(tcp net.Conn) { tcp.Read(make([]byte, 100)) }
	tests := []struct {
		name, want string
		server     func(tcp net.Conn)
	}{
		{"the server closes", "client: the server has closed the connection after 0 answers\n", read},
		{"it closes inside a frame", "client: frame: the stream ends 2 bytes before the end of a payload\n", func(tcp net.Conn) {
			read(tcp)
			io.WriteString(tcp, "\x05hel")
		}},
		{"it speaks something else", "client: frame: a length has more bytes than it needs\n", func(tcp net.Conn) {
			read(tcp)
			io.WriteString(tcp, "\x80\x00")
			io.Copy(io.Discard, tcp)
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			node(t)
			assert.Equal(t, result{1, "", tt.want}, run(t, node(t, "client.js", serve(t, tt.server), "hello")))
		})
	}
}

func TestServerIsAway(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	_, port, err := net.SplitHostPort(l.Addr().String())
	require.NoError(t, err)
	require.NoError(t, l.Close())
	for _, host := range []string{"127.0.0.1:", "localhost:"} {
		got := run(t, node(t, "client.js", host+port, "hello"))
		assert.Equal(t, result{1, "", "client: cannot connect to " + host + port + ": ECONNREFUSED\n"}, got)
	}
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{nil, {"127.0.0.1:7000"}, {"127.0.0.1", "hello"}, {"127.0.0.1:99999", "hello"}} {
		got := run(t, node(t, append([]string{"client.js"}, args...)...))
		assert.Equal(t, result{2, "", "client: usage: node client.js HOST:PORT TEXT...\n"}, got)
	}
}

func TestInterrupt(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a process cannot be sent an interrupt there")
	}
	read := make(chan struct{})
	addr := serve(t, func(tcp net.Conn) {
		tcp.Read(make([]byte, 100))
		close(read)
		io.Copy(io.Discard, tcp)
	})
	cmd := node(t, "client.js", addr, "hello")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	require.NoError(t, cmd.Start())
	<-read
	require.NoError(t, cmd.Process.Signal(os.Interrupt))
	assert.Error(t, cmd.Wait())
	assert.Equal(t, 130, cmd.ProcessState.ExitCode())
	assert.Equal(t, "client: interrupted\n", stderr.String())
}
