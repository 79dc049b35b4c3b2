// Nothing else may change the system during a run: a container that is killed
// by hand, or a process that exits by itself or runs out of memory, makes it a
// different experiment.

package claims

import (
	"fmt"
	"strings"

	"github.com/holdfast-lab/holdfast/results"
)

// mostNamed is how many disturbances a message names.
const mostNamed = 3

// proveUndisturbed reports whether the nodes were watched from the first
// request to the end of the audit, and changed their state only if a step
// requested it.
func proveUndisturbed(r *results.Run) results.Check {
	check := results.Check{Name: "undisturbed"}
	switch {
	case r.Watched == nil:
		check.Detail = "the nodes were not watched; to do: run it again"
		return check
	case r.Watched.Err != "":
		check.Detail = "the nodes were not watched to the end: " + r.Watched.Err
		return check
	}
	var unplanned []string
	for _, c := range r.Changes {
		if !c.Planned() {
			unplanned = append(unplanned, fmt.Sprintf("%v at %s", c, stamp(c.At)))
		}
	}
	n := len(unplanned)
	if n == 0 {
		check.OK, check.Detail = true, fmt.Sprintf("%d changes of node state, each caused by a step", len(r.Changes))
		return check
	}
	text := strings.Join(unplanned[:min(n, mostNamed)], ", ")
	if n > mostNamed {
		text += fmt.Sprintf(" and %d more", n-mostNamed)
	}
	check.Detail = text + "; no step caused it; to do: leave the system alone, or see the node's log, and run again"
	return check
}

// disturbed adjusts a verdict to a disturbance: a promise that held was not
// tested as planned; a broken one may be broken because of it.
func disturbed(v results.Verdict, check results.Check) results.Verdict {
	switch {
	case check.OK:
	case v.Outcome == results.Held:
		return because(v, results.Unproven, "the system was disturbed: %s (otherwise held)", check.Detail)
	case v.Outcome == results.Broken:
		v.Why = strings.TrimPrefix(v.Why+"; the system was also disturbed: "+check.Detail, "; ")
	}
	return v
}
