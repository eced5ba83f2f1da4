package fuzz_test

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"sync"

	"github.com/demarc-go/demarc/fuzz"
)

// A hand is a reader of frames with a varint in front, as one would write it who
// takes care. It knows nothing of Demarc. Each field but the last ones is a
// fault that a library had: with it set, the hand is a mutant.
type hand struct {
	wraps      bool // a length of 2^32 is 0
	padded     bool // lengths may have needless bytes
	fourBytes  bool // four continuation bytes at the end of a read are an error
	forgetBody bool // a timeout in the payload: the rest of it is the next frame
	forgetHead bool // a timeout in the prefix: its bytes are lost
	greedy     bool // memory for a payload is taken as soon as its length is known
	unlimited  bool // there is no limit
	panics     bool // a length with the highest bit set is a negative one
	emptyRead  bool // a read of nothing is a frame of nothing
	spins      bool // reads of nothing are repeated for ever
	dropsLast  bool // bytes that come together with io.EOF are lost
	cleanCut   bool // the end of the stream right behind the prefix is a clean one
	swallows   bool // an error of the source is taken for the end
	patient    bool // timeouts are not returned, but read on
	goesOn     bool // the call after an error reads on behind the bad prefix
	exactly    bool // a payload of the limit is too large
	oneMore    bool // a payload of one byte more than the limit is not
	aliases    bool // frames are parts of the buffer, which is used again
	pools      bool // the buffer of the last frame is given to others too early
	overreads  bool // it reads as much as there is

	src  io.Reader
	buf  []byte
	late error // came together with bytes
	err  error // every call returns it from now on
}

const handMax = 1000

var (
	errLarge  = errors.New("too large")
	errPrefix = errors.New("bad prefix")
)

func (h hand) reader(conn net.Conn) func() ([]byte, error) {
	h.src = conn
	return h.next
}

func (h *hand) next() ([]byte, error) {
	for h.err == nil {
		size, head, err := h.length()
		if err != nil {
			return nil, h.fail(err)
		}
		if head > 0 && len(h.buf)-head >= size {
			return h.take(head, size), nil
		}
		empty, err := h.fill(head, size)
		if err != nil {
			return nil, h.ended(err, head)
		}
		if empty && h.emptyRead {
			return nil, nil
		}
	}
	return nil, h.err
}

// length returns the length of the payload and of the prefix, or 0 if that is
// not complete.
func (h *hand) length() (size, head int, err error) {
	n, head := binary.Uvarint(h.buf)
	switch {
	case head < 0:
		return 0, 0, errPrefix
	case head == 0 && len(h.buf) == 4 && h.fourBytes:
		return 0, 0, errPrefix
	case head == 0:
		return 0, 0, nil
	case head > 1 && h.buf[head-1] == 0 && !h.padded:
		return 0, 0, errPrefix
	}
	if h.wraps {
		n = uint64(uint32(n))
	}
	limit := uint64(handMax)
	if h.exactly {
		limit--
	}
	if h.oneMore {
		limit++
	}
	if h.panics && int64(n) < 0 {
		return 0, 0, errors.New(string(h.buf[int64(n):]))
	}
	if n > limit && !h.unlimited {
		return 0, 0, errLarge
	}
	if (h.greedy || h.unlimited) && head == len(h.buf) {
		reserve(n)
	}
	return int(n), head, nil
}

// reserved keeps the compiler from leaving the memory out.
var reserved []byte

func reserve(n uint64) { reserved = make([]byte, n) }

func (h *hand) take(head, size int) []byte {
	frame := h.buf[head : head+size]
	if h.pools {
		pooled := pool.Get().(*[]byte)
		*pooled = append((*pooled)[:0], frame...)
		defer pool.Put(pooled)
		frame = *pooled
	} else if !h.aliases {
		frame = append([]byte{}, frame...)
	}
	h.buf = h.buf[head+size:]
	return frame
}

var pool = sync.Pool{New: func() any { return new([]byte) }}

// fill reads what is missing, or up to the end of the prefix one byte.
func (h *hand) fill(head, size int) (empty bool, err error) {
	if h.late != nil {
		return false, h.late
	}
	missing := 1
	if head > 0 {
		missing = min(head+size-len(h.buf), 4096)
	}
	if h.overreads || h.fourBytes {
		missing = 4096
	}
	old := len(h.buf)
	if h.aliases { // moved to the front of the same memory
		h.buf = append(aliased[:0], h.buf...)
	}
	h.buf = append(h.buf, make([]byte, missing)...)
	n, err := h.read(h.buf[old:])
	h.buf = h.buf[:old+n]
	if n > 0 && err != nil && !(h.dropsLast && err == io.EOF) {
		h.late, err = err, nil
	}
	return n == 0, err
}

var aliased = make([]byte, 0, 1<<16)

func (h *hand) read(p []byte) (n int, err error) {
	for range 100 {
		n, err = h.src.Read(p)
		for h.spins && n == 0 && err == nil {
			n, err = h.src.Read(p)
		}
		if n > 0 || err != nil && !(h.patient && transient(err)) || h.emptyRead {
			return n, err
		}
	}
	return n, io.ErrNoProgress
}

func transient(err error) bool {
	var timeout net.Error
	return errors.Is(err, fuzz.ErrTransient) || errors.As(err, &timeout) && timeout.Timeout()
}

// ended deals with an error of the source.
func (h *hand) ended(err error, head int) error {
	h.late = nil
	switch {
	case transient(err):
		if h.forgetHead && head == 0 {
			h.buf = nil
		}
		if h.forgetBody && head > 0 {
			rest, _ := binary.Uvarint(h.buf)
			h.buf = binary.AppendUvarint(nil, rest-uint64(len(h.buf)-head))
		}
		return err
	case h.swallows && err != io.EOF:
		return h.fail(io.EOF)
	case err != io.EOF:
		return err
	case len(h.buf) == 0 || h.cleanCut && len(h.buf) == head || h.dropsLast:
		return h.fail(io.EOF)
	}
	return h.fail(io.ErrUnexpectedEOF)
}

// fail makes err the end, unless it goes on behind the prefix.
func (h *hand) fail(err error) error {
	if h.goesOn && len(h.buf) > 0 {
		h.buf = h.buf[1:]
		return err
	}
	h.err = err
	return err
}
