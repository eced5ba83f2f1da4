package docs_test

import (
	"bytes"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/printer"
	"go/token"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The packages that others import.
var packages = []string{"frame", "codec", "transport", "transport/transporttest", "fuzz"}

// pkgDoc returns what pkg.go.dev would show of a package, with its examples.
func pkgDoc(t *testing.T, name string) (*doc.Package, *token.FileSet) {
	paths, err := filepath.Glob(filepath.Join(root, name, "*.go"))
	require.NoError(t, err)
	fset := token.NewFileSet()
	var files []*ast.File
	for _, path := range paths {
		file, err := parser.ParseFile(fset, path, nil, parser.ParseComments)
		require.NoError(t, err)
		files = append(files, file)
	}
	p, err := doc.NewFromFiles(fset, files, "github.com/demarc-go/demarc/"+name)
	require.NoError(t, err)
	return p, fset
}

// examplesOf returns the examples that stand at a type, its methods and its constructors.
func examplesOf(typ *doc.Type) []*doc.Example {
	all := slices.Clone(typ.Examples)
	for _, f := range append(slices.Clone(typ.Funcs), typ.Methods...) {
		all = append(all, f.Examples...)
	}
	return all
}

// examplesIn returns all examples of a package, and their code.
func examplesIn(p *doc.Package, fset *token.FileSet) (all []*doc.Example, code string) {
	all = slices.Clone(p.Examples)
	for _, f := range p.Funcs {
		all = append(all, f.Examples...)
	}
	for _, typ := range p.Types {
		all = append(all, examplesOf(typ)...)
	}
	var text bytes.Buffer
	for _, e := range all {
		_ = printer.Fprint(&text, fset, e.Code)
	}
	return all, text.String()
}

// What no example has to use: methods that fmt and errors call, functions that need a test, and what serves for ever without telling where.
var usedByOthers = []string{"Error", "Unwrap", "Is", "String", "GoString", "TestFormat", "FuzzFormat", "TestServer", "ListenAndServeTLS"}

// Each exported type has an example, and each exported function and method is used in one.
func TestExamples(t *testing.T) {
	for _, name := range packages {
		p, fset := pkgDoc(t, name)
		_, code := examplesIn(p, fset)
		for _, f := range p.Funcs {
			used := strings.Contains(code, path.Base(name)+"."+f.Name) || slices.Contains(usedByOthers, f.Name)
			assert.True(t, used, "%s.%s: no example uses it", name, f.Name)
		}
		for _, typ := range p.Types {
			assert.NotEmpty(t, examplesOf(typ), "%s.%s: no example", name, typ.Name)
			for _, m := range typ.Methods {
				used := strings.Contains(code, "."+m.Name+"(") || slices.Contains(usedByOthers, m.Name)
				assert.True(t, used, "%s.%s.%s: no example uses it", name, typ.Name, m.Name)
			}
		}
	}
}

// What an example prints is checked: it has an output.
func TestExamplesAreRun(t *testing.T) {
	for _, name := range packages {
		all, _ := examplesIn(pkgDoc(t, name))
		for _, e := range all {
			assert.True(t, e.Output != "" || e.EmptyOutput, "%s.Example%s prints nothing that is checked", name, e.Name)
		}
	}
}

// Whatever is exported is documented.
func TestEverythingIsDocumented(t *testing.T) {
	for _, name := range packages {
		p, _ := pkgDoc(t, name)
		assert.Greater(t, len(p.Doc), 400, name)
		documented := func(what, text string) { assert.NotEmpty(t, text, "%s.%s has no comment", name, what) }
		for _, v := range append(slices.Clone(p.Consts), p.Vars...) {
			documented(v.Names[0], v.Doc+inner(v.Decl))
		}
		for _, f := range p.Funcs {
			documented(f.Name, f.Doc)
		}
		for _, typ := range p.Types {
			documented(typ.Name, typ.Doc)
			for _, f := range append(slices.Clone(typ.Funcs), typ.Methods...) {
				documented(typ.Name+"."+f.Name, f.Doc)
			}
		}
	}
}

// inner returns the comments at the names of a declaration.
func inner(decl *ast.GenDecl) string {
	var text strings.Builder
	for _, spec := range decl.Specs {
		if v, ok := spec.(*ast.ValueSpec); ok {
			text.WriteString(v.Doc.Text() + v.Comment.Text())
		}
	}
	return text.String()
}
