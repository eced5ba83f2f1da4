package main

import (
	"cmp"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/demarc-go/demarc/codec"
	"github.com/demarc-go/demarc/frame"
	"github.com/demarc-go/demarc/transport"
)

// The limits of a store.
const (
	maxKey     = 256
	maxValue   = 64 << 10
	maxEntries = 100_000
)

// store has the entries in memory, and each change in a file, one frame behind the other.
type store struct {
	log *frame.Writer

	mu      sync.Mutex
	entries map[string]entry
	version uint64
	changed chan struct{} // closed with the next change
}

// openStore returns the store whose changes are in the file. If the file ends inside a frame, since the machine stopped in the middle of
// writing one, that change was never acknowledged, and is cut off.
func openStore(file *os.File) (*store, error) {
	s := &store{log: frame.NewWriter(file, frame.Varint{}), entries: map[string]entry{}, changed: make(chan struct{})}
	in := frame.NewReader(file, frame.Varint{})
	for payload, err := range in.Frames() {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return s, file.Truncate(in.Offset())
		}
		if err != nil {
			return nil, err
		}
		var e entry
		if err := (codec.Msgpack{}).Decode(payload, &e); err != nil {
			return nil, err
		}
		s.keep(e)
	}
	return s, nil
}

func (s *store) keep(e entry) {
	s.entries[e.Key] = e
	s.version = e.Version
}

func (s *store) get(key string) (entry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, ok := s.entries[key]
	if !ok {
		return entry{}, transport.Errorf(transport.NotFound, "nothing is under %q", key)
	}
	return e, nil
}

// put makes a change. It is in the file before anybody hears of it.
func (s *store) put(c change) (entry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.check(c); err != nil {
		return entry{}, err
	}
	e := entry{c.Key, c.Value, s.version + 1}
	payload, err := codec.Msgpack{}.Append(nil, e)
	if err == nil {
		err = s.log.WriteFrame(payload)
	}
	if err != nil {
		return entry{}, transport.Errorf(transport.Internal, "the change cannot be kept: %v", err)
	}
	s.keep(e)
	close(s.changed)
	s.changed = make(chan struct{})
	return e, nil
}

func (s *store) check(c change) error {
	there, ok := s.entries[c.Key]
	switch {
	case c.Key == "" || len(c.Key) > maxKey:
		return transport.Errorf(transport.InvalidArgument, "a key has 1 to %d bytes", maxKey)
	case len(c.Value) > maxValue:
		return transport.Errorf(transport.InvalidArgument, "a value has at most %d bytes", maxValue)
	case c.If != nil && *c.If != there.Version:
		return transport.Errorf(transport.Aborted, "under %q is version %d, not %d", c.Key, there.Version, *c.If)
	case !ok && len(s.entries) >= maxEntries:
		return transport.Errorf(transport.ResourceExhausted, "the store is full")
	}
	return nil
}

// after returns the entries that somebody with that interest has not seen, in the order of their changes, and what tells when there are
// more.
func (s *store) after(i interest) (unseen []entry, more <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.entries {
		if e.Version > i.After && strings.HasPrefix(e.Key, i.Prefix) {
			unseen = append(unseen, e)
		}
	}
	slices.SortFunc(unseen, func(a, b entry) int { return cmp.Compare(a.Version, b.Version) })
	return unseen, s.changed
}
