package interop_test

import (
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/demarc-go/demarc/frame"
)

func TestPython(t *testing.T) {
	send, want := messages(t)
	program := python(t, "google.protobuf.wrappers_pb2", "python3-protobuf")
	exchange{frame.Varint{}, child(program, filepath.Join("python", "varint.py")), send, want}.run(t)
}

// python returns a Python that has the module, which the Debian package brings. Debian's is not always the first on the path.
func python(t *testing.T, module, debian string) string {
	t.Helper()
	for _, program := range []string{"python3", "/usr/bin/python3"} {
		if exec.Command(program, "-c", "import "+module).Run() == nil {
			return program
		}
	}
	missing(t, "no python3 that has the module "+module, debian)
	return ""
}
