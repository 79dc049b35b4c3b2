package results

import (
	"fmt"
	"slices"
	"time"
)

// Condition is the state of a node just before a fault was requested.
type Condition struct {
	Node     string        `json:"node"`
	Running  bool          `json:"running"`
	Paused   bool          `json:"paused,omitempty"`
	ExitCode int           `json:"exit_code,omitempty"` // if it is not running
	Ended    time.Duration `json:"ended,omitempty"`     // when it ended, since Began, ns; if it is not running
	Ready    string        `json:"ready,omitempty"`     // the answer of its readiness probe; only if neither a request nor a sample of its role shows that it worked
	Err      string        `json:"error,omitempty"`     // why it could not be inspected, or was not ready
}

// Meter is a kernel counter of a fault.
type Meter struct {
	Node   string `json:"node"`
	Peer   string `json:"peer,omitempty"`
	Counts string `json:"counts"`         // "packets" that matched a rule, or "ns" for which a CPU limit throttled the node
	Effect uint64 `json:"effect"`         // value when the fault took effect
	Undo   uint64 `json:"undo"`           // value just before its undo
	Down   bool   `json:"down,omitempty"` // the node was not running then, so there was no counter to read
}

// Down describes why the node was not running when it was inspected at that
// instant; "" if it was running.
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

// Shortly is how long before a fault a node must have answered, to show that it
// was working when the fault was requested: twenty samples of its role, taken
// every 100 ms, or 200 requests at 100 a second. The value is chosen, not
// measured: it is shorter than any timeout after which a system notices a dead node.
const Shortly = 2 * time.Second

// Answered describes how a node was seen to work within [Shortly] before an
// instant: by an answer to a request that names it, successful or not, or by an
// answer to the query for its role. Answers before the last change of its state do
// not count. It returns "" if there is no such answer.
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
