// Command fails takes memory on a stranger's word.
package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"runtime"
	"strings"
)

// readMessage is careful about pieces. The mistake is that it believes the length.
func readMessage(r io.Reader) ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	payload := make([]byte, binary.BigEndian.Uint32(head[:]))
	_, err := io.ReadFull(r, payload)
	return payload, err
}

func main() {
	const strangers, claim = 10, "\x04\x00\x00\x00" // 64 MiB, in four bytes
	before := taken()
	for range strangers {
		readMessage(strings.NewReader(claim))
	}
	fmt.Printf("%d strangers sent %d bytes each and got %d MiB of memory\n", strangers, len(claim), (taken()-before)>>20)
}

// taken returns how many bytes the program has ever allocated.
func taken() uint64 {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.TotalAlloc
}
