// A running container may not be ready yet. It is probed until it is ready; if it
// never is, the error contains its last answer.

package topologies

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// probeLimit limits one call of a probe.
const probeLimit = 5 * time.Second

// tailLines is how many lines of a log an error contains.
const tailLines = 20

// awaitReady probes the node until it is ready and returns the probe's text.
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
			last = err // but not the error of the expired context
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

// ask calls the probe once. A probe that panics has failed.
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

// died returns an error that says how the node ended, or nil if it runs.
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

// failure adds the last lines of the node's log to the error.
func (i *instance) failure(ctx context.Context, err error) error {
	tail := strings.TrimRight(lastLines(ctx, i.cluster.docker, i.id, tailLines), "\n")
	return fmt.Errorf("%w\nlast lines of its log:\n  %s", err, strings.ReplaceAll(tail, "\n", "\n  "))
}

// end kills the node and waits for the rest of its log. It is called at the end of
// a run: the removal that follows reports errors.
func (i *instance) end(ctx context.Context) {
	if i.id == "" {
		return
	}
	_ = i.Kill(ctx)
	i.log.end(ctx)
}
