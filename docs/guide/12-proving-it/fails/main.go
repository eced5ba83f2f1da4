// Command fails has a parser with a mistake, and a test that cannot see it.
package main

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/demarc-go/demarc/fuzz"
)

// parse reads netstrings, such as 5:hello, until the end of the stream.
func parse(r io.Reader) (messages []string, err error) {
	in := bufio.NewReader(r)
	for {
		digits, err := in.ReadString(':')
		if err != nil {
			return messages, err
		}
		size, err := strconv.ParseUint(strings.TrimSuffix(digits, ":"), 10, 16)
		if err != nil {
			return messages, err
		}
		payload := make([]byte, size+1)
		in.Read(payload) // the mistake
		messages = append(messages, string(payload[:size]))
	}
}

func main() {
	const stream = "5:hello,0:,5:world,"
	want := []string{"hello", "", "world"}

	got, _ := parse(strings.NewReader(stream))
	fmt.Println("the test that everybody writes:", verdict(got, want))
	for i := range stream {
		plan := fuzz.SplitAt(i)
		got, _ := parse(fuzz.NewReader(strings.NewReader(stream), plan))
		if v := verdict(got, want); v != "ok" {
			fmt.Printf("%-14v %s: %q\n", plan, v, got)
		}
	}
}

func verdict(got, want []string) string {
	if slices.Equal(got, want) {
		return "ok"
	}
	return "wrong"
}
