package transport

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/internal/drive"
)

// FuzzEnvelope parses any bytes as an envelope, a hello, metadata and a preface. What is taken is written in the same bytes
// again, a hello in bytes that mean the same; the rest is refused as what it is, and nothing
// panics. The targets for whole connections are in the package fuzz.
func FuzzEnvelope(f *testing.F) {
	target := drive.New(f)
	for _, seed := range []string{
		preface, "\x03\x01\x00\x04echo\xa2hi", "\x13\x01\x05\x01a\x03xyz\x00\x04echo", "\x04\x01\xa2hi", "\x05\x01\x05gone", "\x05\x01\x00", "\x09\x01\x80\x01",
		"\x01\x07msgpack\x02\x01\x40\x03\x02\x80\x01", "\x01\x00\x08\x03\x01a\x00", "\x0c\x05\x0ebye", "\x0a\x07", "\x80\x01", "\xd3DEMARC\x02",
	} {
		target.Add([]byte(seed))
	}
	target.Fuzz(func(t *testing.T, p []byte) {
		requireEnvelope(t, p)
		requireHello(t, p)
		requireMetadata(t, p)
		if err := readPreface(bytes.NewReader(p)); err == nil {
			require.True(t, bytes.HasPrefix(p, []byte(preface)))
		} else if len(p) > 0 {
			require.ErrorIs(t, err, ErrStranger)
		}
	})
}

func requireEnvelope(t *testing.T, p []byte) {
	e, err := parse(p)
	switch {
	case err != nil:
		require.ErrorIs(t, err, ErrProtocol)
	case !e.kind.optional(): // of which nothing but the kind is read
		require.Equal(t, p, e.append(nil))
	}
}

func requireHello(t *testing.T, p []byte) {
	h, err := parseHello(p)
	if err != nil {
		require.ErrorIs(t, err, ErrProtocol)
		return
	}
	again, err := parseHello(h.append(nil))
	require.NoError(t, err)
	require.Equal(t, h, again.like(h))
}

// like returns h with the difference gone between no bytes and none that were sent.
func (h hello) like(other hello) hello {
	if len(h.credentials) == 0 && len(other.credentials) == 0 {
		h.credentials = other.credentials
	}
	if len(h.metadata) == 0 && len(other.metadata) == 0 {
		h.metadata = other.metadata
	}
	return h
}

func requireMetadata(t *testing.T, p []byte) {
	if err := checkEntries(p); err != nil {
		require.ErrorIs(t, err, ErrProtocol)
		return
	}
	entries, err := parseMetadata(p).entries()
	if len(p) > maxMetadata {
		require.ErrorIs(t, err, LimitMetadata)
		return
	}
	require.NoError(t, err)
	require.Equal(t, p, entries)
}
