package main

import (
	"fmt"
	"go/ast"
	"go/token"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

// A mutant is one small change.
type mutant struct {
	file     string
	line     int
	from, to int    // the bytes that it concerns
	was, is  string // for reports; is == "" is a statement that is gone
	code     string // that does one or the other, with %[1]d for its number
}

// choose returns n mutants that do not overlap, drawn with a seed.
func (p *pkg) choose(n int, seed uint64) []mutant {
	var all []mutant
	for _, file := range p.files {
		ast.Inspect(file, func(node ast.Node) bool {
			if _, ok := node.(*ast.GenDecl); ok {
				return false // constants, types, and tables
			}
			all = append(all, p.mutants(node)...)
			return true
		})
	}
	random := rand.New(rand.NewPCG(seed, 0))
	random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	var chosen []mutant
	for _, m := range all {
		if len(chosen) < n && !slices.ContainsFunc(chosen, m.overlaps) {
			m.code = fmt.Sprintf(m.code, len(chosen)+1)
			chosen = append(chosen, m)
		}
	}
	return chosen
}

func (m mutant) overlaps(other mutant) bool {
	return m.file == other.file && m.from < other.to && other.from < m.to
}

// inOrder returns the mutants of a file in the order in which they stand there.
func inOrder(path string, mutants []mutant) []mutant {
	var mine []mutant
	for _, m := range mutants {
		if m.file == path {
			mine = append(mine, m)
		}
	}
	slices.SortFunc(mine, func(a, b mutant) int { return a.from - b.from })
	return mine
}

// mutants returns what can go wrong at a node.
func (p *pkg) mutants(node ast.Node) []mutant {
	switch n := node.(type) {
	case *ast.BinaryExpr:
		return p.binary(n)
	case *ast.IfStmt:
		return []mutant{p.expr(n.Cond, "bool", "!("+p.text(n.Cond)+")")}
	case *ast.BlockStmt:
		return p.statements(n.List)
	case *ast.CaseClause:
		return p.statements(n.Body)
	}
	return nil
}

// others are the operators that stand in for an operator: those that are easily confused with it.
var others = map[token.Token][]token.Token{
	token.LSS: {token.LEQ, token.GTR}, token.LEQ: {token.LSS, token.GTR},
	token.GTR: {token.GEQ, token.LSS}, token.GEQ: {token.GTR, token.LSS},
	token.EQL: {token.NEQ}, token.NEQ: {token.EQL},
	token.LAND: {token.LOR}, token.LOR: {token.LAND},
	token.ADD: {token.SUB}, token.SUB: {token.ADD}, token.MUL: {token.ADD}, token.QUO: {token.MUL}, token.REM: {token.QUO},
	token.AND: {token.OR}, token.OR: {token.AND}, token.XOR: {token.AND}, token.SHL: {token.SHR}, token.SHR: {token.SHL},
}

// binary returns other operators, and numbers that are one more.
func (p *pkg) binary(n *ast.BinaryExpr) (all []mutant) {
	typ := p.typeOf(n)
	if typ == "" || typ == "string" {
		return nil
	}
	for _, op := range others[n.Op] {
		all = append(all, p.expr(n, typ, p.text(n.X)+" "+op.String()+" "+p.text(n.Y)))
	}
	for i, operand := range []ast.Expr{n.X, n.Y} {
		literal, ok := operand.(*ast.BasicLit)
		if !ok || literal.Kind != token.INT {
			continue
		}
		more := "(" + literal.Value + " + 1)"
		if i == 0 {
			all = append(all, p.expr(n, typ, more+" "+n.Op.String()+" "+p.text(n.Y)))
		} else {
			all = append(all, p.expr(n, typ, p.text(n.X)+" "+n.Op.String()+" "+more))
		}
	}
	return all
}

// expr is e, or is in its place.
func (p *pkg) expr(e ast.Expr, typ, is string) mutant {
	code := "func() " + typ + " { if mutantNow == %[1]d { return " + escape(is) + " }; return " + escape(p.text(e)) + " }()"
	return p.at(e, is, code)
}

// statements are those that can be gone.
func (p *pkg) statements(list []ast.Stmt) (all []mutant) {
	for _, s := range list {
		switch s := s.(type) {
		case *ast.ExprStmt:
			if call := p.text(s); strings.HasPrefix(call, "panic(") || strings.Contains(call, "ock()") {
				continue // it ends the function, or everything
			}
		case *ast.AssignStmt:
			if s.Tok == token.DEFINE || p.text(s.Lhs[0]) == "_" {
				continue
			}
		case *ast.IncDecStmt:
		default:
			continue
		}
		all = append(all, p.at(s, "", "if mutantNow != %[1]d { "+escape(p.text(s))+" }"))
	}
	return all
}

func (p *pkg) at(n ast.Node, is, code string) mutant {
	from, to := p.fset.Position(n.Pos()), p.fset.Position(n.End())
	return mutant{
		file: from.Filename, line: from.Line, from: from.Offset, to: to.Offset,
		was: oneLine(p.text(n)), is: oneLine(is), code: code,
	}
}

func escape(code string) string { return strings.ReplaceAll(code, "%", "%%") }

// oneLine returns code for a report.
func oneLine(code string) string {
	code = strings.Join(strings.Fields(code), " ")
	if len(code) > 100 {
		return strconv.Quote(code[:100]) + "..."
	}
	return code
}
