// An operator, or an orchestrator on a deployment, ends a process politely: it
// may finish its requests, close its connections and hand its role over.

package chaos

import (
	"context"
	"time"

	"github.com/holdfast-lab/holdfast/topologies"
)

// Stop sends SIGTERM to the nodes, and SIGKILL to those that still run 10 s
// later; its undo starts them again.
type Stop struct{}

// String gives "stop".
func (Stop) String() string { return "stop" }

// DescribeUndo says that the nodes are started.
func (Stop) DescribeUndo(on []topologies.Instance) string { return "start " + names(on) }

// Inject stops all nodes at the same time and returns when each is seen to have
// exited. The exit code in the witness tells a polite end (0, 143) from a forced
// one (137). It is felt from the signal on: a node that was asked to end may
// refuse its work long before it does.
func (Stop) Inject(ctx context.Context, on, _ []topologies.Instance) (Injection, error) {
	asked := time.Now()
	inj, err := end(ctx, on, "stop", topologies.Instance.Stop)
	inj.Effect = asked
	return inj, err
}
