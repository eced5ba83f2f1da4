package fuzz_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
	"time"

	"github.com/demarc-go/demarc/fuzz"
)

// lengths is the format of careful, with an encoder that has a limit: a length byte, and so many bytes of payload.
var lengths = fuzz.Format{
	Name: "lengths",
	Reader: func(conn net.Conn) func() ([]byte, error) {
		r := bufio.NewReader(conn)
		return func() ([]byte, error) {
			p, err := careful(r)
			return []byte(p), err
		}
	},
	Append: func(dst, payload []byte) ([]byte, error) {
		if len(payload) > 255 {
			return dst, errors.New("too long")
		}
		return append(append(dst, byte(len(payload))), payload...), nil
	},
}

// One description of a parser serves a test, a fuzz target, and single cases: here the last. In a test it is
//
//	func TestLengths(t *testing.T) { fuzz.TestFormat(t, lengths) }
func ExampleFormat() {
	frames, err := lengths.Read([]byte("\x02hi\x05hello"))
	fmt.Printf("%q %v\n", frames, err)
	report := fuzz.Run(lengths, []byte("\x02hi\x05hello"), fuzz.Plan{1, fuzz.Repeat})
	fmt.Println(report.OK(), report)
	// Output:
	// ["hi" "hello"] EOF
	// true lengths: ok
}

// naiveLengths is the same format, read as if one read gave one frame.
func naiveLengths() fuzz.Format {
	format := lengths
	format.Name = "naive"
	format.Reader = func(conn net.Conn) func() ([]byte, error) {
		return func() ([]byte, error) {
			p, err := naive(conn)
			return []byte(p), err
		}
	}
	return format
}

// A finding says what had to come, what came, and how to see it again.
func ExampleFinding() {
	for _, finding := range fuzz.Run(naiveLengths(), []byte("\x02hi"), fuzz.SplitAt(2)).Findings {
		fmt.Println("want:  ", finding.Want)
		fmt.Println("got:   ", finding.Got)
		fmt.Println("replay:", finding.Replay)
	}
	// Output:
	// want:   "hi", io.EOF, as in one piece
	// got:    "h", "", io.EOF
	// replay: fuzz.Run(format, []byte("\x02hi"), fuzz.Plan{2})
}

// An oracle is a law that was broken, and the name of a subtest.
func ExampleOracle() {
	for _, finding := range fuzz.Run(naiveLengths(), []byte("\x02hi"), fuzz.SplitAt(2)).Findings {
		var law fuzz.Oracle = finding.Oracle
		fmt.Printf("go test -run 'TestNaive/.*/%s'\n", law)
	}
	// Output: go test -run 'TestNaive/.*/split'
}

// A step is a number of bytes, a fault, or both.
func ExampleStep() {
	r := fuzz.NewReader(bytes.NewReader([]byte("hello")), fuzz.Plan{2, 1 + fuzz.Timeout, fuzz.EOF})
	for range 4 {
		p := make([]byte, 10)
		n, err := r.Read(p)
		fmt.Printf("%q %v\n", p[:n], err)
	}
	var step fuzz.Step = 1 + fuzz.Timeout
	fmt.Println(step.String())
	// Output:
	// "he" <nil>
	// "l" i/o timeout
	// "" EOF
	// "" EOF
	// 1 + fuzz.Timeout
}

// Streams draws what a parser is to find in a stream together with the stream. In a test it is drawn with rapid.Check; here by hand.
func ExampleStream() {
	var stream fuzz.Stream = fuzz.Streams(lengths.Append, 300).Example(1)
	frames, err := lengths.Read(stream.Wire)
	fmt.Println(len(frames) == len(stream.Payloads), err)
	fmt.Println(bytes.Equal(bytes.Join(stream.Frames, nil), stream.Wire))
	// Output:
	// true EOF
	// true
}

// Plans and payloads are drawn, and a failure is shrunk to the shortest of each.
func ExamplePlans() {
	payload := fuzz.Payloads(255).Example(1)
	plan := fuzz.Plans().Example(1)
	stream, _ := lengths.Append(nil, payload)
	got, err := careful(fuzz.NewReader(bytes.NewReader(stream), plan))
	fmt.Println(got == string(payload), err)
	// Output: true <nil>
}

