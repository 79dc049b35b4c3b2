package scenarios

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/holdfast-lab/holdfast/results"
	"github.com/holdfast-lab/holdfast/topologies"
)

const (
	sampleEvery = 100 * time.Millisecond // interval at which every node is asked for its role
	askLimit    = time.Second            // a node that has not answered by then counts as silent
)

// sample polls the role of every node that can report one, until the context
// ends. Each node is polled on its own, so that a silent one delays no other.
func sample(ctx context.Context, r *recorder, all []topologies.Instance) {
	var nodes sync.WaitGroup
	for _, i := range all {
		if i.Node().Ask != nil {
			nodes.Go(func() { sampleOne(ctx, r, i) })
		}
	}
	nodes.Wait()
}

func sampleOne(ctx context.Context, r *recorder, i topologies.Instance) {
	tick := time.NewTicker(sampleEvery)
	defer tick.Stop()
	last := i.Node().Role
	for {
		a, err := ask(ctx, i)
		if ctx.Err() != nil {
			return // our own context interrupted this answer, so it is no evidence
		}
		if err != nil {
			a = topologies.Answer{}
		}
		r.role(results.RoleSample{At: r.now(), Node: i.Name(), Role: a.Role, Term: a.Term})
		if a.Role != "" && a.Role != last {
			r.event(results.RoleChanged, i.Name(), sentence(i.Name(), a))
			last = a.Role
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// ask asks one node for its role, for at most askLimit.
func ask(ctx context.Context, i topologies.Instance) (topologies.Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, askLimit)
	defer cancel()
	return i.Node().Ask(ctx, i)
}

// sentence returns an answer as text: "pg-2 is primary, timeline 2".
func sentence(name string, a topologies.Answer) string {
	text := name + " is " + a.Role
	if a.Term > 0 {
		text += fmt.Sprintf(", timeline %d", a.Term)
	}
	return text
}
