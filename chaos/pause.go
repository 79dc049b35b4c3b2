// A machine freezes: a long collection of garbage, a stopped virtual machine,
// a disk that hangs. Its kernel still accepts connections; no answer comes.
// When it wakes it does not know that time has passed.

package chaos

import (
	"context"
	"fmt"
	"strings"

	"github.com/holdfast-lab/holdfast/topologies"
)

// Pause freezes every process of the nodes; its undo lets them go on.
type Pause struct{}

// String gives "pause".
func (Pause) String() string { return "pause" }

// DescribeUndo says that the nodes go on.
func (Pause) DescribeUndo(on []topologies.Instance) string { return "unpause " + names(on) }

// Inject freezes every node and returns when each is seen frozen. Nodes that
// were frozen before an error are woken by the Heal.
func (Pause) Inject(ctx context.Context, on, _ []topologies.Instance) (Injection, error) {
	inj := Injection{Heal: func(ctx context.Context) (string, error) { return wake(ctx, on) }}
	var seen []string
	for _, i := range on {
		if err := i.Pause(ctx); err != nil {
			return inj, fmt.Errorf("pause %s: %w", i.Name(), err)
		}
		if _, err := await(ctx, i, func(s topologies.State) bool { return s.Paused }); err != nil {
			return inj, fmt.Errorf("see %s frozen: %w", i.Name(), err)
		}
		seen = append(seen, i.Name()+" frozen")
	}
	inj.Witness = strings.Join(seen, ", ")
	return inj, nil
}

// wake lets every frozen node go on. A node that was killed or started again
// while it was frozen has nothing left to undo; whether it lives is told.
func wake(ctx context.Context, on []topologies.Instance) (string, error) {
	return mend(ctx, on, undo{"unpause", topologies.Instance.Unpause,
		func(s topologies.State) bool { return !s.Paused },
		func(s topologies.State) string {
			if !s.Running {
				return "no longer runs"
			}
			return "goes on"
		}})
}
