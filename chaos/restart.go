// A process crashes and its supervisor starts it again at once, or a machine
// reboots: connections, caches and everything else in memory are lost.

package chaos

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/holdfast-lab/holdfast/topologies"
)

// Restart ends the nodes one after another and starts each again at once. It
// ends by itself: its effect begins when the first node was observed to be
// down, or was asked to stop, and ends when the last was observed to be running
// again. Its undo only starts nodes that an error has left down.
type Restart struct {
	By string `yaml:"by,omitempty" json:"by,omitempty"` // "stop" (SIGTERM, the default) or "kill" (SIGKILL)
}

// String gives "restart".
func (Restart) String() string { return "restart" }

// Check returns an error if the options are invalid.
func (r Restart) Check() error {
	switch r.By {
	case "", "stop", "kill":
		return nil
	}
	return fmt.Errorf("restart by %q: use stop or kill", r.By)
}

// DescribeUndo says that the nodes are started.
func (Restart) DescribeUndo(on []topologies.Instance) string { return "start " + names(on) }

// Inject restarts every node and returns when each was observed to run with a
// new start time. Heal starts a node that was ended before an error.
func (r Restart) Inject(ctx context.Context, on, _ []topologies.Instance) (Injection, error) {
	if err := r.Check(); err != nil {
		return Injection{}, err
	}
	d := &down{on, make([]bool, len(on))}
	inj := Injection{Heal: d.start}
	over := &Over{}
	var exits, runs []string
	for n, i := range on {
		code, from, err := r.one(ctx, d, n, over)
		if inj.Effect.IsZero() {
			inj.Effect = from
		}
		if err != nil {
			return inj, fmt.Errorf("restart %s: %w", i.Name(), err)
		}
		exits = append(exits, fmt.Sprintf("%s exited %d and is running again", i.Name(), code))
		runs = append(runs, i.Name()+" is running again")
	}
	over.Ended, over.Witness = time.Now(), strings.Join(runs, ", ")
	inj.Witness, inj.Over = strings.Join(exits, ", "), over
	return inj, nil
}

// one restarts one node. It returns the exit code and the earliest time at
// which the restart could affect users.
func (r Restart) one(ctx context.Context, d *down, n int, over *Over) (code int, from time.Time, err error) {
	i := d.on[n]
	before, err := i.State(ctx)
	if err != nil {
		return 0, from, err
	}
	verb := topologies.Instance.Kill
	if r.By != "kill" {
		verb, from = topologies.Instance.Stop, time.Now()
	}
	dead, err := d.end(ctx, n, verb)
	if err != nil {
		return 0, from, err
	}
	now := time.Now()
	if from.IsZero() {
		from = now
	}
	if over.Began.IsZero() {
		over.Began = now
	}
	if err := i.Start(ctx); err != nil {
		return 0, from, err
	}
	_, err = await(ctx, i, func(s topologies.State) bool {
		return s.Running && !s.StartedAt.Equal(before.StartedAt)
	})
	d.ended[n] = err != nil
	return dead.ExitCode, from, err
}
