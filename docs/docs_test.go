// Package docs_test checks that the documents tell the truth: code blocks are code that compiles, links lead somewhere.
package docs_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const root = ".."

// files returns the files below the root with that ending, with their contents.
func files(t *testing.T, ending string) map[string]string {
	found := map[string]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules") {
			return fs.SkipDir
		}
		if strings.HasSuffix(path, ending) {
			text, err := os.ReadFile(path)
			found[path] = string(text)
			return err
		}
		return nil
	})
	require.NoError(t, err)
	require.NotEmpty(t, found)
	return found
}

var codeBlock = regexp.MustCompile("(?ms)^```go\n(.*?)^```")

// Code in a document stands, to the letter but for its indentation, in a Go file that is compiled.
func TestCodeBlocksAreCompiled(t *testing.T) {
	var code strings.Builder
	for _, text := range files(t, ".go") {
		code.WriteString(flat(text))
	}
	for path, text := range files(t, ".md") {
		for _, block := range codeBlock.FindAllStringSubmatch(text, -1) {
			known := strings.Contains(code.String(), flat(block[1]))
			assert.True(t, known, "%s: this code is in no Go file:\n%s", path, block[1])
		}
	}
}

// flat returns text without indentation.
func flat(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimLeft(line, "\t ")
	}
	return strings.Join(lines, "\n")
}

var (
	anyCode = regexp.MustCompile("(?ms)^```.*?^```|`[^`\n]*`")
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
)

func TestLinksLeadSomewhere(t *testing.T) {
	for path, text := range files(t, ".md") {
		for _, match := range link.FindAllStringSubmatch(anyCode.ReplaceAllString(text, "code"), -1) {
			target, _, _ := strings.Cut(match[1], "#")
			if target == "" || strings.Contains(target, "://") {
				continue
			}
			_, err := os.Stat(filepath.Join(filepath.Dir(path), target))
			assert.NoError(t, err, "%s links to %s", path, match[1])
		}
	}
}

// Every folder at the top stands in the README's table.
func TestReadmeNamesEveryFolder(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join(root, "README.md"))
	require.NoError(t, err)
	entries, err := os.ReadDir(root)
	require.NoError(t, err)
	for _, e := range entries {
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") && e.Name() != "cmd" {
			assert.Contains(t, string(readme), "[`"+e.Name()+"/`]", "the README does not name the folder")
		}
	}
}
