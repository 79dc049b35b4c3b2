package results

import (
	"cmp"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// mostMoments is how many lines of what happened a report shows; all are in run.json.
const mostMoments = 20

// happened returns faults, role changes and the moments of the history, by time.
func (r *Run) happened() []Event {
	es := r.Moments()
	for _, e := range r.Timeline {
		switch e.Kind {
		case FaultAsked, FaultInEffect, FaultHealing, FaultEnded, FaultFailed, RoleChanged, NodeExited, Unplanned, FaultOver, NotSteady, Interrupted:
			es = append(es, e)
		}
	}
	slices.SortStableFunc(es, func(a, b Event) int { return cmp.Compare(a.At, b.At) })
	return es
}

// happened writes the events, one line each.
func (t *texter) happened() {
	es := t.r.happened()
	if len(es) == 0 {
		return
	}
	t.section("what happened")
	for _, e := range es[:min(len(es), mostMoments)] {
		for _, l := range Lines(e, t.s.width()-2) {
			t.line("  %s", l)
		}
	}
	if more := len(es) - mostMoments; more > 0 {
		t.line("  and %d more, in run.json", more)
	}
}

// footer writes whether the run is valid, where it is and how to repeat it.
func (t *texter) footer() {
	t.line("")
	t.item("run validity", t.trust())
	if t.s.Folder != "" {
		t.item("report", []string{Printable(filepath.Join(t.s.Folder, pageFile))})
	}
	if command := t.r.reproduce(); command != "" {
		t.item("reproduce", []string{Printable(command)})
	}
}

// reproduce is the command that repeats the run from the same directory.
func (r *Run) reproduce() string {
	name := cmp.Or(r.File, r.Scenario)
	if name == "" {
		return ""
	}
	arm := ""
	if r.Arm != "" && r.Arm != "treatment" {
		arm = " --arm " + shellWord(r.Arm)
	}
	set := ""
	for _, setting := range r.settings() {
		set += " --set " + shellWord(setting)
	}
	return fmt.Sprintf("holdfast run %s%s%s --seed %d", shellWord(name), arm, set, r.Where.Seed)
}

// settings are those given on the command line, as "name=value", by name.
func (r *Run) settings() (all []string) {
	for _, name := range slices.Sorted(maps.Keys(r.Set)) {
		all = append(all, name+"="+r.Set[name])
	}
	return all
}

// trust is one line per check, wrapped under its own text; a run without checks
// cannot be trusted.
func (t *texter) trust() (lines []string) {
	if len(t.r.Trust) == 0 {
		return []string{t.s.Paint(yellow, "?") + " nothing was checked, neither the load nor the faults"}
	}
	for _, c := range t.r.Trust {
		color := map[string]string{"✓": green, "✗": red, "–": dim}[c.Sign()]
		for i, l := range wrap(Printable(c.Name+": "+c.Detail), t.s.width()-itemIndent-2) {
			mark := " "
			if i == 0 {
				mark = t.s.Paint(color, c.Sign())
			}
			lines = append(lines, mark+" "+l)
		}
	}
	return lines
}

// itemIndent is where the text beside an item's name begins.
const itemIndent = 16

// item is a name and one or more lines of text beside it. A path or a command is
// never broken, so that it can be copied: if it is too long it gets its own line.
func (t *texter) item(name string, lines []string) {
	if len(lines) == 1 && itemIndent+columns(lines[0]) > t.s.width() {
		t.line("  %s", name)
		t.line("%s", lines[0])
		return
	}
	for i, l := range lines {
		if i > 0 {
			name = ""
		}
		t.line("  %s%s", left(name, itemIndent-2), l)
	}
}

// shellWord quotes a word that a shell would split or expand.
func shellWord(word string) string {
	if strings.Trim(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-=") == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
