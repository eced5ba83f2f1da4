package report

import (
	"encoding/csv"
	"os"
	"reflect"
	"strconv"
)

// csv returns the tables for other programs by name: a line for each cell, a column for each field.
func (r *Results) csv() map[string][][]string {
	return map[string][][]string{
		"framing":   columns(r.Framing),
		"calls":     columns(r.Calls),
		"open":      columns(r.Open),
		"open-same": columns(r.OpenSame),
		"growth":    columns(r.Growth),
		"idle":      columns(r.Idle),
		"lesson":    columns(r.Lesson),
	}
}

// columns returns the names of the fields, as in JSON, and below them the values.
func columns[T any](cells []T) [][]string {
	fields := reflect.VisibleFields(reflect.TypeFor[T]())
	rows := make([][]string, 1+len(cells))
	for _, f := range fields {
		if f.Anonymous {
			continue
		}
		rows[0] = append(rows[0], f.Tag.Get("json"))
		for i, c := range cells {
			rows[i+1] = append(rows[i+1], cell(reflect.ValueOf(c).FieldByIndex(f.Index)))
		}
	}
	return rows
}

func cell(v reflect.Value) string {
	switch v.Kind() {
	case reflect.Float64:
		return strconv.FormatFloat(v.Float(), 'g', 6, 64)
	case reflect.Int:
		return strconv.FormatInt(v.Int(), 10)
	default:
		return v.String()
	}
}

func writeCSV(path string, rows [][]string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := csv.NewWriter(f).WriteAll(rows); err != nil {
		_ = f.Close()
		return err
	}
	return f.Close()
}
