package results

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Change is one change of a node's state, as reported by the daemon that runs the node.
type Change struct {
	At      time.Duration `json:"at"`             // since Began, ns
	Node    string        `json:"node,omitempty"` // absent: all nodes
	What    string        `json:"what"`           // "die", "start", "pause", "unpause", "oom", "kill", "update", "disconnect", "connect", "destroy", "unwatched"
	Text    string        `json:"text,omitempty"` // details: "exit code 137"
	Sidecar bool          `json:"sidecar,omitempty"`
	Step    *int          `json:"step,omitempty"` // the step of the plan that caused it; absent: no step
}

// Watch is the time in which the nodes were watched, since Began, ns. A run
// without a Watch was not watched.
type Watch struct {
	From time.Duration `json:"from"`
	To   time.Duration `json:"to"`
	Err  string        `json:"error,omitempty"` // why the watch did not reach its end
}

// Planned reports whether a step of the run caused the change.
func (c Change) Planned() bool { return c.Step != nil }

// By reports whether the given step caused the change.
func (c Change) By(step int) bool { return c.Step != nil && *c.Step == step }

// reads is the text of each kind of change, after the node's name.
var reads = map[string]string{
	"kill": "was sent a signal", "die": "ended", "oom": "ran out of memory", "start": "was started", "pause": "was frozen",
	"unpause": "was resumed", "update": "was given other limits", "disconnect": "was taken off a network",
	"connect": "was put on a network", "destroy": "was removed", "unwatched": "nobody watched",
}

// String describes the change: "web-1 ended (exit code 137)".
func (c Change) String() string {
	text := cmp.Or(reads[c.What], c.What)
	if c.Sidecar {
		text = "the container with the packet rules of " + c.Node + " " + text
	} else if c.Node != "" {
		text = c.Node + " " + text
	}
	if c.Text != "" {
		text += " (" + c.Text + ")"
	}
	return text
}

// Who describes which step caused the change, if any.
func (c Change) Who() string {
	if c.Step == nil {
		return "no step asked for it"
	}
	return fmt.Sprintf("step %d asked for it", *c.Step+1)
}

// overBy lists the changes of a target's state that end a fault before its undo.
// A packet rule is lost when its node starts, because a start creates a new
// network namespace; a delay also needs its process in the sidecar. A CPU limit
// that another step changes is still in effect; the check of the state after both
// undos covers it.
var overBy = map[string][]string{
	"kill": {"start"}, "stop": {"start"}, "pause": {"unpause", "die", "start"},
	"cut": {"start"}, "lose": {"start"}, "delay": {"start"}, "throttle": {"start"},
}

// EndedBy reports whether a change ended the fault before its undo was requested.
func (f Fault) EndedBy(c Change) bool {
	if c.At < f.Asked || f.Healing > 0 && c.At >= f.Healing || c.By(f.Step) || !slices.Contains(f.Targets, c.Node) {
		return false
	}
	switch {
	case c.Sidecar:
		return f.Name == "delay" && c.What == "die"
	case f.limitsCPU():
		return c.What == "update" && !c.Planned()
	}
	return slices.Contains(overBy[f.Name], c.What)
}

// limitsCPU reports whether the fault is a CPU limit, which a start of the node
// does not remove.
func (f Fault) limitsCPU() bool {
	return slices.ContainsFunc(f.Meters, func(m Meter) bool { return m.Counts == "ns" })
}

// EndedEarly returns the change that ended a fault before its undo was requested,
// and whether there was one.
func (r *Run) EndedEarly(f Fault) (Change, bool) {
	if !f.InEffect() {
		return Change{}, false
	}
	i := slices.IndexFunc(r.Changes, f.EndedBy)
	if i < 0 {
		return Change{}, false
	}
	return r.Changes[i], true
}
