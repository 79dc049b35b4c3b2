package scenarios

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/holdfast-lab/holdfast/results"
	"github.com/holdfast-lab/holdfast/topologies"
)

const (
	settleLimit = 30 * time.Second // for every node to answer and one primary to be there after the last undo
	auditLimit  = 30 * time.Second // for two equal readings of every store
	readLimit   = 10 * time.Second // for one reading of one store
	auditEvery  = 100 * time.Millisecond
)

// settled waits until every node says who it is and, where the topology has a
// primary, just one is. The error says what was missing when time was up.
func settled(ctx context.Context, all []topologies.Instance, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for {
		err := atRest(ctx, all)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(auditEvery):
		}
	}
}

// atRest says why the system is not at rest now.
func atRest(ctx context.Context, all []topologies.Instance) error {
	var errs []error
	wanted, primaries := 0, []string{}
	for _, i := range all {
		if i.Node().Ask == nil {
			continue
		}
		if i.Node().Role == "primary" {
			wanted = 1
		}
		a, err := ask(ctx, i)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s does not answer: %w", i.Name(), err))
		} else if a.Role == "primary" {
			primaries = append(primaries, i.Name())
		}
	}
	if wanted == 1 && len(primaries) != 1 {
		errs = append(errs, fmt.Errorf("%d primaries %s", len(primaries), strings.Join(primaries, ", ")))
	}
	return errors.Join(errs...)
}

// audit reads what every store holds until two readings in a row are equal on
// every node; nil where no node keeps anything.
func audit(ctx context.Context, all []topologies.Instance, now func() time.Duration, limit time.Duration) *results.Audit {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	last := reading(ctx, all)
	if len(last) == 0 {
		return nil
	}
	for {
		select {
		case <-ctx.Done():
			return &results.Audit{At: now(), Stores: last}
		case <-time.After(auditEvery):
		}
		next := reading(ctx, all)
		if ctx.Err() == nil && same(last, next) {
			return &results.Audit{At: now(), Stable: true, Stores: next}
		}
		last = next
	}
}

// same says whether two readings hold the same. A store that could not be read
// is the same as one that could not be read, whatever the words of its error.
func same(a, b []results.Store) bool {
	for i := range a {
		if a[i].Role != b[i].Role || (a[i].Err == "") != (b[i].Err == "") || !reflect.DeepEqual(a[i].Values, b[i].Values) {
			return false
		}
	}
	return true
}

// reading reads every store once, all at the same time.
func reading(ctx context.Context, all []topologies.Instance) []results.Store {
	var keepers []topologies.Instance
	for _, i := range all {
		if i.Node().Keeps != nil {
			keepers = append(keepers, i)
		}
	}
	stores := make([]results.Store, len(keepers))
	var reads sync.WaitGroup
	for n, i := range keepers {
		reads.Go(func() { stores[n] = read(ctx, i) })
	}
	reads.Wait()
	return stores
}

func read(ctx context.Context, i topologies.Instance) results.Store {
	// A store that cannot say who it is, by design, is the only one: it accepts writes.
	s := results.Store{Node: i.Name(), Role: "primary"}
	ctx, cancel := context.WithTimeout(ctx, readLimit)
	defer cancel()
	if i.Node().Ask != nil {
		a, err := ask(ctx, i)
		s.Role = a.Role
		if err != nil {
			s.Role, s.Err = "", err.Error()
			return s
		}
	}
	values, err := i.Node().Keeps(ctx, i)
	if err != nil {
		s.Err = err.Error()
		return s
	}
	s.Values = values
	return s
}
