package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// A pkg is a package with its types.
type pkg struct {
	dir   string
	name  string
	fset  *token.FileSet
	files []*ast.File
	src   map[string][]byte // by the path of the file
	info  *types.Info
	types *types.Package
}

// load reads the package in dir.
func load(dir string) (*pkg, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command("go", "list", "-export", "-deps", "-f", "{{.ImportPath}}\t{{.Export}}\t{{.Name}}\t{{if not .DepOnly}}{{range .GoFiles}}{{.}} {{end}}{{end}}", ".")
	cmd.Dir = dir
	list, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list in %s: %w", dir, err)
	}
	p := &pkg{dir: dir, fset: token.NewFileSet(), src: map[string][]byte{}}
	exports := map[string]string{}
	for _, line := range strings.Split(strings.TrimSpace(string(list)), "\n") {
		fields := strings.Split(line, "\t")
		exports[fields[0]], p.name = fields[1], fields[2]
		for _, file := range strings.Fields(fields[3]) {
			if err := p.parse(filepath.Join(dir, file)); err != nil {
				return nil, err
			}
		}
	}
	return p, p.check(exports)
}

func (p *pkg) parse(path string) (err error) {
	if p.src[path], err = os.ReadFile(path); err != nil {
		return err
	}
	file, err := parser.ParseFile(p.fset, path, p.src[path], parser.SkipObjectResolution)
	p.files = append(p.files, file)
	return err
}

// check finds out the types, with those of the imports as the compiler has written them.
func (p *pkg) check(exports map[string]string) (err error) {
	open := func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) }
	config := types.Config{Importer: importer.ForCompiler(p.fset, "gc", open)}
	p.info = &types.Info{Types: map[ast.Expr]types.TypeAndValue{}}
	p.types, err = config.Check(p.name, p.fset, p.files, p.info)
	return err
}

// text returns the source of a node.
func (p *pkg) text(n ast.Node) string {
	file := p.fset.Position(n.Pos()).Filename
	return string(p.src[file][p.fset.Position(n.Pos()).Offset:p.fset.Position(n.End()).Offset])
}

// typeOf returns the type of e as it is written in this package, or "" if it has to be left alone: a constant, or nothing that a
// function could return.
func (p *pkg) typeOf(e ast.Expr) string {
	tv := p.info.Types[e]
	if tv.Value != nil || tv.Type == nil || !tv.IsValue() {
		return ""
	}
	return types.TypeString(types.Default(tv.Type), func(other *types.Package) string {
		if other == p.types {
			return ""
		}
		return other.Name()
	})
}

// variable is the one in the environment that says which mutant is alive.
const variable = "DEMARC_MUTANT"

// overlay writes the files with all mutants in them, and returns the path of the file that tells the compiler of them.
func (p *pkg) overlay(work string, mutants []mutant) (string, error) {
	switchFile := fmt.Sprintf("package %s\n\nimport (\n\t\"os\"\n\t\"strconv\"\n)\n\nvar mutantNow, _ = strconv.Atoi(os.Getenv(%q))\n", p.name, variable)
	replace := map[string]string{}
	write := func(path string, text []byte) error {
		copied := filepath.Join(work, filepath.Base(path))
		replace[path] = copied
		return os.WriteFile(copied, text, 0o600)
	}
	if err := write(filepath.Join(p.dir, "zz_mutants.go"), []byte(switchFile)); err != nil {
		return "", err
	}
	for path, src := range p.src {
		if err := write(path, mutated(path, src, mutants)); err != nil {
			return "", err
		}
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	path := filepath.Join(work, "overlay.json")
	return path, os.WriteFile(path, text, 0o600)
}

// mutated returns the source of a file with its mutants, which do not overlap, in place.
func mutated(path string, src []byte, mutants []mutant) []byte {
	var out bytes.Buffer
	at := 0
	for _, m := range inOrder(path, mutants) {
		out.Write(src[at:m.from])
		out.WriteString(m.code)
		at = m.to
	}
	out.Write(src[at:])
	return out.Bytes()
}
