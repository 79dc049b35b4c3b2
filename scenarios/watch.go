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

// readyLimit is how long a node may take to report that it is ready, before a
// fault is injected into it.
const readyLimit = time.Second

// watch records every change of a node's state until the returned function is
// called. By then all changes must have been delivered, and the nodes' states
// must match them. An error means that changes may have been missed, so the run
// proves nothing.
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

// look compares every node's state with the last recorded change.
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

// ends reports whether a node has ended, according to the recorded changes.
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

// change records that a node's state changed. A change that no step caused is
// added to the timeline, and so is the early end of a fault.
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

// conditions inspects the nodes that a fault is about to break: whether they
// are running, and, if no request shows that they serve, whether they report to
// be ready.
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

// errNothingToBreak ends an attack in which a target of a step is not running.
var errNothingToBreak = errors.New("nothing to break")

// nothingToBreak returns an error if a target of a step is not running. The
// cause is the system or someone else, not a failure of the tool.
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

// answered reports whether the record shows that the node has just served a
// request.
func (r *recorder) answered(node string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	so := results.Run{Requests: r.requests, Roles: r.roles, Changes: r.told}
	return so.Answered(node, r.now()) != ""
}

// ready asks a node whether it is ready. A panic of the probe is an error.
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
