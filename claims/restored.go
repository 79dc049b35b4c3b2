// A fault that was not undone still acts: a server left with a tenth of its CPU
// is slow for that reason, and not for the scenario's.

package claims

import (
	"fmt"
	"strings"

	"github.com/holdfast-lab/holdfast/results"
)

// proveRestored reports whether every node was, after the last undo, as before
// the first fault. A record without that information passes: it was made by an
// older version, or no fault was injected.
func proveRestored(r *results.Run) results.Check {
	check := results.Check{Name: "restored", OK: true}
	if r.Restored == nil {
		return check
	}
	differ := r.Restored.Differences()
	switch {
	case r.Restored.Err != "":
		check.OK, check.Detail = false, "the nodes could not be inspected after the last undo: "+r.Restored.Err
	case len(r.Restored.Before) == 0:
		check.OK, check.Detail = false, "no node was inspected before the first fault"
	case len(differ) > 0:
		check.OK, check.Detail = false, strings.Join(differ, "; ")+" (compared with the state before the first fault); to do: see holdfast doctor, and run again"
	default:
		check.Detail = fmt.Sprintf("%d nodes have the limits, packet rules, addresses and state that they had before the first fault", len(r.Restored.Before))
	}
	return check
}
