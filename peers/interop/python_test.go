package interop_test

import (
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/demarc-go/demarc/frame"
)

func TestPython(t *testing.T) {
	send, want := messages(t)
	exchange{frame.Varint{}, child(python(t), filepath.Join("python", "varint.py")), send, want}.run(t)
}

// python returns a Python that has the protobuf package. Debian's is not always the first on the path.
func python(t *testing.T) string {
	for _, program := range []string{"python3", "/usr/bin/python3"} {
		if exec.Command(program, "-c", "import google.protobuf.wrappers_pb2").Run() == nil {
			return program
		}
	}
	missing(t, "no python3 that has the package google.protobuf", "python3-protobuf")
	return ""
}
