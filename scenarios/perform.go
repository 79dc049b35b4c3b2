package scenarios

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/holdfast-lab/holdfast/results"
	"github.com/holdfast-lab/holdfast/targets"
	"github.com/holdfast-lab/holdfast/topologies"
)

const (
	beatEvery = time.Second
	lookLimit = 10 * time.Second // for the daemon to report the state of a node
)

// perform runs the attack with its steps, waits for the system to settle, and
// runs the audit and the probes. The error says why the record is incomplete.
func (p *player) perform(ctx context.Context) error {
	notes, err := openIntents(p.folder)
	if err != nil {
		return err
	}
	defer notes.close()
	gauge := &targets.Gauge{}
	entry, err := p.entry(gauge)
	if err != nil {
		return err
	}
	all := p.cluster.Instances()
	var before []results.NodeState
	if len(p.armed.Steps) > 0 {
		if before, err = states(ctx, all, stateLimit); err != nil {
			return err
		}
	}
	sampling, stopSampling := context.WithCancel(ctx)
	defer stopSampling()
	stopWatching, err := p.watch(ctx)
	if err != nil {
		return err
	}
	endStream, err := p.stream()
	if err != nil {
		return errors.Join(err, stopWatching(ctx))
	}
	b := &stepRunner{recorder: p.rec, cluster: p.cluster, topology: p.topology, intents: notes, inFlight: gauge.Now, undoFor: p.undoFor}
	var samples sync.WaitGroup
	samples.Go(func() { sample(sampling, p.rec, all) })
	err = p.attack(ctx, entry, b)
	p.undo = errors.Join(b.undo...)
	p.restored(ctx, before, all)
	if err == nil && p.why == "" {
		err = p.afterwards(ctx, all)
	}
	stopSampling()
	samples.Wait()
	if watched := stopWatching(ctx); err == nil { // otherwise the run is cut short anyway, for a known reason
		err = watched
	}
	p.run.Seconds.Run = p.rec.now().Seconds()
	p.streamed = endStream()
	return err
}

// afterwards waits for the system to settle and reads its stores.
func (p *player) afterwards(ctx context.Context, all []topologies.Instance) error {
	if how, err := settled(ctx, all, p.rest); err != nil {
		p.rec.event(results.NotSettled, "", fmt.Sprintf("within %v: %v", p.rest, err))
	} else {
		p.rec.event(results.Settled, "", how)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if p.run.Final = audit(ctx, all, p.rec.now, auditLimit); p.run.Final != nil {
		p.rec.event(results.Audited, "", p.run.Final.String())
	}
	if p.armed.Reach != nil {
		p.run.Reaches = reaches(ctx, *p.armed.Reach, all, p.rec.now)
	}
	return ctx.Err()
}

// attack sends the requests and runs the steps; they share only the recorder.
// It returns when the fate of every request is known and every fault is undone.
func (p *player) attack(ctx context.Context, entry targets.Entry, b *stepRunner) error {
	firing, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	ended := make(chan struct{})
	p.rec.event(results.AttackBegan, "", fmt.Sprintf("%v for %v", p.armed.Attack.Rate, p.armed.Attack.For))
	var broke error
	var beside sync.WaitGroup
	beside.Go(func() {
		if broke = p.steps(firing, b, entry.Gauge, ended); broke != nil {
			stop(broke)
		}
	})
	beside.Go(func() { p.beats(firing, entry.Gauge, ended) })
	load, err := p.fire(p.armed.Attack, firing, entry, p.rec.began, p.rec.request)
	p.run.Load = load
	close(ended)
	beside.Wait()
	switch {
	case errors.Is(broke, errNotSteady), errors.Is(broke, errNothingToBreak):
		p.why = broke.Error()
		return nil
	case broke != nil:
		p.rec.event(results.Interrupted, "", broke.Error())
		return broke
	case ctx.Err() != nil:
		p.rec.event(results.Interrupted, "", "the run was interrupted")
		return ctx.Err()
	case err != nil:
		p.rec.event(results.Interrupted, "", err.Error())
		return err
	}
	text := fmt.Sprintf("%d requests planned", load.Planned)
	if never := p.rec.count(results.Unsent); never > 0 {
		text += fmt.Sprintf(", %d of them never sent", never)
	}
	p.rec.event(results.AttackEnded, "", text)
	return nil
}

// steps waits for the first step, judges whether the system is steady, and runs
// the steps concurrently, so that they may overlap.
func (p *player) steps(ctx context.Context, b *stepRunner, gauge *targets.Gauge, ended <-chan struct{}) error {
	if len(p.armed.Steps) == 0 {
		return nil
	}
	if !b.sleep(ctx, p.armed.first()-steadyLead) {
		return nil
	}
	if err := p.steady(gauge); err != nil {
		return err
	}
	// A step that fails ends the others early, because the run proves nothing
	// then.
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	errs := make([]error, len(p.armed.Steps))
	var playing sync.WaitGroup
	for n, s := range p.armed.Steps {
		playing.Go(func() {
			if errs[n] = b.step(ctx, n, s, ended); errs[n] != nil {
				cancel()
			}
		})
	}
	playing.Wait()
	return errors.Join(errs...)
}

// beats reports the progress of the attack once a second.
func (p *player) beats(ctx context.Context, gauge *targets.Gauge, ended <-chan struct{}) {
	tick := time.NewTicker(beatEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ended:
			return
		case <-tick.C:
			b := p.rec.beat(p.armed.Attack.Planned(), gauge.Now(), p.armed.Attack.Due)
			b.Oldest = gauge.Oldest()
			p.rec.tell(Notice{Beat: &b})
		}
	}
}

// splitEntry returns the node and the port of "nginx:80".
func splitEntry(entry string) (node string, port int, err error) {
	node, text, err := net.SplitHostPort(entry)
	if err == nil {
		port, err = strconv.Atoi(text)
	}
	if err != nil {
		return "", 0, fmt.Errorf("read entry %q: %w", entry, err)
	}
	return node, port, nil
}
