// Package drive runs native fuzz targets without the fuzzer: in one goroutine of the test's own process, on inputs that are
// mutations of the target's corpus. Nothing is instrumented and nothing crosses between processes, so a target runs ten to a
// hundred times as often as under the fuzzer; but blindly, for nobody looks which inputs reach new code. The fuzzer finds
// the corpus, and the driver walks around in its neighbourhood.
//
//	func FuzzMine(f *testing.F) {
//		target := drive.New(f)
//		target.Add([]byte("seed"))
//		target.Fuzz(func(t *testing.T, data []byte) { ... })
//	}
//
//	go test -run '^FuzzMine$' -drive 1000000            driven
//	go test -run '^$' -fuzz '^FuzzMine$'                fuzzed, as ever
package drive

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

var (
	executions = flag.Int("drive", 0, "run each fuzz target so often on mutations of its corpus, in this process")
	seed       = flag.Uint64("driveseed", 1, "the seed of -drive; the same one gives the same inputs")
)

// A Target is a [testing.F] that can be driven.
type Target struct {
	*testing.F
	added int
}

// New returns f as a target. Its Add and Fuzz are to be used instead of those of f.
func New(f *testing.F) *Target { return &Target{F: f} }

// Add is that of [testing.F].
func (t *Target) Add(args ...any) {
	t.added++
	t.F.Add(args...)
}

// Fuzz is that of [testing.F]. With -drive, target gets besides each input of the corpus its share of mutations of it. Its
// arguments may be []byte, string, bool, and integers. What fails is printed as a file of the corpus.
func (t *Target) Fuzz(target any) {
	if *executions <= 0 {
		t.F.Fuzz(target)
		return
	}
	files, _ := os.ReadDir(filepath.Join("testdata", "fuzz", t.Name()))
	d := &driver{
		target: reflect.ValueOf(target), left: *executions, inputs: t.added + len(files),
		mutator: mutator{random: rand.New(rand.NewPCG(*seed, 0))},
	}
	start := time.Now()
	t.F.Fuzz(reflect.MakeFunc(d.target.Type(), d.share).Interface())
	fmt.Printf("%s: driven %d times in %v\n", t.Name(), *executions-d.left, time.Since(start).Round(time.Millisecond))
}

// A driver is what the inputs of one corpus share.
type driver struct {
	target  reflect.Value
	left    int // executions to do
	inputs  int // of the corpus, still to come
	mutator mutator
}

// depth is how many mutations may follow each other before they begin again with an input of the corpus.
const depth = 16

// share runs the target on one input of the corpus, and on as many mutations as are its share.
func (d *driver) share(args []reflect.Value) []reflect.Value {
	d.target.Call(args)
	d.mutator.known = append(d.mutator.known, args[1:])
	share := d.left / max(1, d.inputs)
	now := args
	for i := range share {
		if i%depth == 0 {
			now = args
		}
		now = d.mutator.mutate(now)
		d.call(now)
		d.left--
	}
	d.inputs--
	return nil
}

// call runs the target once, and says on which input it fails.
func (d *driver) call(args []reflect.Value) {
	t := args[0].Interface().(*testing.T)
	done := false
	defer func() {
		if !done || t.Failed() {
			fmt.Printf("%s fails on\n%s", t.Name(), corpusFile(args[1:]))
		}
	}()
	d.target.Call(args)
	done = true
	if t.Failed() {
		t.FailNow()
	}
}

// corpusFile returns args in the form of a file of the corpus.
func corpusFile(args []reflect.Value) string {
	var file strings.Builder
	file.WriteString("go test fuzz v1\n")
	for _, arg := range args {
		switch {
		case arg.Type() == reflect.TypeFor[[]byte]():
			fmt.Fprintf(&file, "[]byte(%q)\n", arg.Bytes())
		case arg.Kind() == reflect.Uint8:
			fmt.Fprintf(&file, "byte(%q)\n", rune(arg.Uint()))
		default:
			fmt.Fprintf(&file, "%v(%#v)\n", arg.Type(), arg.Interface())
		}
	}
	return file.String()
}
