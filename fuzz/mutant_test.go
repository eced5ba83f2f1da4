package fuzz_test

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
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

// appendTrampling puts the frame together in the spare capacity of the payload.
func appendTrampling(dst, payload []byte) ([]byte, error) {
	trailer := append(payload, 0)
	return append(binary.AppendUvarint(dst, uint64(len(payload))), trailer[:len(payload)]...), nil
}

func appendShort(dst, payload []byte) ([]byte, error) {
	return append(binary.BigEndian.AppendUint16(dst, uint16(len(payload))), payload...), nil
}

func readShorts(conn net.Conn) func() ([]byte, error) {
	return frame.NewReader(conn, layout(frame.Layout{Width: 2})).ReadFrame
}

func appendLine(dst, payload []byte) ([]byte, error) {
	if bytes.ContainsAny(payload, "\n") {
		return dst, errors.New("no line")
	}
	return append(append(dst, payload...), '\n'), nil
}

func appendAnyLine(dst, payload []byte) ([]byte, error) {
	return append(append(dst, payload...), '\n'), nil
}

func appendCRLF(dst, payload []byte) ([]byte, error) {
	if bytes.Contains(append(payload[:len(payload):len(payload)], '\r', '\n')[:len(payload)+1], []byte("\r\n")) {
		return dst, errors.New("no line")
	}
	return append(append(dst, payload...), "\r\n"...), nil
}

func readLines(conn net.Conn) func() ([]byte, error) {
	return frame.NewReader(conn, frame.Delimiter{}).ReadFrame
}

// readCRLF looks for the delimiter in each piece by itself.
func readCRLF(conn net.Conn) func() ([]byte, error) {
	var frames [][]byte
	var line []byte
	p := make([]byte, 4096)
	return func() ([]byte, error) {
		for len(frames) == 0 {
			n, err := conn.Read(p)
			for piece := p[:n]; len(piece) > 0; {
				before, after, found := bytes.Cut(piece, []byte("\r\n"))
				line, piece = append(line, before...), after
				if found {
					frames, line = append(frames, line), nil
				}
			}
			if len(frames) == 0 && err != nil {
				return nil, cutOff(err, line)
			}
		}
		frame := frames[0]
		frames = frames[1:]
		return frame, nil
	}
}

func cutOff(err error, line []byte) error {
	if err == io.EOF && len(line) > 0 {
		return io.ErrUnexpectedEOF
	}
	return err
}

// readWith reads lines, and does with the last bytes what atEnd wants. Unless it
// rescans, it looks at each byte once.
func readWith(conn net.Conn, rescans bool, atEnd func(buf []byte, err error) ([]byte, error)) func() ([]byte, error) {
	var buf []byte
	var late error
	seen, p := 0, make([]byte, 512)
	return func() ([]byte, error) {
		for {
			if i := bytes.IndexByte(buf[seen:], '\n'); i >= 0 {
				line := buf[: seen+i : seen+i]
				buf, seen = buf[seen+i+1:], 0
				return line, nil
			}
			if !rescans {
				seen = len(buf)
			}
			if late != nil {
				line, err := atEnd(buf, late)
				buf, seen = nil, 0
				return line, err
			}
			n, err := conn.Read(p)
			buf, late = append(buf, p[:n]...), err
		}
	}
}

// readRescanning looks at every byte again with every read.
func readRescanning(conn net.Conn) func() ([]byte, error) {
	return readWith(conn, true, func(buf []byte, err error) ([]byte, error) { return nil, cutOff(err, buf) })
}

func readAllButOne(conn net.Conn) func() ([]byte, error) {
	return readWith(conn, false, func(buf []byte, err error) ([]byte, error) {
		if len(buf) > 1 && err == io.EOF {
			return buf[:len(buf)-1], nil
		}
		return nil, err
	})
}

func readLinesTo(conn net.Conn) func() ([]byte, error) {
	return readWith(conn, false, func(buf []byte, err error) ([]byte, error) {
		if len(buf) > 0 && err != io.EOF {
			return buf, nil
		}
		return nil, cutOff(err, buf)
	})
}

// readAhead reads in a goroutine, which nobody tells to stop.
func readAhead(conn net.Conn) func() ([]byte, error) {
	type result struct {
		line []byte
		err  error
	}
	results := make(chan result)
	go func() {
		next := readLines(conn)
		for {
			line, err := next()
			results <- result{bytes.Clone(line), err}
			if err != nil {
				close(results)
				return
			}
		}
	}()
	last := result{err: io.EOF}
	return func() ([]byte, error) {
		if r, ok := <-results; ok {
			last = r
		}
		return last.line, last.err
	}
}

// readDeaf waits for a goroutine that says nothing when it is closed.
func readDeaf(conn net.Conn) func() ([]byte, error) {
	lines := make(chan []byte, 100)
	var end error
	once := sync.OnceFunc(func() {
		go func() {
			next := readLines(conn)
			for {
				line, err := next()
				if errors.Is(err, net.ErrClosed) {
					return
				}
				if err != nil {
					end = err
					close(lines)
					return
				}
				lines <- bytes.Clone(line)
			}
		}()
	})
	return func() ([]byte, error) {
		once()
		if line, ok := <-lines; ok {
			return line, nil
		}
		return nil, end
	}
}

var tails = framing{name: "tails", Framing: frame.Delimiter{Tail: true}}.format(func(*frame.Reader) {})

var slip = framing{name: "SLIP", Framing: frame.SLIP{}}.format(func(*frame.Reader) {})

// readSLIP takes an END behind an ESC for a byte of the payload.
func readSLIP(conn net.Conn) func() ([]byte, error) {
	r := bufio.NewReader(conn)
	unstuff := map[byte]byte{0xdc: 0xc0, 0xdd: 0xdb}
	return func() ([]byte, error) {
		payload := []byte{}
		for escaped := false; ; {
			b, err := r.ReadByte()
			switch plain, ok := unstuff[b]; {
			case err != nil && len(payload) == 0 && !escaped:
				return nil, err
			case err != nil:
				return nil, cutOff(err, []byte{b})
			case escaped && ok:
				payload, escaped = append(payload, plain), false
			case escaped:
				payload, escaped = append(payload, b), false
			case b == 0xdb:
				escaped = true
			case b == 0xc0 && len(payload) > 0:
				return payload, nil
			case b != 0xc0:
				payload = append(payload, b)
			}
		}
	}
}
