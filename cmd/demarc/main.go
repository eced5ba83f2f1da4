package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/alecthomas/kong"
)

// cli is the command line, as kong reads it.
type cli struct {
	Decode  decodeCmd   `cmd:"" help:"Cut a stream into frames and print one line for each."`
	Encode  encodeCmd   `cmd:"" help:"Make a frame of each line and write the stream."`
	Vectors vectorsCmd  `cmd:"" help:"Replay conformance cases at every split of their bytes."`
	Replay  replayCmd   `cmd:"" help:"Read a stream as a plan of package fuzz says, and show each read."`
	Attack  attackCmd   `cmd:"" help:"Attack a server on this machine, and report how it bears that."`
	Help    helpFlag    `short:"h" help:"Print this help."`
	Version versionFlag `help:"Print the version."`
}

// streams are the three streams of a process.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// SIGINT and SIGPIPE are left to their defaults, which end the process at once, as they do any filter. Nothing is lost by
// that: whole lines and whole frames are written, before each wait for more input.
func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run is the program without its process: it carries out args and returns the exit code.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	err := execute(args, &streams{in: stdin, out: stdout, err: stderr})
	report(stderr, err)
	return exitCode(err)
}

func execute(args []string, s *streams) error {
	if len(args) == 0 {
		return cmdlessHelp(s)
	}
	parser, err := newParser(s.out, s.err)
	if err != nil {
		return err
	}
	ctx, err := parser.Parse(normalise(args, takesValue(parser.Model.Node)))
	if err != nil {
		return parseError(err)
	}
	return ctx.Run(s)
}

func newParser(stdout, stderr io.Writer) (*kong.Kong, error) {
	return kong.New(&cli{},
		kong.Name("demarc"),
		kong.Description("Marks where one message ends and the next begins in a stream of bytes."),
		kong.Writers(stdout, stderr),
		kong.NoDefaultHelp(),
		kong.Help(printHelp),
		kong.PostBuild(titleGroups),
		vars(),
	)
}

// cmdlessHelp answers a call without arguments: the help, but as an error, since a script that does this is wrong.
func cmdlessHelp(s *streams) error {
	if err := execute([]string{"--help"}, &streams{in: s.in, out: s.err, err: s.err}); err != nil {
		return err
	}
	return told{errUsage}
}

// parseError makes a usage error of what kong says, unless a flag such as --help has already done all there is to do.
func parseError(err error) error {
	switch {
	case errors.Is(err, errDone):
		return nil
	case errors.Is(err, errIO):
		return err
	}
	help := "demarc --help"
	var parse *kong.ParseError
	if errors.As(err, &parse) && parse.Context.Selected() != nil {
		help = parse.Context.Selected().FullPath() + " --help"
	}
	return fmt.Errorf("%w: %w\nsee: %s", errUsage, err, help)
}
