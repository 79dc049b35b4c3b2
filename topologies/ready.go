// A container that runs does not yet serve. It is asked until it answers; when it
// does not, the error has its last answer.

package topologies

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// probeLimit bounds one question of a probe.
const probeLimit = 5 * time.Second

// tailLines is how much of a log an error brings along.
const tailLines = 20

// awaitReady asks the node until it is ready and gives back how it is.
func (i *instance) awaitReady(ctx context.Context) (string, error) {
	probe := i.node.Ready
	if probe == nil {
		probe = func(context.Context, Instance) (string, error) { return "running", nil }
	}
	began, said := time.Now(), time.Now()
	within, cancel := context.WithTimeout(ctx, readyLimit)
	defer cancel()
	last := errors.New("it was never probed")
	for {
		text, err := i.ask(within, probe)
		if err == nil {
			return text, nil
		}
		if within.Err() == nil {
			last = err // not one that is only the end of our patience
		}
		if dead := i.died(within); dead != nil {
			return "", i.failure(ctx, errors.Join(dead, last))
		}
		if time.Since(said) > time.Second {
			said = time.Now()
			i.cluster.report(Progress{StageNode, i.Name(), "waiting", last.Error(), time.Since(began)})
		}
		select {
		case <-ctx.Done():
			return "", fmt.Errorf("wait until ready: %w; last answer: %w", ctx.Err(), last)
		case <-within.Done():
			return "", i.failure(ctx, fmt.Errorf("not ready within %v: %w", readyLimit, last))
		case <-time.After(probeEvery):
		}
	}
}

// ask puts one question. A probe that crashes is one that failed.
func (i *instance) ask(ctx context.Context, probe Probe) (text string, err error) {
	ctx, cancel := context.WithTimeout(ctx, probeLimit)
	defer cancel()
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the probe of %s panicked: %v", i.Name(), r)
		}
	}()
	return probe(ctx, i)
}

// died says how the node ended, if it did.
func (i *instance) died(ctx context.Context) error {
	s, err := i.State(ctx)
	switch {
	case err != nil && ctx.Err() != nil:
		return nil
	case err != nil:
		return err
	case s.Running:
		return nil
	case s.OOMKilled:
		return fmt.Errorf("it ran out of its %d MiB of memory and was killed", i.node.MemoryMiB)
	default:
		return fmt.Errorf("it exited with code %d", s.ExitCode)
	}
}

// failure adds the end of the node's log to why it is not ready.
func (i *instance) failure(ctx context.Context, err error) error {
	tail := strings.TrimRight(lastLines(ctx, i.cluster.docker, i.id, tailLines), "\n")
	return fmt.Errorf("%w\nlast lines of its log:\n  %s", err, strings.ReplaceAll(tail, "\n", "\n  "))
}

// end kills the node and waits for the rest of its log. It is for the end of a
// run: errors are for the removal that follows.
func (i *instance) end(ctx context.Context) {
	if i.id == "" {
		return
	}
	_ = i.Kill(ctx)
	i.log.end(ctx)
}
