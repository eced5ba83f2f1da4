package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io/fs"
	"iter"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/demarc-go/demarc/transport"
)

// server keeps files in a folder.
type server struct {
	*printer
	root *os.Root // whatever a name says, nothing outside of it is touched
	max  int64    // the size of a file, in bytes
}

// newServer returns a server whose method is in place.
func (s *server) newServer() *transport.Server {
	srv := new(transport.Server)
	put.Handle(srv, s.put)
	return srv
}

// run serves until ctx ends. Files that are on the way then have a little time.
func (s *server) run(ctx context.Context, l net.Listener) error {
	srv := s.newServer()
	stopped := make(chan error, 1)
	defer context.AfterFunc(ctx, func() { stopped <- shutdown(srv) })()
	if err := srv.Serve(l); ctx.Err() == nil {
		return err
	}
	if err := <-stopped; !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return s.printf("gave up what was still on the way\n")
}

// put keeps a file. Until all of it is there it has another name, and if it does not come to its end, for whatever reason, nothing is left
// of it.
func (s *server) put(ctx context.Context, parts iter.Seq2[part, error]) (r receipt, err error) {
	in := &incoming{server: s, hash: sha256.New()}
	defer in.drop()
	for p, err := range parts {
		if err == nil {
			err = in.take(p)
		}
		if err != nil {
			return receipt{}, err
		}
	}
	if r, err = in.keep(); err == nil {
		_ = s.printf("%q: %d bytes from %v\n", in.name, r.Size, transport.CallFrom(ctx).Conn.RemoteAddr())
	}
	return r, err
}

// incoming is a file on its way.
type incoming struct {
	*server
	name       string
	announced  int64
	size       int64
	hash       hash.Hash
	file       *os.File // nil before the first part, and when it is kept
	unfinished string   // its name until then
}

// take takes the next part.
func (in *incoming) take(p part) error {
	if in.file == nil {
		if err := in.begin(p.Name, p.Size); err != nil {
			return err
		}
	}
	in.size += int64(len(p.Data))
	if in.size > in.announced {
		return transport.Errorf(transport.DataLoss, "more than the announced %d bytes came", in.announced)
	}
	in.hash.Write(p.Data)
	_, err := in.file.Write(p.Data)
	return mine(err)
}

func (in *incoming) begin(name string, size int64) (err error) {
	if name != filepath.Base(name) || strings.ContainsAny(name, `/\`+"\x00") || strings.HasPrefix(name, ".") || len(name) > 200 || name == "" {
		return transport.Errorf(transport.InvalidArgument, "%q is no name for a file", name)
	}
	if _, err := in.root.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
		return taken(name)
	}
	if size > in.max || size < 0 {
		return transport.Errorf(transport.ResourceExhausted, "%q has %d bytes, and the limit is %d", name, size, in.max)
	}
	in.name, in.announced = name, size
	in.unfinished = fmt.Sprintf(".%s.%x", name, rand.Uint64())
	in.file, err = in.root.OpenFile(in.unfinished, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	return mine(err)
}

// keep gives the file its name. Of two that came at once, the first has it.
func (in *incoming) keep() (receipt, error) {
	if in.file == nil {
		return receipt{}, transport.Errorf(transport.InvalidArgument, "there is no file without a part")
	}
	if in.size != in.announced {
		return receipt{}, transport.Errorf(transport.DataLoss, "%d bytes came, and %d were announced", in.size, in.announced)
	}
	if err := in.file.Close(); err != nil {
		return receipt{}, mine(err)
	}
	if err := in.root.Link(in.unfinished, in.name); errors.Is(err, fs.ErrExist) {
		return receipt{}, taken(in.name)
	} else if err != nil {
		return receipt{}, mine(err)
	}
	return receipt{in.size, in.hash.Sum(nil)}, nil
}

// drop removes what was not kept, and the other name of what was.
func (in *incoming) drop() {
	if in.file != nil {
		_ = in.file.Close()
		_ = in.root.Remove(in.unfinished)
	}
}

func taken(name string) error {
	return transport.Errorf(transport.AlreadyExists, "there is a %q already", name)
}

// mine is for errors of the server's own files. The client need not know more.
func mine(err error) error {
	if err == nil {
		return nil
	}
	return &transport.Error{Code: transport.Internal, Message: "the server cannot keep the file", Err: err}
}
