package fuzz_test

import (
	"bytes"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/demarc-go/demarc/fuzz"
)

// inBubble runs test with the ends of a pipe in a bubble of testing/synctest.
// The bubble fails the test if a goroutine is left at the end.
func inBubble(t *testing.T, test func(t *testing.T, a, b *fuzz.Conn)) {
	synctest.Test(t, func(t *testing.T) {
		a, b := fuzz.Pipe()
		defer b.Close()
		defer a.Close()
		test(t, a, b)
	})
}

// result is what a Read or Write returned, and when.
type result struct {
	n     int
	err   error
	after time.Duration
	bytes string
}

// begin calls f, a Read or Write, in a goroutine that is blocked, or has put
// its result into the channel, when begin returns.
func begin(f func([]byte) (int, error), p []byte) <-chan result {
	results := make(chan result, 1)
	start := time.Now()
	go func() {
		n, err := f(p)
		results <- result{n, err, time.Since(start), string(p[:n])}
	}()
	synctest.Wait()
	return results
}

// requireBlocked fails the test if there is a result.
func requireBlocked(t *testing.T, results <-chan result) {
	t.Helper()
	synctest.Wait()
	require.Empty(t, results, "the call did not wait")
}

func write(t *testing.T, w io.Writer, s string) {
	t.Helper()
	n, err := w.Write([]byte(s))
	require.NoError(t, err)
	require.Equal(t, len(s), n)
}

func TestPipeCarriesBytesBothWays(t *testing.T) {
	inBubble(t, func(t *testing.T, a, b *fuzz.Conn) {
		write(t, a, "to ")
		write(t, a, "b")
		write(t, b, "to a")
		require.NoError(t, a.CloseWrite())
		require.NoError(t, b.CloseWrite())
		assert.Equal(t, "to b !eof", reads(b, 99))
		assert.Equal(t, "to a !eof", reads(a, 99))
	})
}

func TestPipeAddresses(t *testing.T) {
	a, b := fuzz.Pipe()
	assert.Equal(t, "pipe", a.LocalAddr().Network())
	assert.Equal(t, "pipe:1", a.LocalAddr().String())
	assert.Equal(t, a.LocalAddr(), b.RemoteAddr())
	assert.Equal(t, b.LocalAddr(), a.RemoteAddr())
	assert.NotEqual(t, a.LocalAddr(), a.RemoteAddr())
	_, port, err := net.SplitHostPort(b.LocalAddr().String())
	require.NoError(t, err)
	assert.Equal(t, "2", port)
}

func TestReadWaitsForBytes(t *testing.T) {
	inBubble(t, func(t *testing.T, a, b *fuzz.Conn) {
		read := begin(b.Read, make([]byte, 9))
		requireBlocked(t, read)
		write(t, a, "now")
		assert.Equal(t, result{3, nil, 0, "now"}, <-read)
	})
}

func TestReadOfNothingDoesNotWait(t *testing.T) {
	inBubble(t, func(t *testing.T, a, b *fuzz.Conn) {
		b.SetReadPlan(fuzz.Plan{fuzz.Timeout})
		n, err := b.Read(nil)
		assert.Zero(t, n)
		assert.NoError(t, err)
		got := <-begin(b.Read, make([]byte, 1))
		assert.Equal(t, "!timeout", errorMark(got.n, got.err))
	})
}

func TestWriteWaitsWhenTheBufferIsFull(t *testing.T) {
	tests := []struct {
		name   string
		buffer int // as given to SetReadBuffer
		room   int // what that means
	}{
		{"default", 0, 64 << 10},
		{"one byte", 1, 1},
		{"some", 1000, 1000},
		{"more than default", 100_000, 100_000},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, a, b *fuzz.Conn) {
				require.NoError(t, b.SetReadBuffer(tt.buffer))
				write(t, a, strings.Repeat("x", tt.room))
				last := begin(a.Write, []byte("yz"))
				requireBlocked(t, last)

				n, err := io.ReadFull(b, make([]byte, 1))
				require.NoError(t, err)
				assert.Equal(t, 1, n)
				requireBlocked(t, last)

				n, err = io.ReadFull(b, make([]byte, tt.room+1))
				require.NoError(t, err)
				assert.Equal(t, tt.room+1, n)
				assert.Equal(t, result{2, nil, 0, "yz"}, <-last)
			})
		})
	}
}

