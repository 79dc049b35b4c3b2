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

// readyLimit is how long a node may take to say that it is ready, before a
// fault is asked for that is to break it.
const readyLimit = time.Second

// watch has every change of a node's state written down, until the function it
// gives back is called: then whoever runs the nodes must have told all, and
// the nodes must be as the changes have it. An error says that they cannot be
// seen, and with that all evidence is gone.
func (p *player) watch(ctx context.Context) (stop func(context.Context) error, err error) {
	end, err := p.cluster.Watch(ctx, p.rec.change)
	if err != nil {
		return nil, fmt.Errorf("watch the nodes: %w", err)
	}
	return func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookLimit)
		defer cancel()
		err := end(ctx)
		if err == nil {
			err = p.look(ctx)
		}
		p.run.Watched = &results.Watch{From: 1, To: p.rec.now()}
		if err == nil {
			return nil
		}
		p.run.Watched.Err = err.Error()
		return fmt.Errorf("watch the nodes until the end: %w: %w", topologies.ErrEnvironment, err)
	}, nil
}

// look holds every node against the last that was told of it.
func (p *player) look(ctx context.Context) error {
	for _, i := range p.cluster.Instances() {
		s, err := i.State(ctx)
		if err != nil {
			return err
		}
		if ends := p.rec.ends(i.Name()); s.Running == ends {
			p.rec.change(topologies.Change{At: time.Now(), What: topologies.Unwatched, Text: fmt.Sprintf("%s running: %v, but no event of that change arrived", i.Name(), s.Running)})
		}
	}
	return nil
}

// ends says whether a node has ended, as the changes have it.
func (r *recorder) ends(node string) (ended bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.told {
		if c.Node == node && !c.Sidecar && (c.What == string(topologies.Died) || c.What == string(topologies.Started)) {
			ended = c.What == string(topologies.Died)
		}
	}
	return ended
}

// change writes down that a node's state changed. What no step asked for goes
// to the timeline, and so does the end of a fault that was to last longer.
func (r *recorder) change(told topologies.Change) {
	r.mu.Lock()
	at := min(max(r.now()-time.Since(told.At.Round(0)), 1), r.now())
	c := results.Change{At: at, Node: told.Node, What: string(told.What), Text: told.Text, Sidecar: told.Sidecar}
	if told.Asked {
		c.Step = &told.Step
	}
	r.told = append(r.told, c)
	var over []results.Fault
	for _, f := range r.faults {
		if f.EndedBy(c) {
			over = append(over, f)
		}
	}
	r.mu.Unlock()
	if !c.Planned() {
		r.eventAt(at, results.Unplanned, c.Node, c.String())
	}
	for _, f := range over {
		r.eventAt(at, results.FaultOver, c.Node, fmt.Sprintf("%s: %v; %s", f.Name, c, c.Who()))
	}
}

// conditions looks at the nodes that a fault is about to break: whether they
// run, and where nothing else shows that they serve, whether they say so.
func (r *recorder) conditions(ctx context.Context, on []topologies.Instance) []results.Condition {
	all := make([]results.Condition, len(on))
	var looks sync.WaitGroup
	for n, i := range on {
		looks.Go(func() { all[n] = r.condition(ctx, i) })
	}
	looks.Wait()
	return all
}

func (r *recorder) condition(ctx context.Context, i topologies.Instance) results.Condition {
	ctx, cancel := context.WithTimeout(ctx, readyLimit)
	defer cancel()
	c := results.Condition{Node: i.Name()}
	s, err := i.State(ctx)
	if err != nil {
		c.Err = err.Error()
		return c
	}
	c.Running, c.Paused = s.Running, s.Paused
	if !s.Running {
		c.ExitCode = s.ExitCode
		if !s.FinishedAt.IsZero() {
			c.Ended = r.now() - time.Since(s.FinishedAt)
		}
		return c
	}
	if s.Paused || r.answered(i.Name()) {
		return c
	}
	if c.Ready, err = ready(ctx, i); err != nil {
		c.Err = err.Error()
	}
	return c
}

// errNothingToBreak ends an attack in which a target of a step does not run.
var errNothingToBreak = errors.New("nothing to break")

// nothingToBreak is an error where a target of a step does not run. That is the
// system's doing, or somebody else's, and no failure of the tool.
func (r *recorder) nothingToBreak(n int, i intent, before []results.Condition) error {
	for _, c := range before {
		if why := c.Down(r.now()); why != "" {
			err := fmt.Errorf("%w: step %d: %s: %s", errNothingToBreak, n+1, describeStep(i), why)
			r.fault(results.Fault{Step: n, Name: i.What, Targets: i.Whom, Peers: i.Peers, Asked: r.now(), Before: before, Err: err.Error()})
			r.event(results.FaultFailed, c.Node, err.Error())
			return err
		}
	}
	return nil
}

// answered says whether the record shows that the node served just now.
func (r *recorder) answered(node string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	so := results.Run{Requests: r.requests, Roles: r.roles, Changes: r.told}
	return so.Answered(node, r.now()) != ""
}

// ready asks a node whether it is. A probe that panics is one that failed.
func ready(ctx context.Context, i topologies.Instance) (text string, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("its probe panicked: %v", p)
		}
	}()
	switch node := i.Node(); {
	case node.Ready != nil:
		return node.Ready(ctx, i)
	case node.Ask != nil:
		a, err := node.Ask(ctx, i)
		return sentence(i.Name(), a), err
	}
	return "", errors.New("it has no probe")
}
