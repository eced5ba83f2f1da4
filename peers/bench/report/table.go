package report

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// A table has a line of names, and lines below. Columns of words stand to the left, those of numbers to the right.
type table struct {
	name  string // under which it stands in a document
	words int    // how many columns have words; 0 means one
	head  []string
	rows  [][]string
}

func (t *table) left(column int) bool { return column < max(t.words, 1) }

func (t *table) add(row ...string) { t.rows = append(t.rows, row) }

// markdown is the table for a document, and can be read as it is.
func (t *table) markdown() string {
	widths := make([]int, len(t.head))
	for _, row := range append([][]string{t.head}, t.rows...) {
		for i, s := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(s), 3)
		}
	}
	var b strings.Builder
	t.line(&b, t.head, widths)
	for i, w := range widths {
		rule := strings.Repeat("-", w-1)
		if t.left(i) {
			b.WriteString("| " + rule + "- ")
		} else {
			b.WriteString("| " + rule + ": ")
		}
	}
	b.WriteString("|\n")
	for _, row := range t.rows {
		t.line(&b, row, widths)
	}
	return b.String()
}

func (t *table) line(b *strings.Builder, row []string, widths []int) {
	for i, w := range widths {
		s := ""
		if i < len(row) {
			s = row[i]
		}
		room := strings.Repeat(" ", w-utf8.RuneCountInString(s))
		if t.left(i) {
			b.WriteString("| " + s + room + " ")
		} else {
			b.WriteString("| " + room + s + " ")
		}
	}
	b.WriteString("|\n")
}

// number writes x with three digits that count.
func number(x float64) string {
	switch {
	case x == 0:
		return "0"
	case x >= 999_500:
		return digits(x/1e6) + "M"
	case x >= 9_995:
		return digits(x/1e3) + "k"
	default:
		return digits(x)
	}
}

func digits(x float64) string {
	switch {
	case x >= 99.95:
		return fmt.Sprintf("%.0f", x)
	case x >= 9.995:
		return fmt.Sprintf("%.1f", x)
	default:
		return fmt.Sprintf("%.2f", x)
	}
}

// times writes a ratio.
func times(x float64) string { return digits(x) + "×" }

// size writes a number of bytes.
func size(n int) string {
	if n >= 1<<10 && n%(1<<10) == 0 {
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%d B", n)
}
