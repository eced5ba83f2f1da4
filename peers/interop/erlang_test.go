package interop_test

import (
	"math"
	"net"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/frame"
)

// Erlang's sockets do the framing themselves, for the option {packet, Type}.
func TestErlang(t *testing.T) {
	program := find(t, "erlang-base", "escript")
	tests := []struct {
		packet string
		layout frame.Layout
		max    int // largest payload
	}{
		{"1", frame.Layout{Width: 1}, 1<<8 - 1},
		{"2", frame.Layout{Width: 2}, 1<<16 - 1},
		{"4", frame.Layout{}, math.MaxInt},
		{"tpkt", frame.Layout{Magic: "\x03", Before: 1, Width: 2, Counts: frame.WholeHead}, 1<<16 - 1 - 4},
	}
	for _, test := range tests {
		t.Run(test.packet, func(t *testing.T) {
			framing, err := frame.NewFixed(test.layout)
			require.NoError(t, err)
			send, want := binary(test.max)
			exchange{framing, erlang(program, test.packet), send, want}.run(t)
		})
	}
}

// erlang returns what starts a program that connects to us.
func erlang(program, packet string) func(*testing.T) remote {
	return func(t *testing.T) remote {
		l := listen(t)
		port := l.Addr().(*net.TCPAddr).Port
		cmd, wait := command(t, program, filepath.Join("erlang", "packet.escript"), strconv.Itoa(port), packet)
		require.NoError(t, cmd.Start())
		return accept(t, l, wait)
	}
}
