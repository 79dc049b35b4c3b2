package scenarios

import (
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/xrash/smetrics"

	"github.com/holdfast-lab/holdfast/results"
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
	more  int // found besides, and not kept
	lines []string
}

// Limits of what is said of one file, whatever stands in it.
const (
	mostMistakes = 100
	longestText  = 400 // characters of a message
	longestLine  = 160 // characters of a line that is shown
)

// Error is one block a mistake: file:line:column: what, the line, a caret.
func (m *Mistakes) Error() string {
	var b strings.Builder
	file := results.Printable(m.File)
	if file == standardInput {
		file = "standard input"
	}
	for i, x := range m.All {
		if i > 0 {
			b.WriteByte('\n')
		}
		text := results.Printable(x.Text)
		if x.Line == 0 {
			fmt.Fprintf(&b, "%s: %s", file, text)
			continue
		}
		fmt.Fprintf(&b, "%s:%d:%d: %s", file, x.Line, x.Column, text)
		if x.Line <= len(m.lines) {
			line, column := around(m.lines[x.Line-1], x.Column)
			fmt.Fprintf(&b, "\n  %s\n  %s^", results.Printable(line), strings.Repeat(" ", max(column-1, 0)))
		}
	}
	if m.more > 0 {
		fmt.Fprintf(&b, "\n%s: and %d more", file, m.more)
	}
	return b.String()
}

// around is the part of a line that is shown of a long one, and where in it the
// column lies.
func around(line string, column int) (string, int) {
	c := []rune(line)
	if len(c) <= longestLine {
		return line, column
	}
	from := min(max(column-1-longestLine/2, 0), len(c))
	to := min(from+longestLine, len(c))
	part, column := string(c[from:to]), column-from
	if from > 0 {
		part, column = "…"+part, column+1
	}
	if to < len(c) {
		part += "…"
	}
	return part, column
}

// notes collects mistakes while a file is read and checked.
type notes struct {
	all  []Mistake
	more int // found when there were enough
}

// wrong notes a mistake at a node of the file; nil is the file as a whole.
func (ns *notes) wrong(at ast.Node, format string, a ...any) {
	x := Mistake{Text: fmt.Sprintf(format, a...)}
	x.Line, x.Column = place(at)
	ns.note(x)
}

// note keeps a mistake, once: the arms of a scenario share most of their text.
func (ns *notes) note(x Mistake) {
	if c := []rune(x.Text); len(c) > longestText {
		x.Text = string(c[:longestText]) + "…"
	}
	switch {
	case slices.Contains(ns.all, x):
	case len(ns.all) == mostMistakes:
		ns.more++
	default:
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
	return &Mistakes{File: file, All: ns.all, more: ns.more, lines: strings.Split(string(text), "\n")}
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

// Nearest is which of the words was probably meant, or "": further away than
// half of the word is no misspelling.
func Nearest(word string, words []string) string {
	if len(word) > maxKey {
		return "" // no slip of anything, and slow to compare
	}
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