func TestBuffersOfTheTwoDirectionsAreApart(t *testing.T) {
	inBubble(t, func(t *testing.T, a, b *fuzz.Conn) {
		require.NoError(t, b.SetReadBuffer(1))
		write(t, b, "not bounded by b's buffer")
		requireBlocked(t, begin(a.Write, []byte("bounded")))
		require.NoError(t, b.Close())
	})
}

func TestWriteNeverWaitsWithoutALimit(t *testing.T) {
	inBubble(t, func(t *testing.T, a, b *fuzz.Conn) {
		require.NoError(t, b.SetReadBuffer(-1))
		write(t, a, strings.Repeat("x", 1<<20))
		require.NoError(t, a.Close())
		got, err := io.ReadAll(b)
		require.NoError(t, err)
		assert.Len(t, got, 1<<20)
	})
}

func TestBufferCanChangeUnderway(t *testing.T) {
	inBubble(t, func(t *testing.T, a, b *fuzz.Conn) {
		write(t, a, "12345")
		require.NoError(t, b.SetReadBuffer(3))
		last := begin(a.Write, []byte("67"))
		requireBlocked(t, last)
		require.NoError(t, b.SetReadBuffer(7))
		assert.Equal(t, result{2, nil, 0, "67"}, <-last)
		require.NoError(t, a.Close())
		assert.Equal(t, "1234567 !eof", reads(b, 99))
	})
}

func TestBytesOfTwoWritesDoNotMix(t *testing.T) {
	inBubble(t, func(t *testing.T, a, b *fuzz.Conn) {
		require.NoError(t, b.SetReadBuffer(10))
		var writers sync.WaitGroup
		for _, letter := range []string{"a", "b", "c"} {
			writers.Go(func() {
				_, err := io.WriteString(a, strings.Repeat(letter, 1000))
				assert.NoError(t, err)
			})
		}
		got := make([]byte, 3000)
		_, err := io.ReadFull(b, got)
		require.NoError(t, err)
		writers.Wait()
		for i := range 3 {
			run := got[i*1000 : (i+1)*1000]
			assert.Equal(t, 1000, bytes.Count(run, run[:1]))
		}
	})
}

func TestPipeGivesEveryByteOfTheStream(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		writes := rapid.SliceOf(fuzz.Payloads(300)).Draw(t, "writes")
		plan := fuzz.Plans(fuzz.Timeout, fuzz.Transient).Draw(t, "plan")
		size := rapid.IntRange(1, 400).Draw(t, "size")
		a, b := fuzz.Pipe()
		require.NoError(t, b.SetReadBuffer(rapid.IntRange(1, 400).Draw(t, "buffer")))
		b.SetReadPlan(plan)

		done := make(chan error, 1)
		go func() {
			for _, p := range writes {
				if n, err := a.Write(p); err != nil || n != len(p) {
					done <- io.ErrShortWrite
					return
				}
			}
			done <- a.Close()
		}()
		got, err := readAll(b, size)
		require.NoError(t, err)
		require.NoError(t, <-done)
		assert.Equal(t, string(bytes.Join(writes, nil)), string(got))
	})
}

// TestPipeUnderManyGoroutines is for the race detector, and for calls that
// never return.
func TestPipeUnderManyGoroutines(t *testing.T) {
	for range 20 {
		inBubble(t, func(t *testing.T, a, b *fuzz.Conn) {
			var group sync.WaitGroup
			for i, c := range []*fuzz.Conn{a, b, a, b, a, b} {
				for _, f := range []func(){
					func() { _, _ = c.Read(make([]byte, 100)) },
					func() { _, _ = c.Write(make([]byte, 100)) },
					func() { _ = c.SetDeadline(time.Now().Add(time.Duration(rand.IntN(1000)))) },
					func() { _ = c.SetReadBuffer(1 + rand.IntN(100)) },
					func() { c.SetReadPlan(fuzz.Plan{7, fuzz.Timeout, fuzz.Repeat}) },
					func() { time.Sleep(time.Duration(rand.IntN(1000))) },
				} {
					group.Go(func() {
						for range 50 {
							f()
						}
					})
				}
				group.Go(func() {
					time.Sleep(time.Duration(500 * i))
					_ = []func() error{c.CloseWrite, c.Close, c.Close, func() error { c.Reset(); return nil }}[rand.IntN(4)]()
				})
			}
			time.Sleep(time.Second)
			_ = a.Close()
			group.Wait()
		})
	}
}
