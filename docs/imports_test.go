package docs_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The imports of the packages run one way, and frame needs nothing but the standard library.
func TestImportsRunOneWay(t *testing.T) {
	const module = "github.com/demarc-go/demarc/"
	tests := []struct {
		pkg     string
		allowed []string // beginnings of the import paths, besides the standard library's
	}{
		{"frame", []string{module + "frame"}},
		{"codec", []string{module + "codec", module + "frame", "github.com/vmihailenco/"}},
		{"transport", []string{module + "transport", module + "codec", module + "frame", "github.com/vmihailenco/"}},
		{"fuzz", []string{module + "fuzz", module + "frame", "pgregory.net/rapid", "golang.org/x/sys/unix"}},
	}
	for _, tt := range tests {
		out, err := exec.Command("go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", module+tt.pkg).Output()
		require.NoError(t, err)
		for _, dep := range strings.Fields(string(out)) {
			allowed := false
			for _, prefix := range tt.allowed {
				allowed = allowed || strings.HasPrefix(dep, prefix)
			}
			assert.True(t, allowed, "%s imports %s", tt.pkg, dep)
		}
	}
}
