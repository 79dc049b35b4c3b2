package results

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// NodeState is the state of a node that faults can change, at one time.
type NodeState struct {
	Node      string            `json:"node"`
	Running   bool              `json:"running"`
	Paused    bool              `json:"paused"`
	CPU       float64           `json:"cpu"`        // limit, in cores; 0: none
	MemoryMiB int64             `json:"memory_mib"` // limit; 0: none
	Networks  map[string]string `json:"networks,omitempty"`
	Rules     []string          `json:"rules,omitempty"` // packet rules and queueing disciplines in its network
}

// Restored is the state of every node before the first fault and after the last
// undo. If they differ, a fault was not fully undone and the measurements after it
// do not count.
type Restored struct {
	Before []NodeState `json:"before"`
	After  []NodeState `json:"after"`
	Err    string      `json:"error,omitempty"` // why the nodes could not be inspected
}

// cpuRounding is the difference in cores that rounding can cause: the kernel
// stores a limit in whole microseconds per period of 100 ms.
const cpuRounding = 0.001

// Differences lists the state that was not restored: "web-1 has 0.1 cores, but
// had 1".
func (r Restored) Differences() []string {
	var all []string
	after := map[string]NodeState{}
	for _, n := range r.After {
		after[n.Node] = n
	}
	for _, was := range r.Before {
		is, seen := after[was.Node]
		if !seen {
			all = append(all, was.Node+" was not inspected after the last undo, but was")
			continue
		}
		all = append(all, was.changed(is)...)
	}
	return all
}

// changed lists the differences of one node.
func (was NodeState) changed(is NodeState) []string {
	var all []string
	differ := func(format string, a ...any) { all = append(all, was.Node+" "+fmt.Sprintf(format, a...)) }
	switch {
	case was.Running && !is.Running:
		differ("is not running, but was")
		return all // it has no network either
	case is.Running && !was.Running:
		differ("is running, but was not")
	}
	if was.Paused != is.Paused {
		differ("is %s, but was %s", pausedOrNot(is.Paused), pausedOrNot(was.Paused))
	}
	if math.Abs(was.CPU-is.CPU) > cpuRounding {
		differ("has %v cores, but had %v", is.CPU, was.CPU)
	}
	if was.MemoryMiB != is.MemoryMiB {
		differ("has %d MiB, but had %d", is.MemoryMiB, was.MemoryMiB)
	}
	if !maps.Equal(was.Networks, is.Networks) {
		differ("is on the networks %s, but was on %s", networks(is.Networks), networks(was.Networks))
	}
	for _, rule := range is.Rules {
		if !slices.Contains(was.Rules, rule) {
			differ("has the rule %s, which it did not have", rule)
		}
	}
	for _, rule := range was.Rules {
		if !slices.Contains(is.Rules, rule) {
			differ("no longer has the rule %s, which it had", rule)
		}
	}
	return all
}

func pausedOrNot(paused bool) string {
	if paused {
		return "frozen"
	}
	return "not frozen"
}

// networks lists networks and the node's addresses on them.
func networks(at map[string]string) string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(at)) {
		all = append(all, name+" "+at[name])
	}
	if len(all) == 0 {
		return "none"
	}
	return strings.Join(all, ", ")
}
