package main

import (
	"bytes"
	"errors"
	"io"
	"os"

	"golang.org/x/term"

	"github.com/demarc-go/demarc/frame"
)

// console is a keyboard and a screen. One goroutine reads lines, another shows some.
type console interface {
	// line returns the next line that is typed, without its end. io.EOF is the end of all input.
	line() (string, error)

	// show shows a line.
	show(line string) error
}

// openConsole returns a console over stdin and stdout, which edits lines if both are a terminal. interrupt is called for a
// Ctrl-C that does not come as a signal. restore is to be called at the end.
func openConsole(stdin *os.File, stdout *printer, interrupt func()) (c console, restore func(), err error) {
	screen, ok := stdout.w.(*os.File)
	if !ok || !term.IsTerminal(int(stdin.Fd())) || !term.IsTerminal(int(screen.Fd())) {
		return newPlain(stdin, stdout), func() {}, nil
	}
	state, err := term.MakeRaw(int(stdin.Fd()))
	if err != nil {
		return nil, nil, err
	}
	t := newTerminal(struct {
		io.Reader
		io.Writer
	}{stdin, screen}, interrupt)
	t.size = func() (width, height int, err error) { return term.GetSize(int(screen.Fd())) }
	return t, func() {
		io.WriteString(screen, "\r\x1b[K") // the prompt
		term.Restore(int(stdin.Fd()), state)
	}, nil
}

// plain is a console without line editing: a pipe or a file.
type plain struct {
	in  *frame.Reader
	out *printer
}

func newPlain(in io.Reader, out *printer) plain {
	return plain{frame.NewReader(in, frame.Lines{Tail: true}), out}
}

func (p plain) line() (string, error) {
	line, err := p.in.ReadFrame()
	return string(line), err
}

func (p plain) show(line string) error {
	return p.out.printf("%s\n", line)
}

// terminal is a console that keeps a prompt, and what is being typed behind it, below all that is shown.
type terminal struct {
	editor *term.Terminal
	size   func() (width, height int, err error) // nil if it does not change
}

// newTerminal returns a terminal over a raw one, which does not turn Ctrl-C into a signal.
func newTerminal(raw io.ReadWriter, interrupt func()) *terminal {
	return &terminal{editor: term.NewTerminal(keyboard{raw, interrupt}, "> ")}
}

func (t *terminal) line() (string, error) {
	t.resize()
	line, err := t.editor.ReadLine()
	if errors.Is(err, term.ErrPasteIndicator) {
		err = nil
	}
	return line, err
}

func (t *terminal) show(line string) error {
	t.resize()
	_, err := t.editor.Write([]byte(line + "\n"))
	return err
}

// resize takes note of a window that has changed its size.
func (t *terminal) resize() {
	if t.size == nil {
		return
	}
	if width, height, err := t.size(); err == nil && width > 0 && height > 0 {
		t.editor.SetSize(width, height)
	}
}

// keyboard calls interrupt for a Ctrl-C. The editor takes one for the end of the input, as it does a Ctrl-D.
type keyboard struct {
	io.ReadWriter
	interrupt func()
}

func (k keyboard) Read(p []byte) (int, error) {
	const ctrlC = 3
	n, err := k.ReadWriter.Read(p)
	if bytes.IndexByte(p[:n], ctrlC) >= 0 {
		k.interrupt()
	}
	return n, err
}
