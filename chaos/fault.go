// Package chaos holds the faults: what happens to a machine or a wire in the
// world, done to running nodes, with a witness that is not the fault's own
// return code. Each fault is one file.
package chaos

import (
	"context"

	"github.com/holdfast-lab/holdfast/topologies"
)

// Fault is one way of breaking nodes.
type Fault interface {
	// Inject breaks the nodes and returns once the break is in effect, seen
	// from outside. Whatever it returns, the Injection's Heal (when not nil)
	// mends all that was broken so far. Peers are the other ends of a wire,
	// for the faults that are about one; otherwise empty.
	Inject(ctx context.Context, on, peers []topologies.Instance) (Injection, error)
	// DescribeUndo says what the Heal of an injection into those nodes will do, for the
	// durable intent, which is written before: "start pg-1".
	DescribeUndo(on []topologies.Instance) string
	// String is the fault as it reads in a sentence: "kill".
	String() string
}

// Injection is a fault in effect.
type Injection struct {
	Witness string // what was seen from outside: "exited 137"
	Heal    Heal
}

// Heal mends what an injection broke and returns what was seen from outside
// when it was mended. It may be called again.
type Heal func(context.Context) (witness string, err error)
