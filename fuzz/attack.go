package fuzz

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"runtime"
	"runtime/metrics"
	"testing"
	"time"
)

// An Attack is what a hostile client sends to a server, as data. Each of its
// connections sends Opening, then Piece again and again, and then does what Then
// says. Whatever it is, a good server lives on, serves its other clients as
// before, takes little memory for it, and hangs up in time.
//
// [Attacks] has those that any server must bear, and [DemarcAttacks] those on
// the protocol of Demarc's calls. An Attack of one's own is a value of this type.
type Attack struct {
	// Name is that of the subtest and in reports. About says in a line what the
	// attack is, and what it did to whom.
	Name, About string

	// Conns is how many connections attack at once; 0 means 1.
	Conns int

	// Opening is sent first, in one write. May be nil.
	Opening []byte

	// Piece is sent Times times after that, each in one write, and with the time
	// Pace before each.
	Piece []byte
	Times int
	Pace  time.Duration

	// Deaf says that the attacker reads nothing of what the server sends. It goes
	// on to send Piece now and then, so as to notice when the server hangs up.
	Deaf bool

	// Then is what the attacker does when it has sent all.
	Then Ending
}

// Ending is how an attacker ends.
type Ending int

// The endings.
const (
	// Lurk keeps the connection open and says nothing, until the server hangs up.
	Lurk Ending = iota

	// Finish closes the sending half, as a client that has said all, and waits
	// until the server hangs up.
	Finish

	// CutEverywhere is a connection for each byte of Opening, one after another,
	// which is reset behind that byte. Of a long one, some 500 bytes have to do.
	CutEverywhere
)

// A Target is a server to be attacked, and what is expected of it. Only Dial
// is needed.
type Target struct {
	// Dial connects to the server: [DialListener] for a net.Listener, or the
	// Dial of a [Listener].
	Dial func(ctx context.Context) (net.Conn, error)

	// Probe is what a well-behaved client does, such as a call on a connection
	// of its own, or on one that it keeps. It is called again and again while
	// an attack is under way, and its errors and the time that it takes are
	// held against the server. Nil means to connect and to hang up.
	Probe func(ctx context.Context) error

	// Memory returns how many bytes the server holds. Nil means that nobody
	// knows. [LiveMemory] is for a server in the same process.
	Memory func() uint64

	// Patience is how long the server may take to hang up. It has to be longer
	// than the server's own limits of time. 0 means 30 seconds.
	Patience time.Duration

	// MaxMemory is how many bytes more the server may hold during an attack, for
	// each of its connections; there are 4 MiB for all of them together in any
	// case. 0 means 64 KiB.
	MaxMemory uint64

	// MaxLatency is how long a Probe may take during an attack. 0 means a second.
	MaxLatency time.Duration
}

// freeSiege is the memory that a server may take for an attack whatever its
// connections: buffers that it keeps for all of them, and what its other clients
// have just used.
const freeSiege = 4 << 20

func (t Target) withDefaults() Target {
	if t.Probe == nil {
		t.Probe = t.knock
	}
	if t.Patience <= 0 {
		t.Patience = 30 * time.Second
	}
	if t.MaxMemory == 0 {
		t.MaxMemory = 64 << 10
	}
	if t.MaxLatency <= 0 {
		t.MaxLatency = time.Second
	}
	return t
}

// knock connects and hangs up.
func (t Target) knock(ctx context.Context) error {
	conn, err := t.Dial(ctx)
	if err != nil {
		return err
	}
	return conn.Close()
}

// Attack makes attacks, one after another, and reports how the server bears
// them. It takes as long as the server takes to hang up, at most Patience for
// each and a little. It stops early if ctx ends or the server is dead. It works in
// the bubble of testing/synctest, if the server's connections do. Attack panics if
// Dial is nil.
func (t Target) Attack(ctx context.Context, attacks ...Attack) AttackReport {
	if t.Dial == nil {
		panic("fuzz: Target.Dial is nil")
	}
	t = t.withDefaults()
	var report AttackReport
	for _, a := range attacks {
		if ctx.Err() != nil {
			break
		}
		result := t.attack(ctx, a)
		report.Results = append(report.Results, result)
		if !result.Survived {
			break
		}
	}
	return report
}

// TestServer makes attacks, one after another. Each is a subtest, which fails if
// the server does not bear it:
//
//	fuzz.TestServer(t, fuzz.Target{Dial: fuzz.DialListener(listener)}, fuzz.Attacks(nil, nil)...)
func TestServer(t *testing.T, target Target, attacks ...Attack) {
	t.Helper()
	for _, a := range attacks {
		t.Run(a.Name, func(t *testing.T) {
			t.Helper()
			for _, result := range target.Attack(t.Context(), a).Results {
				for _, failure := range result.Failures {
					t.Errorf("%s (%s): %s", a.Name, a.About, failure)
				}
			}
		})
	}
}

// DialListener returns a function that connects to the address of l, for
// [Target]. For a [Listener] it is its Dial.
func DialListener(l net.Listener) func(ctx context.Context) (net.Conn, error) {
	if l, ok := l.(*Listener); ok {
		return l.Dial
	}
	return func(ctx context.Context) (net.Conn, error) {
		var dialer net.Dialer
		return dialer.DialContext(ctx, l.Addr().Network(), l.Addr().String())
	}
}

// LiveMemory returns how many bytes this process holds in its heap and in the
// stacks of its goroutines, after a garbage collection. It is for the Memory of
// a [Target] in the same process, and then also counts what the attackers hold, some
// 40 KiB for each connection.
func LiveMemory() uint64 {
	runtime.GC()
	samples := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/stacks:bytes"}}
	metrics.Read(samples)
	return samples[0].Value.Uint64() + samples[1].Value.Uint64()
}

// conns returns how many connections there are at once.
func (a Attack) conns() int { return max(1, a.Conns) }

// times returns the attack with size bytes of piece behind its opening.
func (a Attack) times(piece string, size int) Attack {
	most := max(1, 32<<10/len(piece))
	a.Piece = bytes.Repeat([]byte(piece), most)
	a.Times = (size + len(a.Piece) - 1) / len(a.Piece)
	return a
}

// String names the attack, and says what it is about.
func (a Attack) String() string { return fmt.Sprintf("%s: %s", a.Name, a.About) }
