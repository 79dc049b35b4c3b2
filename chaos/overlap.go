// Faults may overlap: a machine loses a link while it is frozen. Most pairs of
// faults are independent. In other pairs the first removes what the second
// needs, so that the second would not be the fault that its name says.

package chaos

import (
	"fmt"
	"slices"
)

// Played is a fault on one node, with the other ends of its wires by name.
type Played struct {
	Fault Fault
	Peers []string // the peers of a fault on wires; empty for all peers
}

// Prevents says why a second fault cannot be injected into a node while the
// first is in effect there; "" if it can. If it can, each of the two undoes
// only its own part, in whichever order they are undone.
func Prevents(first, second Played) string {
	a, b := kind(first.Fault), kind(second.Fault)
	switch {
	case a == "kill" || a == "stop":
		return fmt.Sprintf("the earlier %s has ended the node's process, and a node that is not running cannot be broken", a)
	case a == "restart":
		return "the earlier restart has ended the node's process at that moment"
	case a == "pause" && ends(b):
		return "the earlier pause has frozen the node, and ending a frozen process also ends its pause"
	case a == "pause" && b == cpu:
		return "the earlier pause has frozen the node, so no effect of a CPU limit can be observed"
	case a == cpu && b == cpu && limit(second.Fault) >= limit(first.Fault):
		return fmt.Sprintf("the earlier limit leaves the node %v cores, and a limit of %v is not lower, so it would change nothing", limit(first.Fault), limit(second.Fault))
	case a == "delay" && b == "delay" && sameWire(first, second):
		return "the wire is already delayed, and only one of the two delays would apply; write one delay of their sum"
	case a == "throttle" && b == "throttle" && sameWire(first, second):
		return "the bandwidth of that wire is already limited, and only one of the two limits would apply"
	case a == "cut" && b == "delay" && sameWire(first, second):
		return "the wire is cut, so its delay cannot be measured"
	case a == "cut" && b == "throttle" && len(second.Peers) > 0 && sameWire(first, second):
		return "the wire is cut, so no throttled packet can be observed"
	}
	return ""
}

// Outlasted says why a second fault on the same node, which ends before the
// first, would end the first too early; "" if it would not.
func Outlasted(first, second Fault) string {
	if a, b := kind(first), kind(second); onWire(a) && ends(b) {
		return fmt.Sprintf("the %s starts the node again with a new network, which removes the %s", b, a)
	}
	return ""
}

// cpu is the kind of a throttle of CPU.
const cpu = "cpu limit"

// kind returns the fault's name; the two kinds of throttle have different ones.
func kind(f Fault) string {
	if limit(f) > 0 {
		return cpu
	}
	return f.String()
}

// limit returns the number of cores to which a fault limits the node; 0 if it
// does not.
func limit(f Fault) float64 {
	switch f := f.(type) {
	case Throttle:
		return f.CPU
	case *Throttle:
		return f.CPU
	}
	return 0
}

// ends reports whether a kind of fault ends the node's process.
func ends(kind string) bool { return kind == "kill" || kind == "stop" || kind == "restart" }

// onWire reports whether a kind of fault is a packet rule.
func onWire(kind string) bool {
	return kind == "cut" || kind == "lose" || kind == "delay" || kind == "throttle"
}

// sameWire reports whether two faults have a wire in common.
func sameWire(a, b Played) bool {
	return len(a.Peers) == 0 || len(b.Peers) == 0 ||
		slices.ContainsFunc(a.Peers, func(p string) bool { return slices.Contains(b.Peers, p) })
}
