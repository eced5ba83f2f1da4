package calls

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
)

// A server in a process of its own is this program again, with ServeFlag and the name of the way. It says its address, and then
// answers what is asked on its standard input, until that ends.

// ServeFlag is the argument that makes this program a server; see ServeProcess.
const ServeFlag = "-serve-way"

// process is such a server, seen from outside.
type process struct {
	cmd  *exec.Cmd
	ask  io.WriteCloser
	told *json.Decoder
	at   string
}

func startProcess(w Way) (*process, error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, err
	}
	p := &process{cmd: exec.Command(exe, ServeFlag, w.Name)}
	p.cmd.Stderr = os.Stderr
	if p.ask, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	p.told = json.NewDecoder(out)
	return p, p.told.Decode(&p.at)
}

func (p *process) addr() string { return p.at }

func (p *process) count() (c Counters, err error) { return c, p.answer("count", &c) }

func (p *process) memory() (n uint64, err error) { return n, p.answer("memory", &n) }

func (p *process) answer(question string, to any) error {
	if _, err := fmt.Fprintln(p.ask, question); err != nil {
		return err
	}
	return p.told.Decode(to)
}

func (p *process) stop() {
	_ = p.ask.Close()
	_ = p.cmd.Wait()
}

// ServeProcess is the server of the way of that name, in a process of its own. It returns when in ends.
func ServeProcess(name string, in io.Reader, out io.Writer) error {
	w, ok := Named(name)
	if !ok {
		return fmt.Errorf("no way is called %q", name)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	stop, err := w.Serve(l)
	if err != nil {
		return err
	}
	defer stop()
	return answers(in, json.NewEncoder(out), l.Addr().String())
}

func answers(in io.Reader, out *json.Encoder, addr string) error {
	if err := out.Encode(addr); err != nil {
		return err
	}
	for {
		var question string
		if _, err := fmt.Fscanln(in, &question); err != nil {
			return nil
		}
		var err error
		switch question {
		case "count":
			err = out.Encode(count())
		case "memory":
			err = out.Encode(memory())
		}
		if err != nil {
			return err
		}
	}
}
