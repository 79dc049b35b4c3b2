// An operator, or an orchestrator during a deployment, ends a process
// gracefully: it may finish its requests, close its connections and hand over
// its role.

package chaos

import (
	"context"
	"time"

	"github.com/holdfast-lab/holdfast/topologies"
)

// Stop sends SIGTERM to the nodes, and SIGKILL to those that are still running
// 10 s later; its undo starts them again.
type Stop struct{}

// String gives "stop".
func (Stop) String() string { return "stop" }

// DescribeUndo says that the nodes are started.
func (Stop) DescribeUndo(on []topologies.Instance) string { return "start " + names(on) }

// Inject stops all nodes concurrently and returns when each was observed to
// have exited. The exit code in the witness distinguishes a graceful end (0,
// 143) from a forced one (137). The effect begins with the signal, because a
// node may refuse requests long before it exits.
func (Stop) Inject(ctx context.Context, on, _ []topologies.Instance) (Injection, error) {
	asked := time.Now()
	inj, err := end(ctx, on, "stop", topologies.Instance.Stop)
	inj.Effect = asked
	return inj, err
}
