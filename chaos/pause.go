// A machine freezes: a long collection of garbage, a stopped virtual machine,
// a disk that hangs. Its kernel still accepts connections; no answer comes.
// When it wakes it does not know that time has passed.

package chaos

import (
	"context"
	"fmt"
	"time"

	"github.com/holdfast-lab/holdfast/topologies"
)

// Pause freezes every process of the nodes; its undo lets them go on.
type Pause struct{}

// String gives "pause".
func (Pause) String() string { return "pause" }

// DescribeUndo says that the nodes go on.
func (Pause) DescribeUndo(on []topologies.Instance) string { return "unpause " + names(on) }

// Inject freezes all nodes at the same time and returns when each is seen
// frozen; it is felt from when the first of them is. Nodes that were frozen
// before an error are woken by the Heal. One that another fault holds frozen,
// too, goes on when both are undone.
func (Pause) Inject(ctx context.Context, on, _ []topologies.Instance) (Injection, error) {
	f := &freeze{on}
	inj := Injection{Heal: f.thaw}
	frozen := make([]look, len(on))
	text, from, err := each(on, func(n int, i topologies.Instance) (seen, error) {
		if err := i.Holds().Freeze(ctx, i, f); err != nil {
			return seen{}, fmt.Errorf("pause %s: %w", i.Name(), err)
		}
		s, err := await(ctx, i, func(s topologies.State) bool { return s.Paused })
		if err != nil {
			return seen{}, fmt.Errorf("see %s frozen: %w", i.Name(), err)
		}
		frozen[n] = look{i, s}
		return seen{i.Name() + " frozen", time.Now()}, nil
	})
	if inj.Effect = from; err != nil {
		return inj, err
	}
	inj.Witness, inj.Lasted = text, same(frozen)
	return inj, nil
}

// freeze is one fault's hold of frozen nodes.
type freeze struct{ on []topologies.Instance }

// thaw lets every node go on that nothing else holds frozen. A node that was
// killed or started again while it was frozen has nothing left to undo; whether
// it lives is told.
func (f *freeze) thaw(ctx context.Context) (string, error) {
	text, _, err := each(f.on, func(_ int, i topologies.Instance) (seen, error) {
		err := i.Holds().Thaw(ctx, i, f)
		var s topologies.State
		if err == nil {
			s, err = await(ctx, i, func(s topologies.State) bool { return !s.Paused || i.Holds().Frozen() })
		}
		switch {
		case err != nil:
			return seen{}, fmt.Errorf("unpause %s: %w", i.Name(), err)
		case s.Paused:
			return seen{text: i.Name() + " is still frozen by another fault"}, nil
		case !s.Running:
			return seen{text: i.Name() + " is no longer running"}, nil
		}
		return seen{text: i.Name() + " is running again"}, nil
	})
	return text, err
}
