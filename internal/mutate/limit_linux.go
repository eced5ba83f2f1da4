package main

import "syscall"

// maxMemory is how much the tests may take. A mutant may ask for all there is, and so would take the machine with it.
const maxMemory = 5 << 30

// limitMemory limits the memory of this process and of those that it starts.
func limitMemory() error {
	return syscall.Setrlimit(syscall.RLIMIT_AS, &syscall.Rlimit{Cur: maxMemory, Max: maxMemory})
}
