//go:build mutants

package holdfast

import (
	"bytes"
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"testing"
)

// mutant is one small change of the code that a test should notice.
type mutant struct {
	file, function string
	line           int
	code, change   string // what stands there, and what becomes of it
	again          int    // how often the same had been in the function before
}

// String names the mutant without its line, so that the name outlives changes elsewhere.
func (m mutant) String() string {
	name := fmt.Sprintf("%s %s: `%s`: %s", m.file, m.function, m.code, m.change)
	if m.again > 0 {
		name += fmt.Sprintf(" (%d)", m.again+1)
	}
	return name
}

// planter writes all mutants of a package into its code at once, each behind a
// number that picks it when the tests run: one build serves them all.
type planter struct {
	mutants []mutant
	names   map[string]int

	fset           *token.FileSet
	src            []byte
	file, function string
	edits          []edit
	roles          map[ast.Node]role
}

// role is what a node is to its parent, where that makes it a mutant.
type role int

const (
	statement role = iota + 1 // in a block: may be dropped
	counter                   // x++ before a condition
	condition                 // of an if or a case
)

// edit puts text in the place of so many bytes.
type edit struct {
	at, drop int
	text     string
}

// operators is how each operator is called, and what its mutants are.
var operators = map[token.Token]struct {
	call    string
	changes []string
}{
	token.LSS:  {"mutLess", []string{"< to <=", "< to >="}},
	token.LEQ:  {"mutAtMost", []string{"<= to <", "<= to >"}},
	token.GTR:  {"mutMore", []string{"> to >=", "> to <="}},
	token.GEQ:  {"mutAtLeast", []string{">= to >", ">= to <"}},
	token.ADD:  {"mutPlus", []string{"+ to -"}},
	token.SUB:  {"mutMinus", []string{"- to +"}},
	token.MUL:  {"mutTimes", []string{"* to /"}},
	token.QUO:  {"mutOver", []string{"/ to *"}},
	token.REM:  {"mutRest", []string{"% to *"}},
	token.LAND: {"mutAnd", []string{"&& to ||", "only the left", "only the right"}},
	token.LOR:  {"mutOr", []string{"|| to &&", "only the left", "only the right"}},
}

// plant gives the code of one file with its mutants in it.
func (p *planter) plant(file string, src []byte) ([]byte, error) {
	p.fset, p.src, p.file, p.function, p.edits, p.roles = token.NewFileSet(), src, file, "", nil, map[ast.Node]role{}
	tree, err := parser.ParseFile(p.fset, file, src, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	type open struct {
		node     ast.Node
		closings []string
	}
	var within []open
	ast.Inspect(tree, func(n ast.Node) bool {
		if n == nil {
			last := within[len(within)-1]
			for _, text := range last.closings {
				p.put(last.node.End(), 0, text)
			}
			within = within[:len(within)-1]
			return true
		}
		if d, ok := n.(*ast.GenDecl); ok && d.Tok != token.VAR {
			return false // the compiler needs a constant to stay one
		}
		within = append(within, open{n, p.visit(n)})
		return true
	})
	// Edits at one place stand in the order in which the nodes began and ended;
	// an operator comes after what ends before it.
	slices.SortStableFunc(p.edits, func(a, b edit) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.drop, b.drop)) })
	var out bytes.Buffer
	at := 0
	for _, e := range p.edits {
		out.Write(src[at:e.at])
		out.WriteString(e.text)
		at = e.at + e.drop
	}
	out.Write(src[at:])
	return out.Bytes(), nil
}

// visit begins the mutants of a node and gives the texts that end them.
func (p *planter) visit(n ast.Node) (closings []string) {
	p.assign(n)
	add := func(opening, closing string, changes ...string) {
		p.put(n.Pos(), 0, fmt.Sprintf(opening, p.grow(n, changes...)))
		closings = append([]string{closing}, closings...)
	}
	switch p.roles[n] {
	case statement:
		add("if !mutOn(%d) { ", " }", "dropped")
	case counter:
		add("mutIncrease(%d, &", "", "dropped")
		p.put(n.(*ast.IncDecStmt).TokPos, 2, ")")
	case condition:
		add("mutNot(%d, ", ")", "the other")
	}
	switch n := n.(type) {
	case *ast.BinaryExpr:
		op, known := operators[n.Op]
		switch {
		case n.Op == token.EQL:
			add("mutNot(%d, ", ")", "== to !=")
		case n.Op == token.NEQ:
			add("mutNot(%d, ", ")", "!= to ==")
		case !known || n.Op == token.ADD && isText(n):
		case n.Op == token.LAND, n.Op == token.LOR:
			add(op.call+"(%d, ", " })", op.changes...)
			p.put(n.OpPos, 2, ",")
			p.put(n.Y.Pos(), 0, "func() bool { return ")
		default:
			add(op.call+"(%d, ", ")", op.changes...)
			p.put(n.OpPos, len(n.Op.String()), ",")
		}
	case *ast.UnaryExpr:
		if _, number := n.X.(*ast.BasicLit); n.Op == token.SUB && !number {
			add("mutNegative(%d, ", ")", "sign dropped")
		} else if n.Op == token.NOT {
			add("mutNot(%d, ", ")", "! dropped")
		}
	case *ast.Ident:
		if n.Name == "true" || n.Name == "false" {
			add("mutNot(%d, ", ")", "the other")
		}
	case *ast.SelectorExpr:
		if slices.Contains([]string{"results.Held", "results.Broken", "results.Unproven"}, p.text(n)) {
			add("mutOutcome(%d, ", ")", "another outcome")
		}
	}
	return closings
}

