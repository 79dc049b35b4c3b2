// Package chaos holds the faults: failures of a machine or a network, injected
// into running nodes. Each has a witness that is independent of the fault's own
// return code. Each fault is one file.
package chaos

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/holdfast-lab/holdfast/topologies"
)

// Fault is one kind of failure that can be injected into nodes.
type Fault interface {
	// Inject injects the fault and returns once it is in effect, as observed
	// from outside. Even if it returns an error, the Injection's Heal (if it is
	// not nil) undoes what was injected so far. Peers are the other ends of the
	// wires for a fault on wires; for other faults they are empty.
	Inject(ctx context.Context, on, peers []topologies.Instance) (Injection, error)
	// DescribeUndo says what Heal will do to those nodes, as in "start pg-1".
	// It is stored in the durable intent, which is written before the
	// injection.
	DescribeUndo(on []topologies.Instance) string
	// String returns the fault's name, as in "kill".
	String() string
}

// Injection is a fault in effect.
type Injection struct {
	Witness string // what was observed from outside: "exited 137"
	// Effect is the earliest time at which the fault could affect users: when
	// the first of the nodes was observed to be broken, when the first rule was
	// set, or when a signal was sent after which a node may refuse requests.
	// The witness may come seconds later. The zero time stands for the call of
	// Inject.
	Effect time.Time
	// Over is set for a fault that ends by itself, such as a restart.
	Over   *Over
	Meters []Meter // the kernel's counters when the fault took effect
	Lasted Lasted  // nil for a fault that is already over when Inject returns
	Heal   Heal
}

// Lasted checks, just before Heal, that the fault is still in effect as it was
// at the beginning, and reads its meters again, in the same order. It returns
// an error if the fault is no longer in effect.
type Lasted func(context.Context) (witness string, now []Meter, err error)

// Meter is a kernel counter of a fault in effect.
type Meter struct {
	Node, Peer string
	Counts     string // "packets" that matched a rule, or "ns" for which a CPU limit throttled the node
	Count      uint64
	Down       bool // the node is not running, so no counter can be read
}

// Over is the end of a fault that ends by itself.
type Over struct {
	Began   time.Time // when the first node was started again
	Ended   time.Time // when the last of them was observed to run
	Witness string    // what was observed then: "web-1 is running again"
}

// Heal undoes an injection and returns what was observed from outside when it
// was undone. It undoes only its own injection: if another fault still holds
// the same node, the node stays broken. It may be called again; what it has
// undone it does not undo twice. An error that is [topologies.Permanent] means
// that the fault was undone, but that something else was wrong.
type Heal func(context.Context) (witness string, err error)

// seen is what was observed of one node, and the earliest time at which it
// could affect users.
type seen struct {
	text string
	from time.Time
}

// each runs do for all nodes concurrently and joins what was observed, in the
// order of the nodes. An error of one node does not stop the others.
func each(on []topologies.Instance, do func(n int, i topologies.Instance) (seen, error)) (text string, from time.Time, err error) {
	all, errs := make([]seen, len(on)), make([]error, len(on))
	var doing sync.WaitGroup
	for n, i := range on {
		doing.Go(func() { all[n], errs[n] = do(n, i) })
	}
	doing.Wait()
	var texts []string
	for n, s := range all {
		if errs[n] == nil && s.text != "" {
			texts = append(texts, s.text)
		}
		if !s.from.IsZero() && (from.IsZero() || s.from.Before(from)) {
			from = s.from
		}
	}
	return strings.Join(texts, ", "), from, errors.Join(errs...)
}
