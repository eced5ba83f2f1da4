package frame_test

import (
	"fmt"
	"log"
	"strings"

	"github.com/demarc-go/demarc/frame"
)

func ExampleRecords() {
	stream := strings.NewReader("MON 19 TUE 21 WED 17 ")
	for record, err := range frame.NewReader(stream, frame.Records{Size: 7}).Frames() {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%q\n", record)
	}
	// Output:
	// "MON 19 "
	// "TUE 21 "
	// "WED 17 "
}
