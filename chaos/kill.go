// A machine loses power, or a process dies of a signal that it cannot catch:
// its peers see their connections end, and from then on silence.

package chaos

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/holdfast-lab/holdfast/topologies"
)

// look is how often a witness looks again. It bounds how late the onset of a
// fault is stamped.
const look = 5 * time.Millisecond

// Kill sends SIGKILL to the nodes; its undo starts them again.
type Kill struct{}

// String gives "kill".
func (Kill) String() string { return "kill" }

// DescribeUndo says that the nodes are started.
func (Kill) DescribeUndo(on []topologies.Instance) string { return "start " + names(on) }

// Inject kills every node and returns when each is seen to have exited.
func (Kill) Inject(ctx context.Context, on, _ []topologies.Instance) (Injection, error) {
	return end(ctx, on, "kill", topologies.Instance.Kill)
}

// end ends the nodes' processes, one way or another, and returns when each is
// seen to have exited. Nodes ended before an error are started by the Heal.
func end(ctx context.Context, on []topologies.Instance, verb string, do func(topologies.Instance, context.Context) error) (Injection, error) {
	inj := Injection{Heal: func(ctx context.Context) (string, error) { return start(ctx, on) }}
	var seen []string
	for _, i := range on {
		if err := do(i, ctx); err != nil {
			return inj, fmt.Errorf("%s %s: %w", verb, i.Name(), err)
		}
		s, err := await(ctx, i, func(s topologies.State) bool { return !s.Running })
		if err != nil {
			return inj, fmt.Errorf("see %s dead: %w", i.Name(), err)
		}
		seen = append(seen, fmt.Sprintf("%s exited %d", i.Name(), s.ExitCode))
	}
	inj.Witness = strings.Join(seen, ", ")
	return inj, nil
}

// start starts every node that is not running.
func start(ctx context.Context, on []topologies.Instance) (string, error) {
	return mend(ctx, on, undo{"start", topologies.Instance.Start,
		func(s topologies.State) bool { return s.Running },
		func(topologies.State) string { return "runs" }})
}

// undo is one way back: the verb that does it, for errors and to call, and how
// a node of which nothing is left to undo looks from outside and reads.
type undo struct {
	verb   string
	do     func(topologies.Instance, context.Context) error
	isDone func(topologies.State) bool
	reads  func(topologies.State) string
}

// mend applies the undo to every node where it is not seen to be done, and
// returns when it is. One that cannot be mended does not keep the others broken.
func mend(ctx context.Context, on []topologies.Instance, u undo) (string, error) {
	var seen []string
	var errs []error
	for _, i := range on {
		s, err := i.State(ctx)
		if err == nil && !u.isDone(s) {
			err = u.do(i, ctx)
		}
		if err == nil {
			s, err = await(ctx, i, u.isDone)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s %s: %w", u.verb, i.Name(), err))
			continue
		}
		seen = append(seen, i.Name()+" "+u.reads(s))
	}
	return strings.Join(seen, ", "), errors.Join(errs...)
}

// await looks at a node until ok says yes or the context ends.
func await(ctx context.Context, i topologies.Instance, ok func(topologies.State) bool) (topologies.State, error) {
	tick := time.NewTicker(look)
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
