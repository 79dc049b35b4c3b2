package scenarios

import (
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/xrash/smetrics"
)

// Mistake is one thing wrong in a scenario file, and what to do about it.
type Mistake struct {
	Line, Column int // from 1; 0 where no place can be named
	Text         string
}

// Mistakes is everything that is wrong in a scenario file, found before
// anything was started.
type Mistakes struct {
	File  string
	All   []Mistake
	lines []string
}

// Error is one block a mistake: file:line:column: what, the line, a caret.
func (m *Mistakes) Error() string {
	var b strings.Builder
	for i, x := range m.All {
		if i > 0 {
			b.WriteByte('\n')
		}
		if x.Line == 0 {
			fmt.Fprintf(&b, "%s: %s", m.File, x.Text)
			continue
		}
		fmt.Fprintf(&b, "%s:%d:%d: %s", m.File, x.Line, x.Column, x.Text)
		if x.Line <= len(m.lines) {
			line := m.lines[x.Line-1]
			fmt.Fprintf(&b, "\n  %s\n  %s^", line, blank(line, x.Column-1))
		}
	}
	return b.String()
}

// blank is as wide as the first n letters of a line; a tab stays a tab.
func blank(line string, n int) string {
	var b strings.Builder
	for _, r := range line {
		if n--; n < 0 {
			break
		}
		if r != '\t' {
			r = ' '
		}
		b.WriteRune(r)
	}
	return b.String() + strings.Repeat(" ", max(n, 0))
}

// notes collects mistakes while a file is read and checked.
type notes struct{ all []Mistake }

// wrong notes a mistake at a node of the file; nil is the file as a whole.
func (ns *notes) wrong(at ast.Node, format string, a ...any) {
	x := Mistake{Text: fmt.Sprintf(format, a...)}
	x.Line, x.Column = place(at)
	if !slices.Contains(ns.all, x) { // the arms of a scenario share most of their text
		ns.all = append(ns.all, x)
	}
}

// mistakes is what was noted, in the order of the file, or nil.
func (ns *notes) mistakes(file string, text []byte) error {
	if len(ns.all) == 0 {
		return nil
	}
	slices.SortStableFunc(ns.all, func(a, b Mistake) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	return &Mistakes{File: file, All: ns.all, lines: strings.Split(string(text), "\n")}
}

// place is where a node begins.
func place(n ast.Node) (line, column int) {
	switch n := n.(type) {
	case nil:
		return 0, 0
	case *ast.MappingNode:
		if !n.IsFlowStyle && len(n.Values) > 0 {
			return place(n.Values[0])
		}
	case *ast.MappingValueNode:
		return place(n.Key)
	}
	if t := n.GetToken(); t != nil && t.Position != nil {
		return t.Position.Line, t.Position.Column
	}
	return 0, 0
}

// instead says which of the words was probably meant, or lists them.
func instead(word string, words []string) string {
	best := Nearest(word, words)
	switch {
	case best != "":
		return fmt.Sprintf("did you mean %q?", best)
	case len(words) == 0:
		return "there is none"
	}
	return "there is " + strings.Join(words, ", ")
}

// Nearest is which of the words was probably meant, or "": further away than
// half of the word is no misspelling.
func Nearest(word string, words []string) string {
	best, least := "", len(word)/2+1
	for _, w := range words {
		if d := distance(strings.ToLower(word), w); d < least {
			best, least = w, d
		}
	}
	return best
}

// distance is how many slips lead from one word to another: a letter left out,
// put in, mistaken, or once two that changed places.
func distance(a, b string) int {
	least := smetrics.WagnerFischer(a, b, 1, 1, 1)
	for i := range len(a) - 1 {
		swapped := a[:i] + a[i+1:i+2] + a[i:i+1] + a[i+2:]
		least = min(least, 1+smetrics.WagnerFischer(swapped, b, 1, 1, 1))
	}
	return least
}
