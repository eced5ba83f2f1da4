package report

import (
	"fmt"
	"os"
	"strings"
)

// Tables stand in a page between two lines, <!-- bench: name --> and <!-- end -->. What is around them a person has written.

// UpdatePage writes the tables into the page. A place whose table has no results stays as it is.
func (r *Results) UpdatePage(path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	text := string(data)
	for _, t := range append(r.tables(), r.provenance()) {
		if text, err = t.into(text); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	return os.WriteFile(path, []byte(text), 0o644)
}

// into puts the table in its place in text, if there is one.
func (t *table) into(text string) (string, error) {
	begin := "<!-- bench: " + t.name + " -->\n"
	before, rest, ok := strings.Cut(text, begin)
	if !ok {
		return text, nil
	}
	_, after, ok := strings.Cut(rest, "<!-- end -->\n")
	if !ok {
		return "", fmt.Errorf("the table %q has no end", t.name)
	}
	return before + begin + "\n" + t.markdown() + "\n<!-- end -->\n" + after, nil
}

// provenance says where the figures come from.
func (r *Results) provenance() table {
	how := "`go run .` in `peers/bench`"
	if r.Short {
		how = "`go run . -short`, which says less,"
	}
	return table{name: "machine", words: 2, head: []string{"made by", "on"}, rows: [][]string{{how, r.Machine}}}
}
