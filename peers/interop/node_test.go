package interop_test

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/demarc-go/demarc/frame"
)

func TestNodeVarint(t *testing.T) {
	send, want := binary(math.MaxInt)
	exchange{frame.Varint{}, node(t, "varint.js", "it-length-prefixed"), send, want}.run(t)
}

func TestNodeReadline(t *testing.T) {
	send, want := texts()
	tests := []struct {
		name    string
		framing frame.Framing
		end     string
	}{
		{"LF", frame.Lines{}, "\n"},
		{"CRLF", frame.Lines{CRLF: true}, "\r\n"},
		{"LF answers CRLF", frame.Lines{CRLF: true}, "\n"},
		{"strict CRLF", frame.Lines{Strict: true}, "\r\n"},
		{"delimiter", frame.Delimiter{}, "\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			exchange{test.framing, node(t, "readline.js", "", test.end), send, want}.run(t)
		})
	}
}

func TestNodeSplit2(t *testing.T) {
	send, want := texts()
	for name, delimiter := range map[string]string{"LF": "\n", "two bytes": "||", "five bytes": "\r\n.\r\n"} {
		t.Run(name, func(t *testing.T) {
			framing := frame.Delimiter{Delims: []string{delimiter}}
			exchange{framing, node(t, "split2.js", "split2", delimiter), send, want}.run(t)
		})
	}
}

// node returns what starts a script of the folder node, which needs an npm package if pkg names one.
func node(t *testing.T, script, pkg string, args ...string) func(*testing.T) remote {
	t.Helper()
	program := find(t, "nodejs (18 or later)", "node")
	if _, err := os.Stat(filepath.Join("node", "node_modules", pkg)); pkg != "" && err != nil {
		missing(t, "npm package "+pkg+" not found", "it with `npm ci --prefix node`")
	}
	return child(program, append([]string{filepath.Join("node", script)}, args...)...)
}
