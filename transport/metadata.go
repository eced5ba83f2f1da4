package transport

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Metadata goes along with a message, beside it: a token, a trace id, a version. Keys have 1 to 255 characters of printable
// ASCII without space; values are any bytes. A call, an answer and a hello carry at most 100 entries and 16 KiB of them each.
type Metadata map[string]string

const (
	maxMetadata = 16 << 10 // bytes in the entries of one envelope
	maxEntries  = 100
	maxKey      = 255
)

// WithMetadata returns a context whose calls and notifies carry md to the peer, where the handler finds it in [Call].Metadata.
// md must not be changed as long as the context is in use. It takes the place of what an earlier WithMetadata gave, and calls made
// with the context of a handler do not pass on what came to that handler.
func WithMetadata(ctx context.Context, md Metadata) context.Context {
	return context.WithValue(ctx, metadataKey{}, md)
}

// WithReplyMetadata returns a context for one call at a time, which leaves the metadata of its answer in *reply: nil if there are
// none. *reply may be read when the call has returned.
func WithReplyMetadata(ctx context.Context, reply *Metadata) context.Context {
	return context.WithValue(ctx, replyKey{}, reply)
}

type (
	metadataKey struct{}
	replyKey    struct{}
)

// outgoingMetadata returns the entries that the messages of ctx carry.
func outgoingMetadata(ctx context.Context) ([]byte, error) {
	return metadataFrom(ctx).entries()
}

func metadataFrom(ctx context.Context) Metadata {
	md, _ := ctx.Value(metadataKey{}).(Metadata)
	return md
}

// keepReply puts the metadata of an answer where the caller wants it.
func keepReply(ctx context.Context, entries []byte) {
	if reply := replyFrom(ctx); reply != nil {
		*reply = parseMetadata(entries)
	}
}

func replyFrom(ctx context.Context) *Metadata {
	reply, _ := ctx.Value(replyKey{}).(*Metadata)
	return reply
}

// entries returns md as it stands on the wire, without its length: nil if there is nothing.
func (md Metadata) entries() ([]byte, error) {
	if len(md) == 0 {
		return nil, nil
	}
	var dst []byte
	for _, key := range slices.Sorted(maps.Keys(md)) {
		if !isKey(key) {
			return nil, withOutcome(InvalidArgument, NotSent, fmt.Errorf("metadata: %q is no key", key))
		}
		dst = binary.AppendUvarint(dst, uint64(len(key)))
		dst = append(dst, key...)
		dst = binary.AppendUvarint(dst, uint64(len(md[key])))
		dst = append(dst, md[key]...)
	}
	if len(md) > maxEntries || len(dst) > maxMetadata {
		err := fmt.Errorf("%w: %d entries of %d bytes", LimitMetadata, len(md), len(dst))
		return nil, withOutcome(ResourceExhausted, NotSent, err)
	}
	return dst, nil
}

func isKey[T string | []byte](key T) bool {
	for _, c := range []byte(key) {
		if c <= ' ' || c > '~' {
			return false
		}
	}
	return 0 < len(key) && len(key) <= maxKey
}

// metadata reads metadata with their length and checks them. It returns the entries, which are never nil.
func (c *cursor) metadata() []byte {
	size := c.uvarint("length of the metadata", 1<<62)
	if size > maxMetadata {
		c.fail("%w: %d bytes", LimitMetadata, size)
	}
	entries := c.bytes("metadata", size)
	c.err = cmp.Or(c.err, checkEntries(entries))
	return entries
}

// checkEntries checks metadata as they come from the wire.
func checkEntries(entries []byte) error {
	in := cursor{rest: entries}
	var last []byte
	count := 0
	for ; len(in.rest) > 0 && in.err == nil; count++ {
		key, _ := in.entry()
		switch {
		case in.err != nil:
		case !isKey(key):
			in.fail("%q is no key of metadata", key)
		case count > 0 && bytes.Compare(last, key) >= 0:
			in.fail("key %q of the metadata follows %q", key, last)
		}
		last = key
	}
	if count == 0 || count > maxEntries {
		in.fail("%w: %d entries", LimitMetadata, count)
	}
	return in.err
}

// entry reads one entry of metadata.
func (c *cursor) entry() (key, value []byte) {
	key = c.bytes("key of metadata", c.uvarint("length of a key", maxKey))
	value = c.bytes("value of metadata", c.uvarint("length of a value", maxMetadata))
	return key, value
}

// parseMetadata returns what entries, which have been checked, say: nil if they are empty.
func parseMetadata(entries []byte) Metadata {
	if len(entries) == 0 {
		return nil
	}
	md := Metadata{}
	for in := (cursor{rest: entries}); len(in.rest) > 0; {
		key, value := in.entry()
		md[string(key)] = string(value)
	}
	return md
}

// String returns the entries in the order of their keys.
func (md Metadata) String() string {
	var b strings.Builder
	for _, key := range slices.Sorted(maps.Keys(md)) {
		fmt.Fprintf(&b, "%s=%q ", key, md[key])
	}
	return strings.TrimSuffix(b.String(), " ")
}
