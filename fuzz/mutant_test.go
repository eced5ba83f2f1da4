package fuzz_test

import (
	"encoding/binary"
	"io"
	"net"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/demarc-go/demarc/frame"
	"github.com/demarc-go/demarc/fuzz"
)

// handFormat is what the hand says of itself: all there is to claim.
func handFormat(name string, h hand) fuzz.Format {
	return fuzz.Format{
		Name:   name,
		Reader: h.reader,
		Append: appendVarint,
		Writer: writer{}.over,
		Max:    handMax, TooLarge: errLarge, Errors: []error{errPrefix},
		Resumes: true, Sticky: true, GivesUp: true, Exact: true, Owned: true, Canonical: true, Wary: true, Shared: true,
	}
}

func appendVarint(dst, payload []byte) ([]byte, error) {
	return append(binary.AppendUvarint(dst, uint64(len(payload))), payload...), nil
}

// A writer writes frames with a varint in front, with care, unless it is a
// mutant.
type writer struct {
	believes bool // a short write without an error is a whole one
	goesOn   bool // after a write that failed half-way, others follow
	twice    bool // prefix and payload are written one after the other, without a lock
}

func (w writer) over(conn net.Conn) func(payload []byte) error {
	var turn sync.Mutex
	var failed error
	return func(payload []byte) error {
		wire, _ := appendVarint(nil, payload)
		if w.twice {
			head := len(wire) - len(payload)
			_, err := conn.Write(wire[:head])
			if err == nil {
				_, err = conn.Write(payload)
			}
			return err
		}
		turn.Lock()
		defer turn.Unlock()
		if failed != nil {
			return failed
		}
		n, err := conn.Write(wire)
		if err == nil && n < len(wire) && !w.believes {
			err = io.ErrShortWrite
		}
		if !w.goesOn {
			failed = err
		}
		return err
	}
}

// The harness passes the hand, which has no fault.
func TestCorrectReaderPasses(t *testing.T) {
	t.Parallel()
	fuzz.TestFormat(t, handFormat("hand", hand{}))
}

// A mutant is a parser with one fault, and the oracle that has to say so.
type mutant struct {
	fault  string // what it does, and who did
	format fuzz.Format
	oracle fuzz.Oracle
	also   []fuzz.Oracle // that cannot but see it too
}

func handMutant(fault string, oracle fuzz.Oracle, h hand) mutant {
	return mutant{fault: fault, format: handFormat("mutant", h), oracle: oracle}
}

func lineMutant(fault string, oracle fuzz.Oracle, format fuzz.Format) mutant {
	format.Name = "mutant"
	return mutant{fault: fault, format: format, oracle: oracle}
}

// seenBy returns the mutant with oracles that see the same fault from another side.
func (m mutant) seenBy(also ...fuzz.Oracle) mutant {
	m.also = also
	return m
}

// but returns the mutant with other claims.
func (m mutant) but(change func(f *fuzz.Format)) mutant {
	change(&m.format)
	return m
}

