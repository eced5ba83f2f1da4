package transport

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Each message that is logged stands in docs/operating.md, with its keys.
func TestLogsAreDocumented(t *testing.T) {
	doc, err := os.ReadFile("../docs/operating.md")
	require.NoError(t, err)
	logged := regexp.MustCompile(`(?:Debug|Info|Warn|Error|level), ?|\.(?:Debug|Info|Warn|Error)\(`)
	call := regexp.MustCompile(`"transport: ([^"]+)", ((?:"[a-z_]+", .*\n?)+?.*)\)`)
	key := regexp.MustCompile(`"([a-z_]+)", `)
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	found := 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		source, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, line := range strings.Split(strings.ReplaceAll(string(source), ",\n", ", "), "\n") {
			m := call.FindStringSubmatch(line)
			if m == nil || !logged.MatchString(line) {
				continue
			}
			found++
			row := regexp.MustCompile(`(?m)^\| ` + regexp.QuoteMeta(m[1]) + ` \|.*$`).FindString(string(doc))
			assert.NotEmpty(t, row, "%s: %s", file, m[1])
			for _, k := range key.FindAllStringSubmatch(m[2], -1) {
				assert.Contains(t, row, "`"+k[1]+"`", "%s: %s", file, m[1])
			}
		}
	}
	assert.GreaterOrEqual(t, found, 12)
}
