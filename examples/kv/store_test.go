package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/transport"
)

// open opens the store in path.
func open(t *testing.T, path string) *store {
	t.Helper()
	file, err := os.OpenFile(path, os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o600)
	require.NoError(t, err)
	t.Cleanup(func() { file.Close() })
	s, err := openStore(file)
	require.NoError(t, err)
	return s
}

func newStore(t *testing.T) *store { return open(t, filepath.Join(t.TempDir(), "data")) }

func version(n uint64) *uint64 { return &n }

func TestStore(t *testing.T) {
	s := newStore(t)
	tests := []struct {
		name string
		to   change
		code transport.Code
		want entry
	}{
		{"new", change{"a", "1", nil}, transport.OK, entry{"a", "1", 1}},
		{"another", change{"b", "1", version(0)}, transport.OK, entry{"b", "1", 2}},
		{"changed", change{"a", "2", nil}, transport.OK, entry{"a", "2", 3}},
		{"as expected", change{"a", "3", version(3)}, transport.OK, entry{"a", "3", 4}},
		{"not as expected", change{"a", "4", version(3)}, transport.Aborted, entry{}},
		{"expected to be new", change{"a", "4", version(0)}, transport.Aborted, entry{}},
		{"expected to be there", change{"c", "4", version(1)}, transport.Aborted, entry{}},
		{"no key", change{"", "4", nil}, transport.InvalidArgument, entry{}},
		{"longest", change{strings.Repeat("k", maxKey), strings.Repeat("v", maxValue), nil}, transport.OK, entry{strings.Repeat("k", maxKey), strings.Repeat("v", maxValue), 5}},
		{"key too long", change{strings.Repeat("k", maxKey+1), "", nil}, transport.InvalidArgument, entry{}},
		{"value too long", change{"a", strings.Repeat("v", maxValue+1), nil}, transport.InvalidArgument, entry{}},
	}
	for _, tt := range tests {
		got, err := s.put(tt.to)
		assert.Equal(t, tt.code, transport.CodeOf(err), "%s: %v", tt.name, err)
		assert.Equal(t, tt.want, got, tt.name)
	}
	got, err := s.get("a")
	assert.NoError(t, err)
	assert.Equal(t, entry{"a", "3", 4}, got)
	_, err = s.get("nothing")
	assert.Equal(t, transport.NotFound, transport.CodeOf(err))
}

func TestStoreIsFull(t *testing.T) {
	s := newStore(t)
	for i := range maxEntries {
		s.entries[fmt.Sprint(i)] = entry{}
	}
	_, err := s.put(change{"one more", "", nil})
	assert.Equal(t, transport.ResourceExhausted, transport.CodeOf(err))
	_, err = s.put(change{"7", "there already", nil})
	assert.NoError(t, err)
}

// Wherever the file ends, what was acknowledged before is there, and the next change follows it.
func TestStoreOutlivesACrash(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data")
	s := open(t, path)
	sizes := []int{0}
	for i := range 3 {
		_, err := s.put(change{fmt.Sprint("key ", i), "value", nil})
		require.NoError(t, err)
		info, err := os.Stat(path)
		require.NoError(t, err)
		sizes = append(sizes, int(info.Size()))
	}
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	for size := range len(whole) + 1 {
		path := filepath.Join(t.TempDir(), "data")
		require.NoError(t, os.WriteFile(path, whole[:size], 0o600))
		s := open(t, path)
		complete := 0
		for complete < 3 && sizes[complete+1] <= size {
			complete++
		}
		assert.Len(t, s.entries, complete, "%d bytes", size)
		next, err := s.put(change{"next", "value", nil})
		require.NoError(t, err)
		assert.EqualValues(t, complete+1, next.Version)
		assert.Equal(t, s.entries, open(t, path).entries)
	}
}

func TestStoreOfSomethingElse(t *testing.T) {
	for _, text := range []string{"\x80\x00", "\x05hello", "\xff\xff\xff\xff\x7f"} {
		path := filepath.Join(t.TempDir(), "data")
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		file, err := os.Open(path)
		require.NoError(t, err)
		defer file.Close()
		_, err = openStore(file)
		assert.Error(t, err, "%q", text)
	}
}

// What cannot be kept did not happen.
func TestStoreThatCannotWrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data")
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	file, err := os.Open(path) // for reading only
	require.NoError(t, err)
	defer file.Close()
	s, err := openStore(file)
	require.NoError(t, err)
	_, err = s.put(change{"a", "1", nil})
	assert.Equal(t, transport.Internal, transport.CodeOf(err))
	_, err = s.get("a")
	assert.Equal(t, transport.NotFound, transport.CodeOf(err))
}
