package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"iter"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/fuzz"
	"github.com/demarc-go/demarc/transport"
)

// start starts a server in memory that keeps files in dir, and returns a client.
func start(t *testing.T, dir string, most int64) *transport.Client {
	t.Helper()
	root, err := os.OpenRoot(dir)
	require.NoError(t, err)
	l := new(fuzz.Listener)
	srv := (&server{&printer{w: io.Discard}, root, most}).newServer()
	go srv.Serve(l)
	c := &transport.Client{Dial: l.Dial}
	t.Cleanup(func() {
		assert.NoError(t, c.Close())
		assert.NoError(t, srv.Close())
		assert.NoError(t, root.Close())
	})
	return c
}

// write writes a file, and returns its path.
func write(t *testing.T, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, content, 0o600))
	return path
}

// names returns what is in a folder.
func names(t *testing.T, dir string) (all []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

func noProgress(int64, int64) {}

func TestSizes(t *testing.T) {
	dir := t.TempDir()
	c := start(t, dir, 1<<30)
	for _, size := range []int{0, 1, partSize - 1, partSize, partSize + 1, 3 * partSize, 1_000_000} {
		content := bytes.Repeat([]byte("0123456789abcdef!"), size/17+1)[:size]
		name := "file " + strings.Repeat("i", size%13)
		require.NoError(t, os.RemoveAll(filepath.Join(dir, name)))
		var done []int64
		r, err := send(t.Context(), c, write(t, name, content), func(n, of int64) {
			assert.EqualValues(t, size, of)
			done = append(done, n)
		})
		require.NoError(t, err, "%d bytes", size)
		assert.EqualValues(t, size, r.Size)
		assert.EqualValues(t, size, done[len(done)-1])
		got, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		assert.True(t, bytes.Equal(content, got), "%d bytes", size)
	}
}

func TestRefused(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "there"), []byte("old"), 0o600))
	c := start(t, dir, 1000)
	tests := []struct {
		name  string
		parts []part
		code  transport.Code
	}{
		{"a name that is taken", []part{{Name: "there", Size: 1, Data: []byte("x")}}, transport.AlreadyExists},
		{"no parts", nil, transport.InvalidArgument},
		{"no name", []part{{Size: 1, Data: []byte("x")}}, transport.InvalidArgument},
		{"a name that leads elsewhere", []part{{Name: "../up", Size: 1, Data: []byte("x")}}, transport.InvalidArgument},
		{"a folder", []part{{Name: "a/b", Size: 1, Data: []byte("x")}}, transport.InvalidArgument},
		{"a folder of Windows", []part{{Name: `a\b`, Size: 1, Data: []byte("x")}}, transport.InvalidArgument},
		{"a hidden name", []part{{Name: ".profile", Size: 1, Data: []byte("x")}}, transport.InvalidArgument},
		{"a name with a zero", []part{{Name: "a\x00b", Size: 1, Data: []byte("x")}}, transport.InvalidArgument},
		{"a long name", []part{{Name: strings.Repeat("n", 201), Size: 1, Data: []byte("x")}}, transport.InvalidArgument},
		{"too large", []part{{Name: "large", Size: 1001, Data: []byte("x")}}, transport.ResourceExhausted},
		{"less than nothing", []part{{Name: "less", Size: -1}}, transport.ResourceExhausted},
		{"more than announced", []part{{Name: "more", Size: 2, Data: []byte("x")}, {Data: []byte("yz")}}, transport.DataLoss},
		{"less than announced", []part{{Name: "less", Size: 4, Data: []byte("x")}, {Data: []byte("yz")}}, transport.DataLoss},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			call, err := put.Call(t.Context(), c)
			require.NoError(t, err)
			for _, p := range tt.parts {
				if err := call.Send(p); err != nil {
					require.ErrorIs(t, err, transport.ErrStreamEnded)
				}
			}
			_, err = call.Finish()
			assert.Equal(t, tt.code.String(), transport.CodeOf(err).String(), "%v", err)
			assert.Equal(t, []string{"there"}, names(t, dir))
		})
	}
	_, err := send(t.Context(), c, write(t, "large", make([]byte, 1_000_000)), noProgress)
	assert.ErrorIs(t, err, &transport.Error{Code: transport.ResourceExhausted}, "though the client was still sending")
}

// A server that cannot keep up holds up the client, and both hold only what the stream may have on the way.
func TestSlowServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const size = 10 << 20
		srv := new(transport.Server)
		proceed := make(chan struct{})
		put.Handle(srv, func(_ context.Context, parts iter.Seq2[part, error]) (r receipt, err error) {
			<-proceed
			for p, err := range parts {
				if err != nil {
					return r, err
				}
				r.Size += int64(len(p.Data))
			}
			return r, nil
		})
		l := new(fuzz.Listener)
		go srv.Serve(l)
		c := &transport.Client{Dial: l.Dial}
		sent := make(chan int64, 1)
		sent <- 0
		done := make(chan error, 1)
		path := write(t, "file", make([]byte, size))
		go func() {
			_, err := send(context.Background(), c, path, func(n, _ int64) {
				<-sent
				sent <- n
			})
			done <- err
		}()
		synctest.Wait()
		ahead := <-sent
		sent <- ahead
		assert.Less(t, ahead, int64(size/2), "sent to a server that reads nothing")
		close(proceed)
		assert.ErrorContains(t, <-done, "other bytes", "this server makes up its checksum")
		assert.EqualValues(t, size, <-sent)
		assert.NoError(t, c.Close())
		assert.NoError(t, srv.Close())
	})
}

