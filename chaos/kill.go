// A machine loses power, or a process dies of a signal that it cannot catch:
// its peers see their connections end, and from then on silence.

package chaos

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/holdfast-lab/holdfast/topologies"
)

// lookEvery is how often a witness looks again. It bounds how late the onset of
// a fault is stamped.
const lookEvery = 5 * time.Millisecond

// Kill sends SIGKILL to the nodes; its undo starts them again.
type Kill struct{}

// String gives "kill".
func (Kill) String() string { return "kill" }

// DescribeUndo says that the nodes are started.
func (Kill) DescribeUndo(on []topologies.Instance) string { return "start " + names(on) }

// Inject kills all nodes at the same time and returns when each is seen to have
// exited. It is felt from when the first of them is.
func (Kill) Inject(ctx context.Context, on, _ []topologies.Instance) (Injection, error) {
	return end(ctx, on, "kill", topologies.Instance.Kill)
}

// down is nodes that a fault ended, and which of them run again.
type down struct {
	on    []topologies.Instance
	ended []bool // by this fault, and not started again by it
}

// end ends the nodes' processes, one way or another, and returns when each is
// seen to have exited. Nodes ended before an error are started by the Heal.
func end(ctx context.Context, on []topologies.Instance, verb string, do func(topologies.Instance, context.Context) error) (Injection, error) {
	d := &down{on, make([]bool, len(on))}
	dead := make([]look, len(on))
	inj := Injection{Heal: d.start}
	text, from, err := each(on, func(n int, i topologies.Instance) (seen, error) {
		s, err := d.end(ctx, n, do)
		if err != nil {
			return seen{}, fmt.Errorf("%s %s: %w", verb, i.Name(), err)
		}
		dead[n] = look{i, s}
		return seen{fmt.Sprintf("%s exited %d", i.Name(), s.ExitCode), time.Now()}, nil
	})
	if inj.Effect = from; err != nil {
		return inj, err
	}
	inj.Witness, inj.Lasted = text, same(dead)
	return inj, nil
}

// end ends one node. One that does not run has nothing to lose, and another
// fault may have ended it, whose undo is to start it.
func (d *down) end(ctx context.Context, n int, do func(topologies.Instance, context.Context) error) (topologies.State, error) {
	i := d.on[n]
	s, err := i.State(ctx)
	if err == nil && !s.Running {
		err = fmt.Errorf("it is not running: it had already exited with code %d", s.ExitCode)
	}
	if err != nil {
		return s, err
	}
	d.ended[n] = true // also where the verb fails: it may have been done
	if err := do(i, ctx); err != nil {
		return s, err
	}
	s, err = await(ctx, i, func(s topologies.State) bool { return !s.Running })
	if err != nil {
		return s, fmt.Errorf("wait for it to exit: %w", err)
	}
	return s, nil
}

// start starts every node that the fault ended, once. What became of it after
// that is not this fault's.
func (d *down) start(ctx context.Context) (string, error) {
	text, _, err := each(d.on, func(n int, i topologies.Instance) (seen, error) {
		s, err := i.State(ctx)
		if err == nil && d.ended[n] && !s.Running {
			err = i.Start(ctx)
		}
		if err == nil && d.ended[n] {
			s, err = await(ctx, i, func(s topologies.State) bool { return s.Running })
		}
		if err != nil {
			return seen{}, fmt.Errorf("start %s: %w", i.Name(), err)
		}
		d.ended[n] = false
		if !s.Running {
			return seen{text: i.Name() + " is not running, for another reason"}, nil
		}
		return seen{text: i.Name() + " runs"}, nil
	})
	return text, err
}

// await looks at a node until ok says yes or the context ends.
func await(ctx context.Context, i topologies.Instance, ok func(topologies.State) bool) (topologies.State, error) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		s, err := i.State(ctx)
		if err != nil {
			return s, err
		}
		if ok(s) {
			return s, nil
		}
		select {
		case <-ctx.Done():
			return s, fmt.Errorf("no witness: %w", ctx.Err())
		case <-tick.C:
		}
	}
}

// names lists nodes for people.
func names(on []topologies.Instance) string {
	var ns []string
	for _, i := range on {
		ns = append(ns, i.Name())
	}
	return strings.Join(ns, ", ")
}
