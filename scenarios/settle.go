package scenarios

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/holdfast-lab/holdfast/topologies"
)

// settleLimit is how long, after the last undo, every node may take to answer
// and the system to have one primary; settleEvery is the interval of the
// checks.
const (
	settleLimit = 30 * time.Second
	settleEvery = 100 * time.Millisecond
)

// settled waits until every node answers and, if the topology has a primary,
// exactly one node is primary. It returns how many nodes answered and how they
// were checked; the error says what was missing when the time was up.
func settled(ctx context.Context, all []topologies.Instance, limit time.Duration) (how string, err error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for {
		if how, err = atRest(ctx, all); err == nil {
			return how, nil
		}
		select {
		case <-ctx.Done():
			return "", err
		case <-time.After(settleEvery):
		}
	}
}

// The ways to check that a node answers, the strongest first.
const (
	byRole  = "reported their role"
	byProbe = "passed their readiness probe"
	byState = "are running and have no check"
)

// presence is the result for one node.
type presence struct {
	way     string
	primary bool
	err     error
}

// atRest checks every node once, concurrently, and returns how they answered,
// or why the system is not settled now. A system without any node that can be
// asked never counts as settled.
func atRest(ctx context.Context, all []topologies.Instance) (how string, err error) {
	seen := make([]presence, len(all))
	var asking sync.WaitGroup
	for n, i := range all {
		asking.Go(func() { seen[n] = present(ctx, i) })
	}
	asking.Wait()
	var errs []error
	ways, primaries, wanted := map[string]int{}, []string{}, false
	for n, p := range seen {
		ways[p.way]++
		wanted = wanted || p.way == byRole && all[n].Node().Role == "primary"
		if p.primary {
			primaries = append(primaries, all[n].Name())
		}
		if p.err != nil {
			errs = append(errs, fmt.Errorf("%s does not answer: %w", all[n].Name(), p.err))
		}
	}
	if wanted && len(primaries) != 1 {
		errs = append(errs, fmt.Errorf("%d primaries %s", len(primaries), strings.Join(primaries, ", ")))
	}
	if len(errs) == 0 && ways[byRole]+ways[byProbe] == 0 {
		errs = append(errs, fmt.Errorf("none of the %d nodes has a check that it answers", len(all)))
	}
	var parts []string
	for _, way := range []string{byRole, byProbe, byState} {
		if ways[way] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", ways[way], way))
		}
	}
	return fmt.Sprintf("%d of %d nodes: %s", len(all), len(all), strings.Join(parts, ", ")), errors.Join(errs...)
}

// present checks one node in the strongest way that it supports.
func present(ctx context.Context, i topologies.Instance) presence {
	ctx, cancel := context.WithTimeout(ctx, askLimit)
	defer cancel()
	switch node := i.Node(); {
	case node.Ask != nil:
		a, err := node.Ask(ctx, i)
		return presence{way: byRole, primary: err == nil && a.Role == "primary", err: err}
	case node.Ready != nil:
		_, err := node.Ready(ctx, i)
		return presence{way: byProbe, err: err}
	}
	s, err := i.State(ctx)
	switch {
	case err == nil && !s.Running:
		err = fmt.Errorf("exited %d", s.ExitCode)
	case err == nil && s.Paused:
		err = errors.New("paused")
	}
	return presence{way: byState, err: err}
}
