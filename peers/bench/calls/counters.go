package calls

import (
	"bufio"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Counters are what a process has used since it began.
type Counters struct {
	CPU    time.Duration // in user and system mode
	Allocs uint64        // objects
	Bytes  uint64        // in these objects
	Writes uint64        // write system calls, of all kinds; 0 where /proc does not tell
	Reads  uint64        // read system calls, those that found nothing too
	Wire   uint64        // bytes written
}

// count returns the counters of this process. What it uses itself is little, and the same each time.
func count() Counters {
	var use syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &use) // fails for no process
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	io := procIO()
	return Counters{
		CPU:    time.Duration(use.Utime.Nano() + use.Stime.Nano()),
		Allocs: mem.Mallocs, Bytes: mem.TotalAlloc,
		Writes: io["syscw"], Reads: io["syscr"], Wire: io["wchar"],
	}
}

// procIO reads what Linux counts for this process. In one process with both ends of a connection, what is written is what goes
// over the wire.
func procIO() map[string]uint64 {
	counts := make(map[string]uint64)
	f, err := os.Open("/proc/self/io")
	if err != nil {
		return counts
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		name, value, _ := strings.Cut(s.Text(), ": ")
		counts[name], _ = strconv.ParseUint(value, 10, 64)
	}
	return counts
}

func (c Counters) minus(d Counters) Counters {
	return Counters{c.CPU - d.CPU, c.Allocs - d.Allocs, c.Bytes - d.Bytes, c.Writes - d.Writes, c.Reads - d.Reads, c.Wire - d.Wire}
}

// memory returns the bytes of heap and stacks that are in use, after what is garbage is gone.
func memory() uint64 {
	runtime.GC()
	runtime.GC() // what pools hold goes the second time
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	return mem.HeapAlloc + mem.StackInuse
}
