package main

import (
	"strings"

	"github.com/alecthomas/kong"
)

// normalise rewrites args to the one form that kong reads without doubt, --name=value:
//
//	-framing varint  -framing=varint  --framing varint    ──▶  --framing=varint
//	-max -1                                               ──▶  --max=-1
//	-0  -v  -h  -  FILE                                   ──▶  as they are
//
// A name of one letter is a short flag; a longer one is a long flag, whatever the number of its dashes, as in Go's own tools.
// What follows a flag that takes a value is its value, even if it begins with a dash. Everything behind "--" is left alone.
func normalise(args []string, takesValue map[string]bool) []string {
	var out []string
	for len(args) > 0 {
		arg := args[0]
		args = args[1:]
		if arg == "--" {
			return append(append(out, arg), args...)
		}
		name, isLong := longName(arg)
		if !isLong {
			out = append(out, arg)
			continue
		}
		arg = "--" + name
		if takesValue[name] && len(args) > 0 {
			arg += "=" + args[0]
			args = args[1:]
		}
		out = append(out, arg)
	}
	return out
}

// longName returns arg without its dashes if it is a long flag, with or without "=value".
func longName(arg string) (string, bool) {
	if name, ok := strings.CutPrefix(arg, "--"); ok {
		return name, true
	}
	name, ok := strings.CutPrefix(arg, "-")
	return name, ok && len(name) > 1
}

// takesValue returns the long names of the flags of node and of all commands below it that need a value.
func takesValue(node *kong.Node) map[string]bool {
	names := map[string]bool{}
	for _, flag := range node.Flags {
		if !flag.IsBool() {
			names[flag.Name] = true
		}
	}
	for _, child := range node.Children {
		for name := range takesValue(child) {
			names[name] = true
		}
	}
	return names
}
