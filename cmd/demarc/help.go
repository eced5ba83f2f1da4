package main

import (
	"cmp"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/demarc-go/demarc/frame"
)

// errDone is how a flag that is a command of its own, such as --help, says that nothing is left to do.
var errDone = errors.New("done")

// helpFlag prints the help. It replaces kong's own, which ends the process, so that run always returns.
type helpFlag bool

// BeforeReset is called by kong before anything else can be wrong with the command line.
func (helpFlag) BeforeReset(ctx *kong.Context) error {
	return cmp.Or(writeError(ctx.PrintUsage(false)), errDone)
}

type versionFlag bool

// BeforeReset is called by kong, as for helpFlag.
func (versionFlag) BeforeReset(ctx *kong.Context) error {
	_, err := fmt.Fprintln(ctx.Stdout, version())
	return cmp.Or(writeError(err), errDone)
}

// version says from which source and by which Go this program was built.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "demarc, of an unknown version"
	}
	v := []string{"demarc", info.Main.Version}
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			v = append(v, s.Value)
		case s.Key == "vcs.modified" && s.Value == "true":
			v = append(v, "modified")
		}
	}
	return strings.Join(append(v, info.GoVersion, runtime.GOOS+"/"+runtime.GOARCH), " ")
}

// vars are what the help texts in the tags of the commands refer to.
func vars() kong.Vars {
	var names []string
	for _, f := range framings {
		names = append(names, f.name)
	}
	return kong.Vars{"framings": strings.Join(names, ","), "max": strconv.Itoa(frame.DefaultMax)}
}

// examples are shown at the end of the help of a command; those of the whole program have no name.
var examples = map[string][]string{
	"": {
		`echo hello | demarc encode -framing varint | demarc decode -framing varint`,
		`demarc vectors testdata/framing.json`,
	},
	"attack": {
		`demarc attack 127.0.0.1:7000`,
		`demarc attack -run 'silence' -pid 4242 -json localhost:7000`,
		`demarc attack -protocol any -request '\x00\x02hi' 127.0.0.1:7000`,
	},
	"decode": {
		`nc -l 7000 | demarc decode -framing varint -max 4096`,
		`demarc decode -framing delimiter -delim '\r\n' -delim '\n' -json log.txt`,
		`demarc decode -framing fixed -before 1 -counts 4 -keep-head all postgres.bin`,
	},
	"encode": {
		`printf 'hello\nworld\n' | demarc encode -framing varint > frames.bin`,
		`printf '00 ff\n0a\n' | demarc encode -hex -framing delimiter -delim 0x7e`,
	},
	"replay": {
		`demarc replay -framing varint -plan '2, Timeout, Rest' -stream 026869`,
		`demarc replay -framing lines -plan '1, Repeat' log.txt`,
	},
	"vectors": {
		`demarc vectors testdata/framing.json`,
		`demarc vectors -v -json testdata/framing.json more.json`,
	},
}

// printHelp prints kong's help, and behind it what else a person wants to know: framings, examples and exit codes.
func printHelp(options kong.HelpOptions, ctx *kong.Context) error {
	options.Compact = true
	if err := kong.DefaultHelpPrinter(options, ctx); err != nil {
		return err
	}
	_, err := fmt.Fprint(ctx.Stdout, helpTail(ctx.Selected()))
	return err
}

func helpTail(cmd *kong.Node) string {
	var b strings.Builder
	name := ""
	if cmd != nil {
		name = cmd.Name
	}
	if name != "vectors" && name != "attack" {
		b.WriteString("\nFramings:\n")
		for _, f := range framings {
			fmt.Fprintf(&b, "  %-10s  %s\n", f.name, f.about)
		}
	}
	b.WriteString("\nExamples:\n")
	for _, example := range examples[name] {
		fmt.Fprintf(&b, "  %s\n", example)
	}
	b.WriteString("\nExit codes:\n" + exitHelp())
	b.WriteString("\nA flag may have one dash or two, and its value behind a space or a \"=\".\n")
	return b.String()
}

func exitHelp() string {
	var b strings.Builder
	for _, exit := range exits {
		fmt.Fprintf(&b, "  %d  %s\n", exit.code, exit.about)
	}
	return b.String()
}

// titleGroups gives each group of flags, whose key is the names of the framings that have them, a title for the help.
func titleGroups(k *kong.Kong) error {
	return kong.Visit(k.Model.Node, func(node kong.Visitable, next kong.Next) error {
		if flag, ok := node.(*kong.Flag); ok && flag.Group != nil {
			flag.Group.Title = "Options of -framing " + listed(strings.Split(flag.Group.Key, ",")) + ":"
		}
		return next(nil)
	})
}
