package results

import (
	"fmt"
	"slices"
	"time"
)

// Condition is how a node was just before a fault was asked for.
type Condition struct {
	Node     string        `json:"node"`
	Running  bool          `json:"running"`
	Paused   bool          `json:"paused,omitempty"`
	ExitCode int           `json:"exit_code,omitempty"` // where it does not run
	Ended    time.Duration `json:"ended,omitempty"`     // when it ended, since Began, ns; where it does not run
	Ready    string        `json:"ready,omitempty"`     // what it said when it was asked whether it is ready; only where no request and no sample of its role shows it
	Err      string        `json:"error,omitempty"`     // why it could not be looked at, or did not say that it is ready
}

// Meter is what the kernel counted of a fault.
type Meter struct {
	Node   string `json:"node"`
	Peer   string `json:"peer,omitempty"`
	Counts string `json:"counts"`         // "packets" that met a rule, or "ns" for which a CPU limit held the node back
	Effect uint64 `json:"effect"`         // when the fault took effect
	Undo   uint64 `json:"undo"`           // just before its undo
	Down   bool   `json:"down,omitempty"` // the node did not run then, so there was nothing to read
}

// Down says how a node did not run when it was looked at, at an instant; "" is
// that it ran.
func (c Condition) Down(at time.Duration) string {
	switch {
	case c.Running:
		return ""
	case c.Err != "":
		return fmt.Sprintf("%s could not be inspected before the fault: %s", c.Node, c.Err)
	case c.Ended == 0:
		return fmt.Sprintf("%s had exited %d", c.Node, c.ExitCode)
	}
	return fmt.Sprintf("%s had exited %d %.1f s before", c.Node, c.ExitCode, (at - c.Ended).Seconds())
}

// Shortly is how long ago a node may have answered for that to show that it
// served when a fault was asked for: twenty samples of its role, which is asked
// every 100 ms, or 200 requests at 100 a second. It is chosen, and not
// measured: shorter than any timeout after which a system notices a dead node.
const Shortly = 2 * time.Second

// Answered says how a node was seen to serve in the time just before an
// instant: by the answer to a request, whatever it said, that names it, or by
// its answer to the question who it is. What came before its state last changed does not
// count. "" is that nothing shows it.
func (r *Run) Answered(node string, at time.Duration) string {
	from := at - Shortly
	for _, c := range r.Changes {
		if c.Node == node && !c.Sidecar && c.At < at && slices.Contains([]string{"die", "start", "pause", "unpause"}, c.What) {
			from = max(from, c.At)
		}
	}
	last, how := time.Duration(-1), ""
	for i := range r.Requests {
		q := &r.Requests[i]
		if (q.Server == node || q.Store == node) && q.Done > from && q.Done <= at && q.Done > last {
			last, how = q.Done, "a request"
		}
	}
	for _, s := range r.Roles {
		if s.Node == node && s.Role != "" && s.At > from && s.At <= at && s.At > last {
			last, how = s.At, "the query for its role"
		}
	}
	if how == "" {
		return ""
	}
	return fmt.Sprintf("%s answered %s %v before", node, how, (at - last).Round(time.Millisecond))
}
