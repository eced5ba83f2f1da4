// Command fails writes frames as a client did that counts letters where it should count bytes. What it writes goes to the
// standard output, as a recording of the connection would.
package main

import (
	"encoding/binary"
	"log"
	"os"
	"unicode/utf8"
)

func main() {
	for _, text := range []string{"hello", "olé", "bye"} {
		frame := binary.AppendUvarint(nil, uint64(utf8.RuneCountInString(text))) // the mistake
		if _, err := os.Stdout.Write(append(frame, text...)); err != nil {
			log.Fatal(err)
		}
	}
}