func mutants() []mutant {
	noLimit := func(f *fuzz.Format) { f.Max, f.TooLarge = 0, nil }
	return []mutant{
		handMutant("length of 2^32 is 0 (Netty)", "canonical", hand{wraps: true}),
		handMutant("padded lengths are taken", "canonical", hand{padded: true}),
		handMutant("four continuation bytes at the end of a read are an error (Netty)", "split", hand{fourBytes: true}).
			but(func(f *fuzz.Format) { f.Exact = false }),
		handMutant("timeout in the payload makes a frame of its rest (go-msgio)", "resume", hand{forgetBody: true}),
		handMutant("timeout in the prefix loses its bytes (go-msgio)", "resume", hand{forgetHead: true}),
		handMutant("timeouts are kept back", "resume", hand{patient: true}),
		handMutant("no limit, and the memory that is announced (aptos-go-sdk)", "memory", hand{unlimited: true}).but(noLimit),
		handMutant("length with the highest bit panics (jrpc2)", "panic", hand{panics: true}),
		handMutant("read of nothing is a frame (netstring)", "progress", hand{emptyRead: true}).seenBy("failure"),
		handMutant("reads of nothing are repeated for ever (netstring)", "progress", hand{spins: true}),
		handMutant("bytes together with io.EOF are lost (netstring)", "end", hand{dropsLast: true}),
		handMutant("end right behind the prefix is a clean one (tokio)", "end", hand{cleanCut: true}),
		handMutant("reset is taken for the end", "failure", hand{swallows: true}),
		handMutant("reading goes on behind a bad prefix (tokio, auto-mobile)", "sticky", hand{goesOn: true}),
		handMutant("encoder's largest frame is refused (tokio)", "limit", hand{exactly: true}),
		handMutant("limit is one too many", "limit", hand{oneMore: true}),
		handMutant("frame is overwritten by the next (goframe)", "view", hand{aliases: true}),
		handMutant("frame is given to another reader (go-buffer-pool)", "view", hand{pools: true}),
		handMutant("bytes behind the frame are taken (tokio-io)", "overread", hand{overreads: true}),
		handMutant("short write is taken for a whole one", "write", hand{}).but(func(f *fuzz.Format) { f.Writer = writer{believes: true}.over }),
		handMutant("writing goes on behind half a frame", "write", hand{}).but(func(f *fuzz.Format) { f.Writer = writer{goesOn: true}.over }),
		handMutant("prefix and payload of two writers mix (gRPC)", "write", hand{}).but(func(f *fuzz.Format) { f.Writer = writer{twice: true}.over }),
		handMutant("encoder writes behind the payload (gnet)", "encoder", hand{}).but(func(f *fuzz.Format) { f.Append = appendTrampling; f.Writer, f.Wary, f.Shared = nil, false, false }),
		lineMutant("length is cut to fit two bytes (tokio)", "roundtrip", fuzz.Format{Reader: readShorts, Append: appendShort}),
		lineMutant("delimiter that is cut is missed (go-netty)", "split", fuzz.Format{Reader: readCRLF, Append: appendCRLF}).seenBy("failure"),
		lineMutant("frame is searched again from its start with each byte (Netty)", "linear", fuzz.Format{Reader: readRescanning, Append: appendLine}),
		lineMutant("payload with a delimiter is written (tokio, goframe)", "roundtrip", fuzz.Format{Reader: readLines, Append: appendAnyLine}),
		lineMutant("last byte without a delimiter is lost (jrpc2)", "model", fuzz.Format{Reader: readAllButOne, Append: appendLine, Tail: true, Model: tails.Read}),
		lineMutant("half a line is a line when the source fails (bufio)", "failure", fuzz.Format{Reader: readLinesTo, Append: appendLine}),
		lineMutant("goroutine waits for ever to hand over a frame", "leak", fuzz.Format{Reader: readAhead, Append: appendLine}),
		lineMutant("call that waits does not hear of Close", "hang", fuzz.Format{Reader: readDeaf, Append: appendLine}),
		lineMutant("ESC before END joins two packets (Lobaro)", "model", fuzz.Format{Reader: readSLIP, Append: frame.SLIP{}.AppendFrame, Model: slip.Read}),
	}
}

// Every mutant is caught, by the oracle that names its fault, and by nothing
// that would lead elsewhere.
func TestMutantsAreCaught(t *testing.T) {
	concurrent := []fuzz.Oracle{"leak", "hang", "view", "write"}
	for _, m := range mutants() {
		t.Run(m.fault, func(t *testing.T) {
			if fuzz.RaceEnabled && !slices.Contains(concurrent, m.oracle) {
				t.Skip("one goroutine does all, in which the race detector sees nothing new")
			}
			t.Parallel()
			found, _ := fuzz.Findings(t, m.format)
			oracles := map[fuzz.Oracle]int{}
			for _, f := range found {
				oracles[f.Oracle]++
			}
			assert.Contains(t, oracles, m.oracle)
			for oracle := range oracles {
				assert.Contains(t, append(m.also, m.oracle), oracle, "%v", found)
			}
		})
	}
}
