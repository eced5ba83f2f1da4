package docs_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	anyBlock = regexp.MustCompile("(?ms)^```(go|sh|text)\n(.*?)^```")
	fileName = regexp.MustCompile("`(\\w+\\.go)`")
)

// TestFuzzingChapter follows fuzzing.md in an empty folder: it puts each file where the text before it says, runs each command, and looks for
// each line that is shown in what the commands before it printed. (The code stands in testdata/fuzzing too, for the tests that
// want to find it in a Go file.)
func TestFuzzingChapter(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds a module of its own, several times")
	}
	chapter, err := os.ReadFile("fuzzing.md")
	require.NoError(t, err)
	text, dir, printed := string(chapter), t.TempDir(), ""
	for _, at := range anyBlock.FindAllStringSubmatchIndex(text, -1) {
		switch kind, block := text[at[2]:at[3]], text[at[4]:at[5]]; kind {
		case "go":
			names := fileName.FindAllStringSubmatch(text[:at[0]], -1)
			require.NoError(t, os.WriteFile(filepath.Join(dir, names[len(names)-1][1]), []byte(block), 0o600))
		case "sh":
			printed = ""
			for _, line := range strings.Split(strings.TrimSpace(block), "\n") {
				printed += typed(t, dir, line)
			}
		case "text":
			for _, line := range strings.Split(strings.TrimSpace(block), "\n") {
				assert.Contains(t, printed, line)
			}
		}
	}
}

// typed returns what a command prints, in dir. In place of the published module, that of this folder is taken, and no network.
func typed(t *testing.T, dir, line string) string {
	root, err := filepath.Abs(root)
	require.NoError(t, err)
	if strings.HasPrefix(line, "go get ") {
		line = "go mod edit -require=github.com/demarc-go/demarc@v0.0.0 -replace=github.com/demarc-go/demarc=" + root
		sum, err := os.ReadFile(filepath.Join(root, "go.sum"))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, "go.sum"), sum, 0o600))
	}
	args := strings.Fields(strings.ReplaceAll(line, "'", ""))
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off")
	out, err := cmd.CombinedOutput()
	if args[1] == "mod" {
		require.NoError(t, err, "%s: %s", line, out)
	}
	return string(out)
}
