// Command fails has clients whose server is away for a moment, and who come back as one would write it first.
package main

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

var errAway = errors.New("connection refused")

// persistent dials until it succeeds. It has not been told to wait.
func persistent(dial func() error) {
	for dial() != nil {
	}
}

// polite waits a second between two attempts, as everybody does.
func polite(int) time.Duration { return time.Second }

// arrivals returns, for each tenth of a second, how many of a thousand clients come back in it. They lost the server at the same moment;
// it is away for 2.5 seconds.
func arrivals(wait func(attempt int) time.Duration) map[time.Duration]int {
	const away = 2500 * time.Millisecond
	count := map[time.Duration]int{}
	for range 1000 {
		now := time.Duration(0)
		for attempt := 1; now < away; attempt++ {
			now += wait(attempt)
		}
		count[now.Truncate(100*time.Millisecond)]++
	}
	return count
}

func main() {
	attempts := 0
	start := time.Now()
	persistent(func() error {
		if attempts++; attempts < 100_000 {
			return errAway
		}
		return nil
	})
	fmt.Printf("without a pause: 100,000 attempts of one client in less than 10 s: %t\n", time.Since(start) < 10*time.Second)

	fmt.Println("with the same pause for all, a thousand clients come back")
	for at, n := range arrivals(polite) {
		fmt.Printf("  after %v  %s %d\n", at, strings.Repeat("#", n/20), n)
	}
}
