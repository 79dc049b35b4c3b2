package scenarios

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/holdfast-lab/holdfast/chaos"
	"github.com/holdfast-lab/holdfast/results"
	"github.com/holdfast-lab/holdfast/topologies"
)

const (
	injectLimit = 30 * time.Second // for a fault to be observed in effect
	healLimit   = 30 * time.Second // for an undo with all its retries, on a context of its own: a daemon that is restarted is unavailable for some seconds
	flightLimit = time.Second      // for a request to be in flight when a fault begins
)

// stepRunner runs the steps. It has access to the recorder and the cluster, but
// to no requests.
type stepRunner struct {
	*recorder
	cluster  topologies.Cluster
	topology topologies.Topology
	intents  *intents
	inFlight func() int
	undo     []error         // errors of faults that could not be undone; under the recorder's lock
	inForce  map[int]inForce // by step, from the choice of its nodes to its undo; under the recorder's lock
	undoFor  time.Duration   // for an undo; 0: healLimit
}

// sleep waits until the time since the first request is at. It returns false if
// the context ended before.
func (b *stepRunner) sleep(ctx context.Context, at time.Duration) bool {
	t := time.NewTimer(at - b.now())
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// step runs one step from its start to its undo. The undo is always attempted.
// An error means that the run proves nothing; an error of the undo is stored
// separately.
func (b *stepRunner) step(ctx context.Context, n int, s Step, ended <-chan struct{}) error {
	if !b.sleep(ctx, s.At) {
		return nil
	}
	ctx = topologies.Asking(ctx, n)
	on, peers, err := b.choose(ctx, s)
	if err == nil {
		err = b.claim(n, s, on, peers)
		defer b.release(n)
	}
	if err != nil {
		b.fault(results.Fault{Step: n, Name: s.Fault.String(), Asked: b.now(), InFlight: b.inFlight(), Err: err.Error()})
		b.event(results.FaultFailed, "", err.Error())
		return err
	}
	i := intent{Step: n, State: "asked", What: s.Fault.String(), Whom: nodeNames(on), Peers: nodeNames(peers), Undo: s.Fault.DescribeUndo(on)}
	before := b.conditions(ctx, on)
	if err := b.nothingToBreak(n, i, before); err != nil {
		return err
	}
	if err := b.intents.write(i); err != nil {
		return err // no fault is injected unless its intent is stored
	}
	b.awaitFlight(ctx)
	asked := b.now()
	change := b.fault(results.Fault{Step: n, Name: i.What, Targets: i.Whom, Peers: i.Peers, Asked: asked, InFlight: b.inFlight(), Before: before})
	who := strings.Join(i.Whom, ", ")
	b.event(results.FaultAsked, who, describeStep(i))
	inj, err := b.inject(ctx, s.Fault, on, peers)
	if err != nil {
		change(func(f *results.Fault) { f.Err = err.Error() })
		b.event(results.FaultFailed, who, err.Error())
		b.heal(ctx, inj, i, change)
		return err
	}
	b.inEffect(inj, asked, who, change)
	i.State, i.Text = "in effect", inj.Witness
	noted := b.intents.write(i)
	if inj.Over != nil {
		return errors.Join(noted, b.over(inj, i, change))
	}
	b.last(ctx, s.For, ended)
	b.heal(ctx, inj, i, change)
	return noted
}

// inEffect records when the fault could first affect users, and when the
// witness had observed all of it.
func (b *stepRunner) inEffect(inj chaos.Injection, asked time.Duration, who string, change func(func(*results.Fault))) {
	effect, seen := b.since(inj.Effect, asked), b.now()
	if inj.Over != nil {
		seen = b.since(inj.Over.Began, effect) // from then on the node recovers
	}
	change(func(f *results.Fault) {
		f.Effect, f.Witnessed, f.Witness, f.Meters = effect, seen, inj.Witness, meters(inj.Meters)
	})
	b.eventAt(effect, results.FaultInEffect, who, inj.Witness)
}

// awaitFlight waits a short time until a request is in flight: a fault without
// requests in flight does not show what happens to them.
func (b *stepRunner) awaitFlight(ctx context.Context) {
	for until := b.now() + flightLimit; b.inFlight() == 0 && b.now() < until; {
		if !b.sleep(ctx, b.now()+100*time.Microsecond) {
			return
		}
	}
}

// last waits for the duration of a fault, or until the attack ends.
func (b *stepRunner) last(ctx context.Context, d time.Duration, ended <-chan struct{}) {
	if d > 0 {
		b.sleep(ctx, b.now()+d)
		return
	}
	select {
	case <-ctx.Done():
	case <-ended:
	}
}

// choose selects the nodes by their present roles. A peer that is also a target
// is left out, because no node has a wire to itself.
func (b *stepRunner) choose(ctx context.Context, s Step) (on, peers []topologies.Instance, err error) {
	on, err = b.all(ctx, s.On, nil)
	if err == nil {
		peers, err = b.all(ctx, s.Peers, on)
	}
	if err == nil && len(on) == 0 || err == nil && len(s.Peers) > 0 && len(peers) == 0 {
		err = errors.New("nothing matched")
	}
	if err != nil {
		return nil, nil, fmt.Errorf("choose the nodes to %s (%s): %w", s.Fault, s, err)
	}
	return on, peers, nil
}

// all returns every node that any of the selectors matches, without duplicates
// and without those left out.
func (b *stepRunner) all(ctx context.Context, sels []topologies.Selector, without []topologies.Instance) ([]topologies.Instance, error) {
	seen := map[string]bool{}
	for _, i := range without {
		seen[i.Name()] = true
	}
	var out []topologies.Instance
	for _, sel := range sels {
		found, err := b.cluster.Select(ctx, settle(sel, b.topology))
		if err != nil {
			return nil, err
		}
		for _, i := range found {
			if !seen[i.Name()] {
				seen[i.Name()] = true
				out = append(out, i)
			}
		}
	}
	return out, nil
}

// inject injects the fault; a panic of the fault is an error.
func (b *stepRunner) inject(ctx context.Context, f chaos.Fault, on, peers []topologies.Instance) (inj chaos.Injection, err error) {
	ctx, cancel := context.WithTimeout(ctx, injectLimit)
	defer cancel()
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%s: it panicked: %v", f, r)
		}
	}()
	return f.Inject(ctx, on, peers)
}

// describeStep describes a step as it is run: "cut pg-1 to pg-2, pg-3".
func describeStep(i intent) string {
	text := i.What + " " + strings.Join(i.Whom, ", ")
	if len(i.Peers) > 0 {
		text += " to " + strings.Join(i.Peers, ", ")
	}
	return text
}

func nodeNames(all []topologies.Instance) []string {
	var ns []string
	for _, i := range all {
		ns = append(ns, i.Name())
	}
	return ns
}
