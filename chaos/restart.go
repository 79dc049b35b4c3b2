// A process crashes and its supervisor starts it again at once, or a machine
// reboots: connections, caches and whatever else was in memory are gone.

package chaos

import (
	"context"
	"fmt"
	"strings"

	"github.com/holdfast-lab/holdfast/topologies"
)

// Restart ends the nodes one after another and starts each again at once. It
// is over when it is in effect; its undo only makes sure that all run.
type Restart struct {
	By string `yaml:"by,omitempty" json:"by,omitempty"` // "stop" (SIGTERM, the default) or "kill" (SIGKILL)
}

// String gives "restart".
func (Restart) String() string { return "restart" }

// Check says what is wrong with the options, on paper.
func (r Restart) Check() error {
	switch r.By {
	case "", "stop", "kill":
		return nil
	}
	return fmt.Errorf("restart by %q: use stop or kill", r.By)
}

// DescribeUndo says that the nodes are started, where they are not.
func (Restart) DescribeUndo(on []topologies.Instance) string { return "start " + names(on) }

// Inject restarts every node and returns when each is seen to run with a start
// time other than before. A node ended before an error is started by the Heal.
func (r Restart) Inject(ctx context.Context, on, _ []topologies.Instance) (Injection, error) {
	if err := r.Check(); err != nil {
		return Injection{}, err
	}
	inj := Injection{Heal: func(ctx context.Context) (string, error) { return start(ctx, on) }}
	var seen []string
	for _, i := range on {
		witness, err := r.one(ctx, i)
		if err != nil {
			return inj, fmt.Errorf("restart %s: %w", i.Name(), err)
		}
		seen = append(seen, witness)
	}
	inj.Witness = strings.Join(seen, ", ")
	return inj, nil
}

// one restarts one node.
func (r Restart) one(ctx context.Context, i topologies.Instance) (string, error) {
	before, err := i.State(ctx)
	if err != nil {
		return "", err
	}
	down := i.Stop
	if r.By == "kill" {
		down = i.Kill
	}
	if err := down(ctx); err != nil {
		return "", err
	}
	dead, err := await(ctx, i, func(s topologies.State) bool { return !s.Running })
	if err != nil {
		return "", err
	}
	if err := i.Start(ctx); err != nil {
		return "", err
	}
	_, err = await(ctx, i, func(s topologies.State) bool {
		return s.Running && !s.StartedAt.Equal(before.StartedAt)
	})
	return fmt.Sprintf("%s exited %d and runs anew", i.Name(), dead.ExitCode), err
}
