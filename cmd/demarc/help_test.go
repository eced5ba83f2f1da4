package main

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestHelp: every page of help lists every exit code, and has the examples.
func TestHelp(t *testing.T) {
	t.Setenv("COLUMNS", "")
	for _, cmd := range []string{"", "attack", "decode", "encode", "replay", "vectors"} {
		t.Run(cmd, func(t *testing.T) {
			got := demarc(strings.NewReader(""), words(cmd+" --help")...)
			assert.Equal(t, 0, got.code)
			assert.Empty(t, got.stderr)
			for _, exit := range exits {
				assert.Contains(t, got.stdout, fmt.Sprintf("\n  %d  %s\n", exit.code, exit.about))
			}
			require.GreaterOrEqual(t, len(examples[cmd]), 2)
			for _, example := range examples[cmd] {
				assert.Contains(t, got.stdout, "\n  "+example+"\n")
			}
			for _, line := range strings.Split(got.stdout, "\n") {
				assert.LessOrEqual(t, len(line), 80, line)
			}
			assert.Equal(t, got, demarc(strings.NewReader(""), words(cmd+" -h")...))
			assert.Equal(t, got, demarc(strings.NewReader(""), words(cmd+" -help")...))
		})
	}
}

func TestHelpNamesFramings(t *testing.T) {
	for _, cmd := range []string{"decode", "encode"} {
		help := demarc(strings.NewReader(""), cmd, "--help").stdout
		for _, f := range framings {
			assert.Contains(t, help, f.name+" ")
			assert.Contains(t, help, f.about)
		}
	}
}

// TestNoArguments shows the help, but as an error.
func TestNoArguments(t *testing.T) {
	got := demarc(strings.NewReader(""))
	help := demarc(strings.NewReader(""), "--help")
	assert.Equal(t, result{stderr: help.stdout, code: 2}, got)
}

// TestExamples parses each command of the examples as a shell would hand it over.
func TestExamples(t *testing.T) {
	quoted := regexp.MustCompile(`'[^']*'|\S+`)
	for cmd, lines := range examples {
		for _, line := range lines {
			found := false
			for _, stage := range strings.Split(line, "|") {
				stage, _, _ = strings.Cut(stage, ">")
				args := quoted.FindAllString(stage, -1)
				if args[0] != "demarc" {
					continue
				}
				for i, arg := range args {
					args[i] = strings.Trim(arg, "'")
				}
				parser, err := newParser(io.Discard, io.Discard)
				require.NoError(t, err)
				_, err = parser.Parse(normalise(args[1:], takesValue(parser.Model.Node)))
				assert.NoError(t, err, line)
				found = found || cmd == "" || args[1] == cmd
			}
			assert.True(t, found, "%s is no example of %q", line, cmd)
		}
	}
}

func TestVersion(t *testing.T) {
	for _, flag := range []string{"--version", "-version"} {
		got := demarc(strings.NewReader(""), flag)
		assert.Equal(t, 0, got.code)
		assert.Regexp(t, `^demarc .*go1\.\d+.* \w+/\w+\n$`, got.stdout)
	}
}

func TestUsageErrors(t *testing.T) {
	tests := []struct{ args, want string }{
		{"decode -framng varint", "demarc: unknown flag --framng, did you mean \"--framing\"?\nsee: demarc decode --help\n"},
		{"decode", "demarc: missing flags: --framing=NAME\nsee: demarc decode --help\n"},
		{"decod", "demarc: unexpected argument decod, did you mean \"decode\"?\nsee: demarc --help\n"},
		{"decode -framing varint -keep", "demarc: -keep is an option of delimiter, lines and header, not of varint\n"},
		{"encode -framing delimiter -bits 63", "demarc: -bits is an option of varint, not of delimiter\n"},
		{"decode -framing slip -lenient", "demarc: -lenient is an option of varint and header, not of slip\n"},
		{"decode -framing records", "demarc: -framing records needs a -size of 1 or more\n"},
		{"encode -framing fixed -width 0", "demarc: -width must be 1 to 8\n"},
		{"encode -framing fixed -width 9", "demarc: impossible framing: a length of 9 bytes, where 1 to 8 are possible\n"},
		{"decode -framing fixed -counts 5", "demarc: impossible framing: it counts 5 bytes of a head of 4\n"},
		{"decode -framing fixed -keep-head half", "demarc: --keep-head: \"half\" is neither a number of bytes nor all\nsee: demarc decode --help\n"},
		{"decode -framing fixed -magic 0x", "demarc: --magic: it cannot be empty\nsee: demarc decode --help\n"},
		{"decode -framing header -name a:b", "demarc: there is no header with a -name of \"a:b\" in a -max-block of 16384 bytes\n"},
		{"decode -framing header -max-block 5", "demarc: there is no header with a -name of \"Content-Length\" in a -max-block of 5 bytes\n"},
		{"decode -framing varint -max many", fmt.Sprintf("demarc: --max: expected a valid %d bit int but got \"many\"\n", strconv.IntSize) + "see: demarc decode --help\n"},
	}
	for _, test := range tests {
		t.Run(test.args, func(t *testing.T) {
			assert.Equal(t, result{stderr: test.want, code: 2}, demarc(strings.NewReader(""), words(test.args)...))
		})
	}
}

func TestNormalise(t *testing.T) {
	takesValue := map[string]bool{"framing": true, "max": true, "delim": true}
	tests := []struct{ name, args, want string }{
		{"nothing", "", ""},
		{"one dash", "decode -framing varint file", "decode --framing=varint file"},
		{"one dash and =", "-framing=varint", "--framing=varint"},
		{"two dashes", "--framing varint", "--framing=varint"},
		{"two dashes and =", "--framing=varint x", "--framing=varint x"},
		{"negative number", "-max -1 -max=-1", "--max=-1 --max=-1"},
		{"value that looks like a flag", "-delim -json -json", "--delim=-json --json"},
		{"value that is dashes", "-delim -- -delim - -", "--delim=-- --delim=- -"},
		{"value with =", "-delim = -delim a=b", "--delim== --delim=a=b"},
		{"no value", "-json -max", "--json --max"},
		{"no value by =", "-max= 5", "--max= 5"},
		{"short flags", "-0 -v -h", "-0 -v -h"},
		{"standard input", "decode -", "decode -"},
		{"behind --", "-json -- -framing -max", "--json -- -framing -max"},
		{"unknown", "-colour red", "--colour red"},
		{"many dashes", "---json", "---json"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			assert.Equal(t, words(test.want), append([]string{}, normalise(words(test.args), takesValue)...))
		})
	}
}

// TestTakesValue: no flag is a switch in one command and takes a value in another, since normalise does not know which it is.
func TestTakesValue(t *testing.T) {
	parser, err := newParser(&bytes.Buffer{}, &bytes.Buffer{})
	require.NoError(t, err)
	all := takesValue(parser.Model.Node)
	assert.Subset(t, all, map[string]bool{"framing": true, "max": true, "bits": true, "delim": true, "as": true})
	for _, cmd := range parser.Model.Children {
		own := takesValue(cmd)
		for _, flag := range cmd.Flags {
			assert.Equal(t, own[flag.Name], all[flag.Name], flag.Name)
		}
	}
}
