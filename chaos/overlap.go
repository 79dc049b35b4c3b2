// Faults come together: a machine loses a wire while it is frozen. Some pairs
// are two faults side by side. Of others one takes away what the other needs,
// and then the second would not be the fault that its name says.

package chaos

import (
	"fmt"
	"slices"
)

// Played is a fault on one node, with the other ends of its wires by name.
type Played struct {
	Fault Fault
	Peers []string // of a fault on a wire; none: everyone
}

// Prevents says why a second fault cannot be played on a node while the first
// is in force there; "" is that it can. Each pair that can gives back its own
// part, in whichever order the two are undone.
func Prevents(first, second Played) string {
	a, b := kind(first.Fault), kind(second.Fault)
	switch {
	case a == "kill" || a == "stop":
		return fmt.Sprintf("the %s before it has the node down, and a node that does not run has nothing left to break", a)
	case a == "restart":
		return "the restart before it has the node down at that moment"
	case a == "pause" && ends(b):
		return "the pause before it has the node frozen, and ending a frozen process also ends its pause"
	case a == "pause" && b == cpu:
		return "the pause before it has the node frozen, so that no CPU limit can be seen to hold it back"
	case a == cpu && b == cpu && limit(second.Fault) >= limit(first.Fault):
		return fmt.Sprintf("the limit before it leaves the node %v cores, and %v is no less, so that it would change nothing", limit(first.Fault), limit(second.Fault))
	case a == "delay" && b == "delay" && sameWire(first, second):
		return "the wire is delayed already, and packets would be delayed by one of both only; write one delay of the sum"
	case a == "throttle" && b == "throttle" && sameWire(first, second):
		return "the bandwidth of that wire is limited already, and only one of both limits would count"
	case a == "cut" && b == "delay" && sameWire(first, second):
		return "the wire is cut, so that no delay of it can be measured"
	case a == "cut" && b == "throttle" && len(second.Peers) > 0 && sameWire(first, second):
		return "the wire is cut, so that no packet of it can be seen to be throttled"
	}
	return ""
}

// Outlasted says why a first fault would be over before its time when a second
// is played on the same node and ends before the first does; "" is that it is not.
func Outlasted(first, second Fault) string {
	if a, b := kind(first), kind(second); onWire(a) && ends(b) {
		return fmt.Sprintf("the node is started again by the %s, with a new network in which nothing of the %s is left", b, a)
	}
	return ""
}

// cpu is the kind of a throttle that takes CPU.
const cpu = "cpu limit"

// kind is the fault's name, and tells the two throttles apart.
func kind(f Fault) string {
	if limit(f) > 0 {
		return cpu
	}
	return f.String()
}

// limit is to how many cores a fault limits the node; 0: to none.
func limit(f Fault) float64 {
	switch f := f.(type) {
	case Throttle:
		return f.CPU
	case *Throttle:
		return f.CPU
	}
	return 0
}

// ends says whether a kind of fault ends the node's process.
func ends(kind string) bool { return kind == "kill" || kind == "stop" || kind == "restart" }

// onWire says whether a kind of fault is a packet rule.
func onWire(kind string) bool {
	return kind == "cut" || kind == "lose" || kind == "delay" || kind == "throttle"
}

// sameWire says whether two faults are about a wire in common.
func sameWire(a, b Played) bool {
	return len(a.Peers) == 0 || len(b.Peers) == 0 ||
		slices.ContainsFunc(a.Peers, func(p string) bool { return slices.Contains(b.Peers, p) })
}