// Whatever ends an upload, nothing is left of it.
func TestNothingIsLeft(t *testing.T) {
	ends := map[string]func(cancel context.CancelFunc, conn *fuzz.Conn, srv *transport.Server){
		"the client gives up":     func(cancel context.CancelFunc, _ *fuzz.Conn, _ *transport.Server) { cancel() },
		"the connection breaks":   func(_ context.CancelFunc, conn *fuzz.Conn, _ *transport.Server) { conn.Reset() },
		"the server has no time":  func(_ context.CancelFunc, _ *fuzz.Conn, srv *transport.Server) { go shutdown(srv) },
		"the server ends at once": func(_ context.CancelFunc, _ *fuzz.Conn, srv *transport.Server) { _ = srv.Close() },
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				dir := t.TempDir()
				root, err := os.OpenRoot(dir)
				require.NoError(t, err)
				defer root.Close()
				srv := (&server{&printer{w: io.Discard}, root, 1 << 30}).newServer()
				l := new(fuzz.Listener)
				go srv.Serve(l)
				var conn *fuzz.Conn
				c := &transport.Client{Dial: func(ctx context.Context) (net.Conn, error) {
					nc, err := l.Dial(ctx)
					conn, _ = nc.(*fuzz.Conn)
					return nc, err
				}}
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				call, err := put.Call(ctx, c)
				require.NoError(t, err)
				require.NoError(t, call.Send(part{Name: "file", Size: 10, Data: []byte("hello")}))
				synctest.Wait()
				require.Len(t, names(t, dir), 1, "it is on its way")
				end(cancel, conn, srv)
				time.Sleep(2 * grace)
				synctest.Wait()
				assert.Empty(t, names(t, dir))
				_, err = call.Finish()
				assert.Error(t, err)
				assert.NoError(t, c.Close())
				assert.NoError(t, srv.Close())
			})
		})
	}
}

// Of two files of one name that come at once, one is kept, whole.
func TestTwoAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		c := start(t, dir, 1<<30)
		first, err := put.Call(t.Context(), c)
		require.NoError(t, err)
		require.NoError(t, first.Send(part{Name: "file", Size: 5, Data: []byte("fir")}))
		synctest.Wait()
		require.Len(t, names(t, dir), 1, "it is on its way")
		_, err = send(t.Context(), c, write(t, "file", []byte("second")), noProgress)
		require.NoError(t, err)
		require.NoError(t, first.Send(part{Data: []byte("st")}))
		_, err = first.Finish()
		assert.Equal(t, transport.AlreadyExists, transport.CodeOf(err))
		got, err := os.ReadFile(filepath.Join(dir, "file"))
		require.NoError(t, err)
		assert.Equal(t, "second", string(got))
		synctest.Wait()
		assert.Equal(t, []string{"file"}, names(t, dir))
	})
}

func TestWhatIsNoFile(t *testing.T) {
	c := start(t, t.TempDir(), 1<<30)
	_, err := send(t.Context(), c, t.TempDir(), noProgress)
	assert.ErrorContains(t, err, "is no file")
	_, err = send(t.Context(), c, filepath.Join(t.TempDir(), "nothing"), noProgress)
	assert.ErrorIs(t, err, os.ErrNotExist)
}

func TestBar(t *testing.T) {
	tests := []struct {
		done, size int64
		took       time.Duration
		want       string
	}{
		{0, 100, 0, "[..............................]   0%  0 B of 100 B    "},
		{50, 100, time.Second, "[###############...............]  50%  50 B of 100 B  50 B/s  "},
		{3 << 20, 3 << 20, 2 * time.Second, "[##############################] 100%  3 MiB of 3 MiB  1.5 MiB/s  "},
		{0, 0, time.Second, "[##############################] 100%  0 B of 0 B  0 B/s  "},
		{7 << 40, 6 << 40, time.Hour, "[##############################] 100%  7 TiB of 6 TiB  1.99 GiB/s  "},
	}
	for _, tt := range tests {
		got := picture(tt.done, tt.size, tt.took)
		assert.Equal(t, tt.want, got)
		assert.Less(t, len(got), 79)
	}
	var out strings.Builder
	b := &bar{w: &out, start: time.Now(), shown: time.Now()}
	b.show(1, 100)
	assert.Empty(t, out.String(), "too soon")
	b.show(100, 100)
	assert.Contains(t, out.String(), "100%")
	b.clear()
	assert.True(t, strings.HasSuffix(out.String(), " \r"))
	(&bar{}).show(1, 1)
	(&bar{}).clear()
}

func TestErrorsOfTheServerStayThere(t *testing.T) {
	err := mine(errors.New("/secret/path: no space left"))
	assert.NotContains(t, transport.CodeOf(err).String()+err.(*transport.Error).Message, "secret")
	assert.NoError(t, mine(nil))
}
