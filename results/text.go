package results

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// Report writes the run's result as text: the verdict with the exit code, the
// claims, the events, the latency per phase, the checks of the run, its folder and
// the command that repeats it.
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
	_, _ = io.WriteString(w, b.String()) // an error here means that the terminal has closed
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
func (t *texter) section(title string) {
	t.line("")
	for _, l := range wrap(title, t.s.width()-2) {
		t.line("  %s", t.s.Paint(dim, l))
	}
}

// headline is the result, the counts, and the exit code.
func (t *texter) headline() {
	exit := t.r.ExitCode()
	text := tally(t.r.Verdicts)
	if which := t.r.variant(); which != "" {
		text = which + ": " + text
	}
	word, tail := left(t.r.headline(), 8)+"  ", fmt.Sprintf("exit %d", exit)
	lines := wrap(Printable(text), t.s.width()-columns(word)-columns(tail)-2)
	gap := t.s.width() - columns(word) - columns(lines[0]) - columns(tail)
	t.line("%s%s%s%s", t.s.Paint(bold+";"+colorOf(exit), word), lines[0], strings.Repeat(" ", max(gap, 2)), tail)
	for _, rest := range lines[1:] {
		t.line("%s%s", strings.Repeat(" ", columns(word)), rest)
	}
	if !t.r.Finished {
		t.why(t.r.cutShort())
	}
}

// variant is the arm and the settings, if they differ from the file: "control-1, replicas=1".
func (r *Run) variant() string {
	all := r.settings()
	if r.Arm != "" && r.Arm != "treatment" {
		all = append([]string{r.Arm}, all...)
	}
	return strings.Join(all, ", ")
}

// cutShort says that a run that was cut short proves nothing, and why it was cut short.
func (r *Run) cutShort() string {
	text := "the run was cut short, so nothing is proved to hold"
	if r.Why != "" {
		text += ": " + r.Why
	}
	return text
}

// narrowest is the minimum width of a claim's sentence beside other columns.
const narrowest = 26

// claims writes one row per claim, in columns, with the reason below. If the
// columns do not fit beside each other, the numbers go below the sentence.
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

// limit is the requirement as the report shows it: "limit 20 s" for "at most
// 20 s", otherwise "wanted 0 lost".
func limit(wanted string) string {
	if bound, ok := strings.CutPrefix(wanted, "at most "); ok {
		return "limit " + bound
	}
	return "wanted " + wanted
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
		c[2] = limit(c[2])
	}
	for i := range c {
		c[i] = Printable(c[i])
	}
	return c
}

// mark is the outcome's sign in its colour.
func (t *texter) mark(v Verdict) string {
	sign := v.sign()
	return t.s.Paint(map[string]string{"✓": green, "✗": red, "?": yellow}[sign], sign)
}

// why writes a reason, wrapped and indented.
func (t *texter) why(text string) {
	for _, l := range wrap(Printable(text), t.s.width()-6) {
		t.line("      %s", l)
	}
}
