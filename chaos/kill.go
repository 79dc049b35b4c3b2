// A machine loses power, or a process dies of a signal that it cannot catch:
// its connections close, and then it is silent.

package chaos

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/holdfast-lab/holdfast/topologies"
)

// lookEvery is the interval at which a witness polls a node. It bounds the
// error of a fault's start time.
const lookEvery = 5 * time.Millisecond

// Kill sends SIGKILL to the nodes; its undo starts them again.
type Kill struct{}

// String gives "kill".
func (Kill) String() string { return "kill" }

// DescribeUndo says that the nodes are started.
func (Kill) DescribeUndo(on []topologies.Instance) string { return "start " + names(on) }

// Inject kills all nodes concurrently and returns when each was observed to
// have exited. The effect begins when the first of them was.
func (Kill) Inject(ctx context.Context, on, _ []topologies.Instance) (Injection, error) {
	return end(ctx, on, "kill", topologies.Instance.Kill)
}

// down holds the nodes whose processes a fault ended.
type down struct {
	on    []topologies.Instance
	ended []bool // by this fault, and not yet started again by it
}

// end ends the processes of all nodes with do and returns when each was
// observed to have exited. Heal also starts nodes that were ended before an
// error.
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

// end ends the process of one node. It is an error if the node is not running:
// nothing could be broken, and if another fault has ended it, that fault's undo
// has to start it.
func (d *down) end(ctx context.Context, n int, do func(topologies.Instance, context.Context) error) (topologies.State, error) {
	i := d.on[n]
	s, err := i.State(ctx)
	if err == nil && !s.Running {
		err = fmt.Errorf("it is not running: it had already exited with code %d", s.ExitCode)
	}
	if err != nil {
		return s, err
	}
	d.ended[n] = true // also if do fails, because the process may have ended anyway
	if err := do(i, ctx); err != nil {
		return s, err
	}
	s, err = await(ctx, i, func(s topologies.State) bool { return !s.Running })
	if err != nil {
		return s, fmt.Errorf("wait for it to exit: %w", err)
	}
	return s, nil
}

// start starts every node that the fault ended, once. It is not responsible for
// what happens to a node after that.
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

// await polls a node until ok returns true or the context ends.
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

// names joins the names of nodes with commas.
func names(on []topologies.Instance) string {
	var ns []string
	for _, i := range on {
		ns = append(ns, i.Name())
	}
	return strings.Join(ns, ", ")
}
