package fuzz_test

import (
	"bytes"
	"io"
	"testing"

	"github.com/demarc-go/demarc/fuzz"
)

func BenchmarkReader(b *testing.B) {
	stream := make([]byte, 1<<10)
	for name, plan := range map[string]fuzz.Plan{"Whole": nil, "SingleBytes": {1, fuzz.Repeat}} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(stream)))
			b.ReportAllocs()
			p := make([]byte, len(stream))
			for b.Loop() {
				if _, err := io.ReadFull(fuzz.NewReader(bytes.NewReader(stream), plan), p); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkPipePingPong(b *testing.B) {
	client, server := fuzz.Pipe()
	go func() { _, _ = io.Copy(struct{ io.Writer }{server}, struct{ io.Reader }{server}) }()
	defer client.Close()
	b.ReportAllocs()
	p := make([]byte, 64)
	for b.Loop() {
		if _, err := client.Write(p); err != nil {
			b.Fatal(err)
		}
		if _, err := io.ReadFull(client, p); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPipeStream(b *testing.B) {
	client, server := fuzz.Pipe()
	defer client.Close()
	go func() { _, _ = io.Copy(io.Discard, struct{ io.Reader }{server}) }()
	p := make([]byte, 16<<10)
	b.SetBytes(int64(len(p)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := client.Write(p); err != nil {
			b.Fatal(err)
		}
	}
}
