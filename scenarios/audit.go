package scenarios

import (
	"context"
	"reflect"
	"sync"
	"time"

	"github.com/holdfast-lab/holdfast/results"
	"github.com/holdfast-lab/holdfast/topologies"
)

const (
	auditLimit = 30 * time.Second // for two equal reads of every store
	readLimit  = 10 * time.Second // for one read of one store
	auditEvery = 100 * time.Millisecond
)

// audit reads the content of every store until two consecutive reads of each
// were equal; nil if no node stores anything. When the time is up, it returns
// the stores that could be read, and the errors of the others.
func audit(ctx context.Context, all []topologies.Instance, now func() time.Duration, limit time.Duration) *results.Audit {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	last := reading(ctx, all)
	if len(last) == 0 {
		return nil
	}
	stable := false
	for {
		select {
		case <-ctx.Done():
			return &results.Audit{At: now(), Stable: stable, Stores: last}
		case <-time.After(auditEvery):
		}
		next := reading(ctx, all)
		if ctx.Err() != nil {
			continue // our own limit interrupted this read, so it is no evidence
		}
		unread := results.Audit{Stores: next}.Unread()
		if stable = same(last, next); stable && len(unread) == 0 {
			return &results.Audit{At: now(), Stable: true, Stores: next}
		}
		last = next
	}
}

// same reports whether two reads could read the same stores and found the same
// content in each. A store that could not be read has no content to compare:
// two failed reads prove nothing, even with equal errors.
func same(a, b []results.Store) bool {
	read := 0
	for i := range a {
		if (a[i].Err == "") != (b[i].Err == "") {
			return false
		}
		if a[i].Err != "" {
			continue
		}
		if a[i].Role != b[i].Role || !reflect.DeepEqual(a[i].Values, b[i].Values) || !reflect.DeepEqual(a[i].Shown, b[i].Shown) {
			return false
		}
		read++
	}
	return read > 0
}

// reading reads every store once, concurrently.
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
	// A store that cannot report its role is, by design, the only one: it
	// accepts writes.
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
	kept, err := i.Node().Keeps(ctx, i)
	if err != nil {
		s.Err = err.Error()
		return s
	}
	s.Values, s.Shown, s.Seeded = kept.Values, kept.Shown, kept.Seeded
	return s
}
