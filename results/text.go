package results

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// Report writes the run's result as text, for people: the verdict with the
// exit code, the claims, what happened, the latency per phase, the reasons to
// trust it, where it is kept and how to play it again.
func Report(w io.Writer, r *Run, s Style) {
	var b strings.Builder
	t := &texter{Builder: &b, r: r, s: s}
	t.headline()
	t.claims()
	if !s.Quiet {
		t.happened()
		t.latency()
		t.footer()
	}
	_, _ = io.WriteString(w, b.String()) // a terminal that went away is nobody's to tell
}

// texter writes one report.
type texter struct {
	*strings.Builder
	r *Run
	s Style
}

func (t *texter) line(format string, a ...any) {
	t.WriteString(strings.TrimRight(fmt.Sprintf(format, a...), " ") + "\n")
}

// section writes a heading after an empty line.
func (t *texter) section(title string) { t.line("\n  %s", t.s.paint(dim, title)) }

// headline is the verdict on the whole, the counts, and the exit code.
func (t *texter) headline() {
	outcome, exit := t.r.Outcome(), t.r.ExitCode()
	text := tally(t.r.Verdicts)
	if t.r.Arm != "" && t.r.Arm != "treatment" {
		text = t.r.Arm + ": " + text
	}
	word := strings.ToUpper(outcome.String())
	tail := fmt.Sprintf("exit %d", exit)
	gap := max(t.s.width()-10-columns(text)-columns(tail), 2)
	t.line("%s%s%s%s", t.s.paint(bold+";"+colorOf(exit), left(word, 10)), text, strings.Repeat(" ", gap), tail)
	if !t.r.Finished {
		why := "the run was cut short, so nothing is proved to hold"
		if t.r.Why != "" {
			why += ": " + t.r.Why
		}
		t.why(why)
	}
}

// colorOf is green where all is as expected, whatever it is; else red or yellow.
func colorOf(exit int) string {
	switch exit {
	case 0:
		return green
	case 1:
		return red
	}
	return yellow
}

// tally counts the outcomes: "4 of 5 claims held, 1 broken, 1 not as expected".
func tally(vs []Verdict) string {
	if len(vs) == 0 {
		return "no claim was judged"
	}
	count := map[Outcome]int{}
	surprises, expectBroken := 0, 0
	for _, v := range vs {
		count[v.Outcome]++
		if !v.AsExpected() {
			surprises++
		}
		if v.Expected == Broken {
			expectBroken++
		}
	}
	noun := "claims"
	if len(vs) == 1 {
		noun = "claim"
	}
	text := fmt.Sprintf("%d of %d %s held", count[Held], len(vs), noun)
	for _, o := range []Outcome{Broken, Unproven} {
		if n := count[o]; n > 0 {
			text += fmt.Sprintf(", %d %v", n, o)
		}
	}
	switch {
	case surprises > 0 && expectBroken > 0:
		text += fmt.Sprintf(", %d not as expected", surprises)
	case expectBroken > 0:
		text += ", all as expected"
	}
	return text
}

// narrowest is the width below which a claim's sentence is not squeezed to
// make room for columns beside it.
const narrowest = 26

// claims is one row a claim, in columns, and below it why. Where the columns
// do not fit beside each other, the numbers go below the sentence.
func (t *texter) claims() {
	wide := [3]int{}
	for _, v := range t.r.Verdicts {
		for i, cell := range cells(v) {
			wide[i] = max(wide[i], columns(cell))
		}
	}
	room := t.s.width() - 4 - wide[1] - wide[2] - 3*2 - columns("n 1 000 000")
	stacked := room < min(wide[0], narrowest)
	wide[0] = min(wide[0], room)
	for _, v := range t.r.Verdicts {
		c, n := cells(v), "n "+grouped(int64(v.N))
		if stacked {
			lines := wrap(c[0], t.s.width()-4)
			t.line("  %s %s", t.mark(v), strings.Join(lines, "\n    "))
			t.why(strings.Join(slices.DeleteFunc([]string{c[1], c[2], n}, func(s string) bool { return s == "" }), " · "))
		} else {
			lines := wrap(c[0], wide[0])
			t.line("  %s %s  %s  %s  %s", t.mark(v), left(lines[0], wide[0]), left(c[1], wide[1]), left(c[2], wide[2]), n)
			for _, rest := range lines[1:] {
				t.line("    %s", rest)
			}
		}
		for _, text := range []string{surprise(v), v.Why} {
			if text != "" {
				t.why(text)
			}
		}
	}
}

// cells are the columns of a claim: sentence, measured, wanted.
func cells(v Verdict) [3]string {
	c := [3]string{v.Claim, v.Measured, v.Wanted}
	if c[0] == "" {
		c[0] = v.Name
	}
	if c[1] == "" {
		c[1] = "–"
	}
	if c[2] != "" {
		c[2] = "wanted " + c[2]
	}
	for i := range c {
		c[i] = Printable(c[i])
	}
	return c
}

// signs are the outcomes as one sign each.
var signs = map[Outcome]string{Held: "✓", Broken: "✗", Unproven: "?"}

// mark is the outcome's sign. Red is kept for what is not as expected.
func (t *texter) mark(v Verdict) string {
	color := red
	switch {
	case v.Outcome == Unproven:
		color = yellow
	case v.AsExpected():
		color = green
	}
	return t.s.paint(color, signs[v.Outcome])
}

// surprise says in words what a scenario that expects a broken promise got.
func surprise(v Verdict) string {
	switch {
	case v.Expected != Broken:
		return ""
	case v.Outcome == Broken:
		return "broken, as expected"
	case v.Outcome == Held:
		return "held, but expected broken"
	}
	return "expected broken"
}

// why writes a reason, wrapped and set in.
func (t *texter) why(text string) {
	for _, l := range wrap(Printable(text), t.s.width()-6) {
		t.line("      %s", l)
	}
}
