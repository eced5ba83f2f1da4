package main

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// bar shows how far a file is, on one line of a terminal.
type bar struct {
	w     io.Writer // nil: show nothing
	start time.Time
	shown time.Time
}

const (
	barWidth = 30
	barEvery = 100 * time.Millisecond // oftener nobody can read it
)

// show shows that done bytes of size have gone.
func (b *bar) show(done, size int64) {
	now := time.Now()
	if b.w == nil || now.Sub(b.shown) < barEvery && done < size {
		return
	}
	b.shown = now
	fmt.Fprintf(b.w, "\r%s", picture(done, size, now.Sub(b.start)))
}

// clear takes the bar away.
func (b *bar) clear() {
	if b.w != nil && !b.shown.IsZero() {
		fmt.Fprintf(b.w, "\r%s\r", strings.Repeat(" ", 79))
	}
}

// picture is a bar of less than 79 characters.
func picture(done, size int64, took time.Duration) string {
	part := 1.0
	if size > 0 {
		part = min(float64(done)/float64(size), 1)
	}
	full := int(part * barWidth)
	line := strings.Repeat("#", full) + strings.Repeat(".", barWidth-full)
	speed := ""
	if took > 0 {
		speed = bytesOf(float64(done)/took.Seconds()) + "/s"
	}
	return fmt.Sprintf("[%s] %3.0f%%  %s of %s  %s  ", line, 100*part, bytesOf(float64(done)), bytesOf(float64(size)), speed)
}

// bytesOf says a number of bytes in three digits or so.
func bytesOf(n float64) string {
	for _, unit := range []string{"B", "KiB", "MiB", "GiB"} {
		if n < 1000 {
			return fmt.Sprintf("%.3g %s", n, unit)
		}
		n /= 1024
	}
	return fmt.Sprintf("%.3g TiB", n)
}
