package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"

	"github.com/demarc-go/demarc/transport"
)

// send sends a file, and returns the receipt, whose checksum is that of the bytes that were read here. progress is called with the bytes
// that the stream has taken so far, and those of the whole file.
func send(ctx context.Context, c transport.Caller, path string, progress func(done, size int64)) (receipt, error) {
	file, err := os.Open(path)
	if err != nil {
		return receipt{}, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return receipt{}, err
	}
	if !info.Mode().IsRegular() {
		return receipt{}, fmt.Errorf("%s is no file", path)
	}
	call, err := put.Call(ctx, c)
	if err != nil {
		return receipt{}, err
	}
	defer call.Cancel() // does nothing once it is answered
	out := outgoing{call, sha256.New(), info.Size(), progress}
	if err := out.send(filepath.Base(path), file); err != nil && !errors.Is(err, transport.ErrStreamEnded) {
		return receipt{}, err
	}
	r, err := call.Finish() // if the server has refused the rest, this says why
	if err == nil && !bytes.Equal(r.SHA256, out.hash.Sum(nil)) {
		err = errors.New("the server has kept other bytes than those that were sent")
	}
	return r, err
}

// outgoing is a file on its way.
type outgoing struct {
	call     *transport.ClientStreamCall[part, receipt]
	hash     hash.Hash
	size     int64
	progress func(done, size int64)
}

// send sends all parts. Send waits while the server is slower than the file.
func (out outgoing) send(name string, file io.Reader) error {
	next := part{Name: name, Size: out.size, Data: make([]byte, partSize)}
	for done := int64(0); ; {
		n, err := io.ReadFull(file, next.Data)
		if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
			return err
		}
		last := err != nil
		next.Data = next.Data[:n]
		out.hash.Write(next.Data)
		if err := out.call.Send(next); err != nil {
			return err
		}
		done += int64(n)
		out.progress(done, out.size)
		if last {
			return nil
		}
		next.Name, next.Size = "", 0
	}
}
