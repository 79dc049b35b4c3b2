package results

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// mostMoments is how many lines of what happened a report shows; all are in run.json.
const mostMoments = 20

// happened is faults, roles and the moments of the history in their order.
func (r *Run) happened() []Event {
	es := r.Moments()
	for _, e := range r.Timeline {
		switch e.Kind {
		case FaultInEffect, FaultEnded, FaultFailed, RoleChanged, NodeExited, NotSteady, Interrupted:
			es = append(es, e)
		}
	}
	slices.SortStableFunc(es, func(a, b Event) int { return cmp.Compare(a.At, b.At) })
	return es
}

// happened tells what happened, one line an event.
func (t *texter) happened() {
	es := t.r.happened()
	if len(es) == 0 {
		return
	}
	t.section("what happened")
	for _, e := range es[:min(len(es), mostMoments)] {
		t.line("  %s", Line(e))
	}
	if more := len(es) - mostMoments; more > 0 {
		t.line("  and %d more, in run.json", more)
	}
}

// footer says why to trust the run, where it is and how to play it again.
func (t *texter) footer() {
	t.line("")
	t.item("trust it?", strings.Join(t.trust(), "\n"))
	if t.s.Folder != "" {
		t.item("report", filepath.Join(t.s.Folder, pageFile))
	}
	if reproduce := t.r.again(); reproduce != "" {
		t.item("again", reproduce)
	}
}

// again is the command that plays the run again, as it can be typed where the
// first was.
func (r *Run) again() string {
	name := cmp.Or(r.File, r.Scenario)
	if name == "" {
		return ""
	}
	arm := ""
	if r.Arm != "" && r.Arm != "treatment" {
		arm = " --arm " + shellWord(r.Arm)
	}
	return fmt.Sprintf("holdfast run %s%s --seed %d", shellWord(name), arm, r.Where.Seed)
}

// trust is one line a check; where none was made there is no reason for trust.
func (t *texter) trust() []string {
	if len(t.r.Trust) == 0 {
		return []string{t.s.paint(yellow, "?") + " no proof was drawn, neither of the load nor of a fault"}
	}
	var lines []string
	for _, c := range t.r.Trust {
		mark := t.s.paint(green, "✓")
		if !c.OK {
			mark = t.s.paint(red, "✗")
		}
		lines = append(lines, fmt.Sprintf("%s %s: %s", mark, c.Name, Printable(c.Detail)))
	}
	return lines
}

// item is a name and one or more lines of text beside it.
func (t *texter) item(name, text string) {
	for i, l := range strings.Split(text, "\n") {
		if i > 0 {
			name = ""
		}
		t.line("  %s%s", left(name, 12), l)
	}
}

// shellWord quotes a word that a shell would split or expand.
func shellWord(word string) string {
	if strings.Trim(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-") == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
