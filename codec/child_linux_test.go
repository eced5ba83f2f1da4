//go:build linux && !race && (amd64 || arm64)

package codec_test

import (
	"fmt"
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// canLimitMemory says whether limitMemory does what it says: the race detector needs more addresses than there is memory.
const canLimitMemory = true

// limitMemory leaves this process 512 MiB of addresses more than it has.
func limitMemory(t *testing.T) {
	statm, err := os.ReadFile("/proc/self/statm")
	require.NoError(t, err)
	var pages uint64
	_, err = fmt.Sscan(string(statm), &pages)
	require.NoError(t, err)
	most := pages*uint64(os.Getpagesize()) + 512<<20
	require.NoError(t, syscall.Setrlimit(syscall.RLIMIT_AS, &syscall.Rlimit{Cur: most, Max: most}))
}
