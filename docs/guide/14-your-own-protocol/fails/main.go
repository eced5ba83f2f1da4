// Command fails has two programs that were right when each was built. They speak two versions of one protocol, which has no way to
// say so.
package main

import (
	"encoding/binary"
	"fmt"
)

// The first version of a payment: four bytes of account, four bytes of cents.
func readV1(p []byte) string {
	if len(p) < 8 {
		return "too short"
	}
	return fmt.Sprintf("pay %d cents to account %d", binary.BigEndian.Uint32(p[4:]), binary.BigEndian.Uint32(p))
}

// The second has two bytes of currency before the cents.
func writeV2(account uint32, currency string, cents uint32) []byte {
	p := binary.BigEndian.AppendUint32(nil, account)
	p = append(p, currency[:2]...)
	return binary.BigEndian.AppendUint32(p, cents)
}

func main() {
	fmt.Println("sent:     pay 500 cents to account 7")
	fmt.Println("received:", readV1(writeV2(7, "EU", 500)))
}