// assign gives the nodes below one their roles, where they have any.
func (p *planter) assign(n ast.Node) {
	switch n := n.(type) {
	case *ast.FuncDecl:
		p.function = n.Name.Name
		if n.Recv != nil {
			p.function = strings.TrimPrefix(p.text(n.Recv.List[0].Type), "*") + "." + n.Name.Name
		}
	case *ast.BlockStmt:
		p.statements(n.List)
	case *ast.CaseClause:
		p.statements(n.Body)
	case *ast.IfStmt:
		p.condition(n.Cond)
		if x, ok := n.Init.(*ast.IncDecStmt); ok && x.Tok == token.INC {
			p.roles[x] = counter
		}
	case *ast.SwitchStmt:
		for _, s := range n.Body.List {
			for _, e := range s.(*ast.CaseClause).List {
				if n.Tag == nil {
					p.condition(e)
				}
			}
		}
	}
}

// statements marks those that the compiler can do without.
func (p *planter) statements(list []ast.Stmt) {
	for _, s := range list {
		switch s := s.(type) {
		case *ast.AssignStmt:
			if s.Tok != token.DEFINE {
				p.roles[s] = statement
			}
		case *ast.BranchStmt:
			if s.Tok != token.FALLTHROUGH {
				p.roles[s] = statement
			}
		case *ast.IncDecStmt, *ast.ExprStmt:
			p.roles[s] = statement
		}
	}
}

// condition marks one that has no operator to change.
func (p *planter) condition(e ast.Expr) {
	switch e.(type) {
	case *ast.CallExpr, *ast.Ident, *ast.SelectorExpr, *ast.IndexExpr:
		p.roles[e] = condition
	}
}

// isText says whether a sum is one of strings, by a literal in it or what writes one.
func isText(n *ast.BinaryExpr) (found bool) {
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BasicLit:
			found = found || n.Kind == token.STRING
		case *ast.CallExpr:
			f, _ := n.Fun.(*ast.SelectorExpr)
			if f != nil {
				pkg, _ := f.X.(*ast.Ident)
				found = found || pkg != nil && pkg.Name == "strconv"
			}
			return false
		}
		return true
	})
	return found
}

// grow numbers the mutants of a node, from the one it gives.
func (p *planter) grow(n ast.Node, changes ...string) int {
	first := len(p.mutants) + 1
	for _, change := range changes {
		m := mutant{file: p.file, function: p.function, line: p.fset.Position(n.Pos()).Line, code: p.text(n), change: change}
		name := m.String()
		m.again = p.names[name]
		p.names[name]++
		p.mutants = append(p.mutants, m)
	}
	return first
}

func (p *planter) put(at token.Pos, drop int, text string) {
	p.edits = append(p.edits, edit{p.fset.Position(at).Offset, drop, text})
}

// text is the code of a node on one line.
func (p *planter) text(n ast.Node) string {
	code := p.src[p.fset.Position(n.Pos()).Offset:p.fset.Position(n.End()).Offset]
	return strings.Join(strings.Fields(string(code)), " ")
}

// TestMutantsArePlanted shows which mutants a piece of code has, and that all
// that is not to be changed stays as it was.
func TestMutantsArePlanted(t *testing.T) {
	const src = `package claims

const three = 1 + 2

func (c *T) check(n int, s string) bool {
	x := n - three
	if c.seen++; c.seen < x*2 && !c.done {
		c.text = s + ": "
	}
	switch {
	case c.is(n), n == 0:
		return true
	}
	for i := 0; i > -n; i-- {
		continue
	}
	return c.v == results.Held
}
`
	p := planter{names: map[string]int{}}
	if _, err := p.plant("t.go", []byte(src)); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range p.mutants {
		got = append(got, strings.TrimPrefix(m.String(), "t.go T.check: "))
	}
	want := []string{
		"`n - three`: - to +",
		"`c.seen++`: dropped",
		"`c.seen < x*2 && !c.done`: && to ||", "`c.seen < x*2 && !c.done`: only the left", "`c.seen < x*2 && !c.done`: only the right",
		"`c.seen < x*2`: < to <=", "`c.seen < x*2`: < to >=", "`x*2`: * to /", "`!c.done`: ! dropped",
		"`c.text = s + \": \"`: dropped",
		"`c.is(n)`: the other", "`n == 0`: == to !=", "`true`: the other",
		"`i > -n`: > to >=", "`i > -n`: > to <=", "`-n`: sign dropped", "`continue`: dropped",
		"`c.v == results.Held`: == to !=", "`results.Held`: another outcome",
	}
	if !slices.Equal(got, want) {
		t.Errorf("planted\n%s\nwanted\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
