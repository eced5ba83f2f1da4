package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/examples/internal/process"
)

// openPTY returns a terminal, and the end that a terminal emulator holds.
func openPTY(t *testing.T) (emulator, terminal *os.File) {
	t.Helper()
	emulator, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skip("no terminals here: ", err)
	}
	t.Cleanup(func() { emulator.Close() })
	var locked, number int32
	size := [4]uint16{24, 80}
	ioctl(t, emulator, syscall.TIOCSPTLCK, unsafe.Pointer(&locked))
	ioctl(t, emulator, syscall.TIOCGPTN, unsafe.Pointer(&number))
	ioctl(t, emulator, syscall.TIOCSWINSZ, unsafe.Pointer(&size))
	terminal, err = os.OpenFile(fmt.Sprint("/dev/pts/", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	require.NoError(t, err)
	t.Cleanup(func() { terminal.Close() })
	return emulator, terminal
}

func ioctl(t *testing.T, f *os.File, request uintptr, arg unsafe.Pointer) {
	t.Helper()
	raw, err := f.SyscallConn()
	require.NoError(t, err)
	require.NoError(t, raw.Control(func(fd uintptr) {
		_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, fd, request, uintptr(arg))
		require.Zero(t, errno)
	}))
}

// settings returns the settings of a terminal.
func settings(t *testing.T, terminal *os.File) (s syscall.Termios) {
	t.Helper()
	ioctl(t, terminal, syscall.TCGETS, unsafe.Pointer(&s))
	return s
}

// The built program in a real terminal: lines are edited there, Ctrl-C interrupts, and the terminal is left as it was.
func TestTerminalProcess(t *testing.T) {
	server, addr := process.Listen(t, "127.0.0.1:0")
	emulator, terminal := openPTY(t)
	before := settings(t, terminal)
	client := exec.CommandContext(t.Context(), process.Binary, "-connect", addr, "-name", "anna")
	var stderr strings.Builder
	client.Stdin, client.Stdout, client.Stderr = terminal, terminal, &stderr
	require.NoError(t, client.Start())
	assert.Contains(t, server.Line(t), " is anna")

	bob := launch(t, "-connect", addr, "-name", "bob")
	bob.Line(t)
	bob.Line(t)
	shown := ""
	until := func(part string) {
		t.Helper()
		buf := make([]byte, 1<<10)
		require.NoError(t, emulator.SetReadDeadline(time.Now().Add(time.Minute)))
		for !strings.Contains(shown, part) {
			n, err := emulator.Read(buf)
			require.NoError(t, err, "waiting for %q, seen %q", part, shown)
			shown += string(buf[:n])
		}
	}
	until("* bob has come.\r\n> ")
	_, err := io.WriteString(emulator, "helo\x02l")
	require.NoError(t, err)
	until("> helo")
	bob.types(t, "hi")
	until("bob: hi\r\n> hello")
	assert.NotEqual(t, before, settings(t, terminal))
	_, err = io.WriteString(emulator, "\r")
	require.NoError(t, err)
	assert.Equal(t, "anna: hello", bob.Line(t))
	_, err = io.WriteString(emulator, "\x03")
	require.NoError(t, err)
	assert.Error(t, client.Wait())
	assert.Equal(t, exitInterrupted, client.ProcessState.ExitCode())
	assert.Equal(t, "chat: interrupted\n", stderr.String())
	assert.Equal(t, before, settings(t, terminal))
	assert.Equal(t, exitOK, server.Stop(t).Code)
	assert.Equal(t, exitFailed, bob.End(t).Code)
}
