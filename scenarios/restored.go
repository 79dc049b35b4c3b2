package scenarios

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/holdfast-lab/holdfast/results"
	"github.com/holdfast-lab/holdfast/topologies"
)

// stateLimit is the time for inspecting every node before the first fault or
// after the last undo, with all retries: a daemon that is restarted is
// unavailable for some seconds.
const stateLimit = 30 * time.Second

// states inspects all nodes concurrently.
func states(ctx context.Context, all []topologies.Instance, limit time.Duration) ([]results.NodeState, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	seen, errs := make([]results.NodeState, len(all)), make([]error, len(all))
	var looking sync.WaitGroup
	for n, i := range all {
		looking.Go(func() {
			_, err := topologies.Retry(ctx, func(ctx context.Context) error {
				s, err := i.Snapshot(ctx)
				seen[n] = results.NodeState{
					Node: i.Name(), Running: s.Running, Paused: s.Paused, CPU: s.CPU, MemoryMiB: s.MemoryMiB, Networks: s.Networks, Rules: s.Rules,
				}
				return err
			})
			if err != nil {
				errs[n] = fmt.Errorf("inspect %s: %w", i.Name(), err)
			}
		})
	}
	looking.Wait()
	return seen, errors.Join(errs...)
}

// restored inspects the nodes after the last undo, if a fault was injected, and
// records their states together with those before the first fault. Its context
// is not cancelled by Ctrl-C.
func (p *player) restored(ctx context.Context, before []results.NodeState, all []topologies.Instance) {
	if len(p.rec.faultsSoFar()) == 0 {
		return
	}
	after, err := states(context.WithoutCancel(ctx), all, stateLimit)
	p.run.Restored = &results.Restored{Before: before, After: after}
	if err != nil {
		p.run.Restored.After, p.run.Restored.Err = nil, err.Error()
	}
}
