package docs_test

import (
	"context"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write what the commands in the documents really print into the documents")

var (
	console = regexp.MustCompile("(?ms)^```console\n(.*?)^```")
	command = regexp.MustCompile(`(?m)^\$ (.*)\n`)
)

// What a document shows behind a command is what the command prints.
func TestShownOutputIsReal(t *testing.T) {
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("no bash")
	}
	for path, text := range files(t, ".md") {
		if !console.MatchString(text) {
			continue
		}
		t.Run(strings.ReplaceAll(filepath.ToSlash(path[len(root)+1:]), "/", " "), func(t *testing.T) {
			t.Parallel()
			real := console.ReplaceAllStringFunc(text, func(block string) string {
				return "```console\n" + perform(t, console.FindStringSubmatch(block)[1]) + "```"
			})
			if *update {
				require.NoError(t, os.WriteFile(path, []byte(real), 0o644))
			}
			assert.Equal(t, text, real, "go test ./docs -run TestShownOutputIsReal -update would write what is real")
		})
	}
}

// patience is how long a command may take, with building it, before it counts as stuck.
const patience = 4 * time.Minute

// perform runs the commands of a block, and returns the block with what they print.
func perform(t *testing.T, block string) string {
	require.True(t, strings.HasPrefix(block, "$ "), "a block that begins with no command:\n%s", block)
	var real strings.Builder
	for _, match := range command.FindAllStringSubmatch(block, -1) {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		cmd := exec.CommandContext(ctx, "bash", "-c", match[1])
		cmd.Dir, cmd.WaitDelay = root, time.Second
		out, _ := cmd.CombinedOutput() // a program that is shown to fail fails; "go run" says so in its output
		assert.NoError(t, ctx.Err(), "%s: it does not end", match[1])
		cancel()
		real.WriteString("$ " + match[1] + "\n")
		real.Write(out)
		if len(out) > 0 && out[len(out)-1] != '\n' {
			real.WriteByte('\n')
		}
	}
	return real.String()
}

var (
	shell     = regexp.MustCompile("(?ms)^```(?:sh|console)\n(.*?)^```")
	localPath = regexp.MustCompile(`(?:^| )\./([\w./-]+)`)
)

// Commands name packages that are there.
func TestCommandsNameWhatExists(t *testing.T) {
	for path, text := range files(t, ".md") {
		for _, block := range shell.FindAllStringSubmatch(text, -1) {
			for _, match := range localPath.FindAllStringSubmatch(block[1], -1) {
				name := strings.TrimSuffix(strings.TrimSuffix(match[1], "..."), "/")
				_, err := os.Stat(filepath.Join(root, name))
				_, besideErr := os.Stat(filepath.Join(filepath.Dir(path), name))
				assert.True(t, err == nil || besideErr == nil, "%s: there is no ./%s", path, match[1])
			}
		}
	}
}

// Code in the documents below docs is not only compiled but run: it stands in a test, in an example, or in a program whose output a
// document shows.
func TestCodeBlocksAreRun(t *testing.T) {
	var shown strings.Builder
	for _, text := range files(t, ".md") {
		for _, block := range console.FindAllStringSubmatch(text, -1) {
			shown.WriteString(block[1])
		}
	}
	var code strings.Builder
	for path, text := range files(t, ".go") {
		path = filepath.ToSlash(path)
		folder := "." + strings.TrimPrefix(filepath.ToSlash(filepath.Dir(path)), root)
		if strings.HasSuffix(path, "_test.go") || strings.HasPrefix(folder, "./examples/") || strings.Contains(shown.String(), "go run "+folder) {
			code.WriteString(flat(text))
		}
	}
	for path, text := range files(t, ".md") {
		if !strings.HasPrefix(filepath.ToSlash(path), root+"/docs/") {
			continue
		}
		for _, block := range codeBlock.FindAllStringSubmatch(text, -1) {
			assert.True(t, strings.Contains(code.String(), flat(block[1])), "%s: this code is run by nothing:\n%s", path, block[1])
		}
	}
}
