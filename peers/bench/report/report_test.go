package report

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/peers/bench/calls"
	"github.com/demarc-go/demarc/peers/bench/framing"
)

// some returns results with a cell for each way under a few loads.
func some() *Results {
	r := &Results{Machine: "a machine", Framing: []framing.Cell{{Way: "by hand", Work: "write", Payload: 16, Nanos: 15, Floor: 1}}}
	for i, w := range calls.Ways() {
		for _, callers := range []int{1, 64, 1024} {
			load := calls.Middle
			load.Callers = callers
			c := Cell{Way: w.Name, Load: load, Sample: calls.Sample{Rate: float64(1000 * (i + callers)), P50: 10, P99: 20, P999: 30, CPU: 5}}
			r.Calls = append(r.Calls, c)
			r.Growth = append(r.Growth, c)
			if callers == 64 {
				r.Open = append(r.Open, c)
			}
		}
	}
	r.Idle = []Idle{{Way: "demarc", Conns: 10, Bytes: 5000}}
	r.Profile = []Profile{{Way: "demarc", Load: calls.Middle, Shares: []calls.Share{{What: "codec", Part: 0.25}}}}
	return r
}

// What is saved is what is loaded.
func TestSaveLoad(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, some().Save(dir))
	r, err := Load(dir)
	require.NoError(t, err)
	assert.Equal(t, some(), r)
	csv, err := os.ReadFile(filepath.Join(dir, "idle.csv"))
	require.NoError(t, err)
	assert.Equal(t, "way,conns,bytes\ndemarc,10,5000\n", string(csv))
}

func TestPlots(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, some().Plot(dir))
	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Len(t, files, 6)
}

// A page keeps what a person has written, and gets its tables anew each time.
func TestUpdatePage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "page.md")
	text := "before\n<!-- bench: idle -->\nold\n<!-- end -->\nbetween\n<!-- bench: not measured -->\nkept\n<!-- end -->\nafter\n"
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	for range 2 {
		require.NoError(t, some().UpdatePage(path))
	}
	got, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, strings.Replace(text, "old\n", "\n| way    | connections | KiB each |\n| ------ | ----------: | -------: |\n"+
		"| demarc |          10 |     4.88 |\n\n", 1), string(got))
}

func TestUpdatePageWithoutAnEnd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "page.md")
	require.NoError(t, os.WriteFile(path, []byte("<!-- bench: idle -->\n"), 0o600))
	assert.ErrorContains(t, some().UpdatePage(path), "no end")
}

func TestNumbers(t *testing.T) {
	for x, want := range map[float64]string{0: "0", 0.0412: "0.04", 9.99: "9.99", 9.996: "10.0", 123.4: "123", 9994: "9994", 12345: "12.3k", 999_600: "1.00M"} {
		assert.Equal(t, want, number(x))
	}
}

func TestGoals(t *testing.T) {
	assert.True(t, goal{got: 2, least: true, limit: 1}.holds())
	assert.False(t, goal{got: 2, limit: 1}.holds())
	assert.True(t, goal{got: 1, limit: 1}.holds())
	assert.Contains(t, some().Text(), "KiB")
	assert.Equal(t, "drpc", Fastest(some().Calls, calls.Typed, calls.Middle))
}
