package fuzz_test

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"sync"

	"github.com/demarc-go/demarc/frame"
)

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
