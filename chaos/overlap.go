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

// Outlasted says why a first fault would be over before its time when a second
// is played on the same node and ends before the first does; "" is that it is not.
func Outlasted(first, second Fault) string {
	if a, b := kind(first), kind(second); onWire(a) && ends(b) {
		return fmt.Sprintf("the %s starts the node again with a new network, which removes the %s", b, a)
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
