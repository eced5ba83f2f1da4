package transport

import (
	"encoding/binary"
	"fmt"
)

// cursor reads the fields of an envelope one after another; the first error stays.
type cursor struct {
	rest []byte
	err  error
}

func (c *cursor) fail(format string, args ...any) {
	if c.err == nil {
		c.err = protocolError("malformed envelope: %w", fmt.Errorf(format, args...))
	}
}

// uvarint reads a varint in minimal form, of at most max.
func (c *cursor) uvarint(field string, max uint64) uint64 {
	if len(c.rest) > 0 && c.rest[0] < 0x80 && uint64(c.rest[0]) <= max { // most are so small
		v := uint64(c.rest[0])
		c.rest = c.rest[1:]
		return v
	}
	v, n := binary.Uvarint(c.rest)
	switch {
	case n <= 0:
		c.fail("%s is no varint", field)
		return 0
	case n > 1 && c.rest[n-1] == 0:
		c.fail("%s is not in minimal form", field)
		return 0
	case v > max:
		c.fail("%s is %d, more than %d", field, v, max)
		return 0
	}
	c.rest = c.rest[n:]
	return v
}

// bytes reads n bytes, a view into what is read.
func (c *cursor) bytes(field string, n uint64) []byte {
	if n > uint64(len(c.rest)) {
		c.fail("%s has %d bytes, and only %d are left", field, n, len(c.rest))
		return nil
	}
	p := c.rest[:n:n]
	c.rest = c.rest[n:]
	return p
}

// end fails if something is left.
func (c *cursor) end(field string) {
	if len(c.rest) > 0 {
		c.fail("%d bytes follow the %s", len(c.rest), field)
	}
}
