package results

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Change is one change of a node's state, as whoever runs the node told it.
type Change struct {
	At      time.Duration `json:"at"`             // since Began, ns
	Node    string        `json:"node,omitempty"` // absent: all nodes
	What    string        `json:"what"`           // "die", "start", "pause", "unpause", "oom", "kill", "update", "disconnect", "connect", "destroy", "unwatched"
	Text    string        `json:"text,omitempty"` // what is known of it: "exit code 137"
	Sidecar bool          `json:"sidecar,omitempty"`
	Step    *int          `json:"step,omitempty"` // the step of the plan that asked for it; absent: none did
}

// Watch is from when to when the nodes were watched, since Began, ns. A run
// without one was not watched at all.
type Watch struct {
	From time.Duration `json:"from"`
	To   time.Duration `json:"to"`
	Err  string        `json:"error,omitempty"` // why the end of it could not be seen
}

// Planned says whether a step of the run asked for the change.
func (c Change) Planned() bool { return c.Step != nil }

// By says whether that step asked for the change.
func (c Change) By(step int) bool { return c.Step != nil && *c.Step == step }

// reads is each change as a sentence goes on after the node's name.
var reads = map[string]string{
	"kill": "was sent a signal", "die": "ended", "oom": "ran out of memory", "start": "was started", "pause": "was frozen",
	"unpause": "was resumed", "update": "was given other limits", "disconnect": "was taken off a network",
	"connect": "was put on a network", "destroy": "was removed", "unwatched": "nobody watched",
}

// String is the change for people: "web-1 ended (exit code 137)".
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

// Who says who asked for the change, for people.
func (c Change) Who() string {
	if c.Step == nil {
		return "no step asked for it"
	}
	return fmt.Sprintf("step %d asked for it", *c.Step+1)
}

// overBy is the changes of a target's state that end a fault before its undo.
// A rule of packets lives in the network of its node, which is new with every
// start, and one that delays needs the process beside the node, too. A limit
// that another step changes is still one: what is left of it, the end of both
// must show.
var overBy = map[string][]string{
	"kill": {"start"}, "stop": {"start"}, "pause": {"unpause", "die", "start"},
	"cut": {"start"}, "lose": {"start"}, "delay": {"start"}, "throttle": {"start"},
}

// EndedBy says whether a change ended the fault before its undo was asked for.
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

// limitsCPU says whether the fault is a limit of the CPU, which a start does
// not lift.
func (f Fault) limitsCPU() bool {
	return slices.ContainsFunc(f.Meters, func(m Meter) bool { return m.Counts == "ns" })
}

// EndedEarly is the change that ended a fault before its undo was asked for, if
// one did.
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
