// A fault is evidence only while it lasts, and only with a working target: the
// target ran and served before, and stayed as the fault had left it until the
// undo was requested.

package claims

import (
	"fmt"
	"strings"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// unmetFor is how long a packet rule or a limit may affect nothing. It is how
// long a network fault waits for the packet that shows its effect: a link under
// load carries many packets per second, and an idle one refreshes a lease or a
// replication position every few seconds.
const unmetFor = 5 * time.Second

// doubtTargets says why a fault had no working target, or "".
func doubtTargets(r *results.Run, f results.Fault) string {
	for _, target := range f.Targets {
		if why := doubtTarget(r, f, target); why != "" {
			return why
		}
	}
	return ""
}

func doubtTarget(r *results.Run, f results.Fault, target string) string {
	before, looked := conditionOf(f, target)
	switch {
	case !looked:
		return target + " was not inspected before"
	case before.Down(f.Asked) != "":
		return before.Down(f.Asked)
	case underFault(r, f, target):
		return "" // the earlier fault explains the target's state
	case before.Paused:
		return target + " was already frozen"
	case before.Ready != "" || r.Answered(target, f.Asked) != "":
		return ""
	}
	why := fmt.Sprintf("%s had not answered anything in the %v before", target, results.Shortly)
	if before.Err != "" {
		why += ", and did not report that it was ready: " + before.Err
	}
	return why
}

// conditionOf is the state of a target just before its fault.
func conditionOf(f results.Fault, target string) (results.Condition, bool) {
	for _, c := range f.Before {
		if c.Node == target {
			return c, true
		}
	}
	return results.Condition{}, false
}

// underFault reports whether another fault of the run was in effect on the
// target when the fault was requested. A restart ends when it takes effect.
func underFault(r *results.Run, f results.Fault, target string) bool {
	for _, g := range r.Faults {
		earlier := g.InEffect() && g.Asked < f.Asked && (g.Ended == 0 || g.Ended > f.Asked)
		if _, on := conditionOf(g, target); on && earlier && g.Name != "restart" {
			return true
		}
	}
	return false
}

// doubtLasting says why a fault was not in effect until its undo, or "".
func doubtLasting(r *results.Run, f results.Fault) string {
	if c, over := r.EndedEarly(f); over {
		return fmt.Sprintf("it ended at %s, before its undo: %v; %s", stamp(c.At), c, c.Who())
	}
	switch {
	case f.Early != "":
		return "it had ended before its undo: " + f.Early
	case f.Healing > 0 && f.Lasted == "" && f.Name != "restart":
		return "nothing shows that it lasted until its undo"
	case f.Healing-f.Effect >= unmetFor && onlyFault(r, f):
		return unaffected(f)
	}
	return ""
}

// onlyFault reports whether no other fault was in effect at the same time:
// another fault may have stopped the traffic that this one would have affected.
func onlyFault(r *results.Run, f results.Fault) bool {
	for _, g := range r.Faults {
		if g.Step != f.Step && g.Asked < f.Healing && (g.Ended == 0 || g.Ended > f.Effect) {
			return false
		}
	}
	return true
}

// unaffected names the nodes for which the kernel counted nothing more since
// the fault took effect, or "". One of several network links may be silent.
func unaffected(f results.Fault) string {
	moved := map[string]bool{}
	for _, m := range f.Meters {
		moved[m.Node] = moved[m.Node] || m.Down || m.Undo != m.Effect
	}
	var silent []string
	for _, m := range f.Meters {
		if !moved[m.Node] {
			moved[m.Node] = true // list it once
			silent = append(silent, m.Node)
		}
	}
	if len(silent) == 0 {
		return ""
	}
	return fmt.Sprintf("it affected nothing on %s in the %v after it took effect", strings.Join(silent, ", "), ms(f.Healing-f.Effect))
}

// stamp formats an instant of the run for people: "T+12.345".
func stamp(d time.Duration) string { return fmt.Sprintf("T+%06.3f", d.Seconds()) }
