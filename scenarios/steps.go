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
	injectLimit = 30 * time.Second // for a fault to be seen in effect
	healLimit   = 30 * time.Second // for an undo, on a context of its own
	flightLimit = time.Second      // for a request to be in flight when a fault begins
)

// stepRunner plays steps. It sees the recorder and the cluster, and never a request.
type stepRunner struct {
	*recorder
	cluster  topologies.Cluster
	topology topologies.Topology
	intents  *intents
	inFlight func() int
	undo     []error // of the faults that could not be undone; under the recorder's lock
}

// sleep waits until the time since the first request is at, and says false
// where the context ended before.
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

// step plays one step from its time to its undo. The undo is done whatever
// happens. An error means that the run proves nothing; that an undo failed is
// kept apart.
func (b *stepRunner) step(ctx context.Context, n int, s Step, ended <-chan struct{}) error {
	if !b.sleep(ctx, s.At) {
		return nil
	}
	on, peers, err := b.choose(ctx, s)
	if err != nil {
		b.fault(results.Fault{Step: n, Name: s.Fault.String(), Asked: b.now(), InFlight: b.inFlight(), Err: err.Error()})
		b.event(results.FaultFailed, "", err.Error())
		return err
	}
	i := intent{Step: n, State: "asked", What: s.Fault.String(), Whom: nodeNames(on), Peers: nodeNames(peers), Undo: s.Fault.DescribeUndo(on)}
	if err := b.intents.write(i); err != nil {
		return err // what is not written down is not done
	}
	b.awaitFlight(ctx)
	change := b.fault(results.Fault{Step: n, Name: i.What, Targets: i.Whom, Peers: i.Peers, Asked: b.now(), InFlight: b.inFlight()})
	who := strings.Join(i.Whom, ", ")
	b.event(results.FaultAsked, who, describeStep(i))
	inj, err := b.inject(ctx, s.Fault, on, peers)
	if err != nil {
		change(func(f *results.Fault) { f.Err = err.Error() })
		b.event(results.FaultFailed, who, err.Error())
		b.heal(ctx, inj, i, change)
		return err
	}
	change(func(f *results.Fault) { f.Effect, f.Witness = b.now(), inj.Witness })
	b.event(results.FaultInEffect, who, inj.Witness)
	i.State, i.Text = "in effect", inj.Witness
	noted := b.intents.write(i)
	b.last(ctx, s.For, ended)
	b.heal(ctx, inj, i, change)
	return noted
}

// awaitFlight waits, but not for long, until a request is in flight: a fault
// that met none has not shown what becomes of those it meets.
func (b *stepRunner) awaitFlight(ctx context.Context) {
	for until := b.now() + flightLimit; b.inFlight() == 0 && b.now() < until; {
		if !b.sleep(ctx, b.now()+100*time.Microsecond) {
			return
		}
	}
}

// last waits as long as a fault lasts: its time, or until the attack ends.
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

// choose asks who is who now. A far end that is also a near one is left out:
// no node has a wire to itself.
func (b *stepRunner) choose(ctx context.Context, s Step) (on, peers []topologies.Instance, err error) {
	on, err = b.all(ctx, s.On, nil)
	if err == nil {
		peers, err = b.all(ctx, s.Peers, on)
	}
	if err == nil && len(on) == 0 || err == nil && len(s.Peers) > 0 && len(peers) == 0 {
		err = errors.New("nothing matched")
	}
	if err != nil {
		return nil, nil, fmt.Errorf("choose whom to %s (%s): %w", s.Fault, s, err)
	}
	return on, peers, nil
}

// all is every node that any of the selectors means, once, without those left out.
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

// inject breaks; a fault that panics is a fault that failed.
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

// heal undoes a fault, on a context that no Ctrl-C ends.
func (b *stepRunner) heal(ctx context.Context, inj chaos.Injection, i intent, change func(func(*results.Fault))) {
	who := strings.Join(i.Whom, ", ")
	change(func(f *results.Fault) { f.Healing = b.now() })
	b.event(results.FaultHealing, who, i.Undo)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), healLimit)
	defer cancel()
	seen, err := mend(ctx, inj.Heal)
	i.State, i.Text = "ended", seen
	if err != nil {
		err = fmt.Errorf("undo %s of %s: %w: %w", i.What, who, topologies.ErrEnvironment, err)
		change(func(f *results.Fault) { f.Err = strings.TrimPrefix(f.Err+"; "+err.Error(), "; ") })
		b.event(results.FaultFailed, who, err.Error())
		i.State, i.Text = "failed", err.Error()
	} else {
		change(func(f *results.Fault) { f.Ended, f.EndWitness = b.now(), seen })
		b.event(results.FaultEnded, who, seen)
	}
	if err = errors.Join(err, b.intents.write(i)); err != nil {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.undo = append(b.undo, err)
	}
}

func mend(ctx context.Context, heal chaos.Heal) (seen string, err error) {
	if heal == nil {
		return "", nil
	}
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("it panicked: %v", r)
		}
	}()
	return heal(ctx)
}

// describeStep is a step as it is played: "cut pg-1 to pg-2, pg-3".
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
