//go:build !linux

package fuzz

import "time"

// begun is when workTime was 0.
var begun = time.Now()

// workTime is that of clock_linux.go for systems that do not tell, where a busy machine makes it longer.
func workTime() time.Duration { return time.Since(begun) }