// A write that takes a part and says nothing, and one that fails in the middle.
func ExampleNewWriter() {
	w := fuzz.NewWriter(new(bytes.Buffer), fuzz.Plan{3, 2 + fuzz.Timeout})
	for range 3 {
		n, err := w.Write([]byte("hello"))
		fmt.Println(n, err)
	}
	// Output:
	// 3 <nil>
	// 2 i/o timeout
	// 5 <nil>
}

// The other end crashes, after it has taken some of what was written.
func ExampleConn() {
	a, b := fuzz.Pipe()
	_ = a.SetReadBuffer(100)                // what b writes beyond it waits
	a.SetWritePlan(fuzz.Plan{2, fuzz.Rest}) // a's first write ends after two bytes
	n, err := a.Write([]byte("hello"))
	fmt.Println(n, err)

	_ = b.SetDeadline(time.Now().Add(-time.Second)) // both of SetReadDeadline and SetWriteDeadline
	_, err = b.Read(make([]byte, 10))
	fmt.Println(errors.Is(err, os.ErrDeadlineExceeded))
	_ = b.SetReadDeadline(time.Time{})
	_ = b.SetWriteDeadline(time.Time{})

	fmt.Println(b.LocalAddr(), "crashes")
	b.Reset()
	_, err = a.Read(make([]byte, 10))
	fmt.Println(errors.Is(err, syscall.ECONNRESET))
	// Output:
	// 2 <nil>
	// true
	// pipe:2 crashes
	// true
}

// Each client has an address of its own.
func ExampleListener_Addr() {
	ln := new(fuzz.Listener)
	fmt.Println(ln.Addr().Network(), ln.Addr())
	fmt.Println(ln.Close())
	// Output:
	// pipe pipe:0
	// <nil>
}

// A server is attacked, and what it costs is measured. In a test it is
//
//	fuzz.TestServer(t, target, fuzz.Attacks(nil, nil)...)
func ExampleAttackReport() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer listener.Close()
	go serve(listener, func(conn net.Conn) { conn.Close() }) // a server that is rid of everybody at once
	target := fuzz.Target{Dial: fuzz.DialListener(listener), Memory: fuzz.LiveMemory}
	var report fuzz.AttackReport = target.Attack(context.Background(), fuzz.Attack{Name: "noise", Opening: []byte("\xff\x00\xff")})
	fmt.Println(report.OK(), len(report.Results))
	// Output: true 1
}

// Of each attack: what it did, whether the server lives, how many connections it has ended, and what is wrong.
func ExampleAttackResult() {
	listener := new(fuzz.Listener)
	defer listener.Close()
	go serve(listener, func(conn net.Conn) { conn.Close() })
	report := fuzz.Target{Dial: listener.Dial}.Attack(context.Background(), fuzz.Attack{Name: "silence", Conns: 3})
	var result fuzz.AttackResult = report.Results[0]
	fmt.Println(result.Attack, result.Survived, result.Conns, result.Closed, result.Failures)
	// Output: silence true 3 3 []
}

// Having sent all, an attacker stays, or says that nothing more comes. Or it breaks the connection, once for each place between two bytes.
func ExampleEnding() {
	listener := new(fuzz.Listener)
	defer listener.Close()
	go serve(listener, func(conn net.Conn) {
		_, _ = conn.Read(make([]byte, 10))
		conn.Close()
	})
	target := fuzz.Target{Dial: listener.Dial}
	for _, ending := range []fuzz.Ending{fuzz.Lurk, fuzz.Finish, fuzz.CutEverywhere} {
		report := target.Attack(context.Background(), fuzz.Attack{Name: "a length", Opening: []byte("\x80\x80\x04"), Then: ending})
		fmt.Println(report.Results[0].Conns, report.OK())
	}
	// Output:
	// 1 true
	// 1 true
	// 4 true
}
