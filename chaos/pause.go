// A machine freezes: a long garbage collection, a stopped virtual machine, a
// disk that hangs. Its kernel still accepts connections, but no answer comes.
// When it resumes, it does not know that time has passed.

package chaos

import (
	"context"
	"fmt"
	"time"

	"github.com/holdfast-lab/holdfast/topologies"
)

// Pause freezes every process of the nodes; its undo resumes them.
type Pause struct{}

// String gives "pause".
func (Pause) String() string { return "pause" }

// DescribeUndo says that the nodes are unpaused.
func (Pause) DescribeUndo(on []topologies.Instance) string { return "unpause " + names(on) }

// Inject freezes all nodes concurrently and returns when each was observed to
// be frozen. The effect begins when the first of them was. Heal also resumes
// nodes that were frozen before an error. A node that another fault holds
// frozen, too, resumes when both are undone.
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

// freeze is the hold of one fault on frozen nodes.
type freeze struct{ on []topologies.Instance }

// thaw resumes every node that no other fault holds frozen. If a node was
// killed or started again while it was frozen, nothing is left to undo; the
// returned text says whether it is running.
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
