package docs_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// chapters returns the folders of the guide's chapters, in their order.
func chapters(t *testing.T) []string {
	found, err := filepath.Glob("guide/[0-9][0-9]-*")
	require.NoError(t, err)
	require.NotEmpty(t, found)
	return found
}

// The parts of a chapter, in their order.
var parts = []string{
	"It fails", "The bytes", "The smallest code that works", "What it lacks", "Our type for it", "Exercise", "What bites in production",
}

var heading = regexp.MustCompile(`(?m)^## (.*)$`)

func TestChapters(t *testing.T) {
	for _, folder := range chapters(t) {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			text := readFile(t, filepath.Join(folder, "README.md"))
			assert.LessOrEqual(t, strings.Count(text, "\n"), 200, "lines")
			var found []string
			for _, match := range heading.FindAllStringSubmatch(text, -1) {
				found = append(found, match[1])
			}
			assert.Equal(t, parts, found)
			for _, wanted := range []string{
				"$ go run ./docs/" + filepath.ToSlash(folder) + "/fails",
				"$ go run ./docs/" + filepath.ToSlash(folder) + "/works",
				"\ngo test ./docs/" + filepath.ToSlash(folder) + "/exercise\n",
				"](../answers/" + filepath.Base(folder) + "/exercise.go)",
			} {
				assert.True(t, strings.Contains(text, wanted), "the chapter has no %q", wanted)
			}
		})
	}
}

// Every chapter stands in the map, under its title.
func TestMapNamesEveryChapter(t *testing.T) {
	theMap := readFile(t, "README.md")
	for _, folder := range chapters(t) {
		title, _, _ := strings.Cut(readFile(t, filepath.Join(folder, "README.md")), "\n")
		entry := "[" + strings.TrimPrefix(title, "# ") + "](" + filepath.ToSlash(folder) + ")"
		assert.True(t, strings.Contains(theMap, entry), "the map has no %s", entry)
	}
}

// Every other document stands there too.
func TestMapNamesEveryDocument(t *testing.T) {
	theMap := readFile(t, "README.md")
	documents, err := filepath.Glob("*.md")
	require.NoError(t, err)
	for _, document := range documents {
		assert.True(t, document == "README.md" || strings.Contains(theMap, "["+document+"]("+document+")"), "the map has no %s", document)
	}
}

// The tests of the exercises pass with the answers in the place of what the reader is to fill in. Without them they are skipped,
// which "go test ./..." shows.
func TestAnswers(t *testing.T) {
	type overlay struct{ Replace map[string]string }
	answers := overlay{map[string]string{}}
	args := []string{"test", "-v", "-overlay", filepath.Join(t.TempDir(), "overlay.json")}
	for _, folder := range chapters(t) {
		exercise := filepath.Join(folder, "exercise")
		answer := filepath.Join("guide/answers", filepath.Base(folder), "exercise.go")
		answers.Replace[absolute(t, filepath.Join(exercise, "exercise.go"))] = absolute(t, answer)
		args = append(args, "./"+filepath.ToSlash(exercise))
	}
	text, err := json.Marshal(answers)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(args[3], text, 0o600))

	out, err := exec.CommandContext(t.Context(), "go", args...).CombinedOutput()
	require.NoError(t, err, "%s", out)
	assert.NotContains(t, string(out), "--- SKIP", "an answer counts as no answer")
	assert.Equal(t, len(answers.Replace), strings.Count(string(out), "\nok  "))
}

func readFile(t *testing.T, path string) string {
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(text)
}

func absolute(t *testing.T, path string) string {
	path, err := filepath.Abs(path)
	require.NoError(t, err)
	return path
}
