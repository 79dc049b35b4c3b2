package scenarios

import (
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/xrash/smetrics"

	"github.com/holdfast-lab/holdfast/results"
)

// Mistake is one error in a scenario file, with a suggestion.
type Mistake struct {
	Line, Column int // from 1; 0 if the place is unknown
	Text         string
}

// Mistakes is all errors in a scenario file, found before anything is started.
type Mistakes struct {
	File  string
	All   []Mistake
	more  int // further mistakes that are not listed
	lines []string
}

// Limits of the report on one file, whatever its content.
const (
	mostMistakes = 100
	longestText  = 400 // characters of a message
	longestLine  = 160 // characters of a quoted line
)

// Error returns one block per mistake: file:line:column: message, the line, a
// caret.
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

// around returns the part of a long line to show, and the position of the
// column in it.
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

// notes collects mistakes while a file is decoded and checked.
type notes struct {
	all  []Mistake
	more int // mistakes beyond the limit
}

// wrong notes a mistake at a node of the file; nil stands for the whole file.
func (ns *notes) wrong(at ast.Node, format string, a ...any) {
	x := Mistake{Text: fmt.Sprintf(format, a...)}
	x.Line, x.Column = place(at)
	ns.note(x)
}

// note adds a mistake unless it is already noted: the arms of a scenario share
// most of their text.
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

// mistakes returns the mistakes in the order of the file, or nil.
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

// place returns the position where a node begins.
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

// Nearest returns the word that was probably meant, or "". A word whose
// distance is more than half of its length does not count as a misspelling.
func Nearest(word string, words []string) string {
	if len(word) > maxKey {
		return "" // too long for a misspelling, and slow to compare
	}
	best, least := "", len(word)/2+1
	for _, w := range words {
		if d := distance(strings.ToLower(word), w); d < least {
			best, least = w, d
		}
	}
	return best
}

// distance is the number of typing errors between two words: a letter missing,
// added or replaced, or two neighbours swapped.
func distance(a, b string) int {
	least := smetrics.WagnerFischer(a, b, 1, 1, 1)
	for i := range len(a) - 1 {
		swapped := a[:i] + a[i+1:i+2] + a[i:i+1] + a[i+2:]
		least = min(least, 1+smetrics.WagnerFischer(swapped, b, 1, 1, 1))
	}
	return least
}
