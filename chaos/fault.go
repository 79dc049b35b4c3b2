// Package chaos holds the faults: what happens to a machine or a wire in the
// world, done to running nodes, with a witness that is not the fault's own
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
	// Effect is the first instant at which users could feel the fault: when the
	// first of the nodes was seen broken, the first rule was set, or the signal
	// was sent that may make a node refuse its work. The witness may come
	// seconds later. Zero: when Inject was called.
	Effect time.Time
	// Over is set where the fault contains its own end, as a restart does.
	Over   *Over
	Meters []Meter // what the kernel had counted of the fault when it was in effect
	Lasted Lasted  // nil: the fault is over when it is in effect
	Heal   Heal
}

// Lasted looks, just before the Heal, whether the fault is still in effect as
// it was when it took effect, and reads its meters again, in the same order.
// The error says that it is not.
type Lasted func(context.Context) (witness string, now []Meter, err error)

// Meter is what the kernel counts of a fault in effect.
type Meter struct {
	Node, Peer string
	Counts     string // "packets" that met a rule, or "ns" for which a CPU limit held the node back
	Count      uint64
	Down       bool // the node does not run, so there is nothing to read
}

// Over is the end of a fault that ended by itself.
type Over struct {
	Began   time.Time // when the first node was asked to work again
	Ended   time.Time // when the last of them was seen to
	Witness string    // what was seen then: "web-1 is running again"
}

// Heal mends what an injection broke and returns what was seen from outside
// when it was mended. It gives back only the injection's own part: what another
// fault holds of the same node stays broken. It may be called again, and what
// it mended once it does not touch a second time. An error that is
// [topologies.Permanent] says that it was mended, and that something was wrong
// all the same.
type Heal func(context.Context) (witness string, err error)

// seen is what was seen of one node, and when users could feel it first.
type seen struct {
	text string
	from time.Time
}

// each does the same to every node at the same time and lists what was seen, in
// the order of the nodes. One that fails does not keep the others from it.
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
