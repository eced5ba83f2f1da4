// Command fails decodes values straight from the stream, with a new decoder for each. A decoder reads ahead.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

type User struct {
	ID   int
	Name string
}

// readUser is the mistake: what the decoder has read beyond the value goes away with it.
func readUser(r io.Reader) (u User, err error) {
	err = json.NewDecoder(r).Decode(&u)
	return u, err
}

func main() {
	stream := strings.NewReader(`{"ID":7,"Name":"Ada"}{"ID":8,"Name":"Grace"}{"ID":9,"Name":"Edsger"}`)
	for {
		u, err := readUser(stream)
		if err != nil {
			fmt.Println("end:", err)
			return
		}
		fmt.Println(u)
	}
}
