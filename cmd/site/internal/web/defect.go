package web

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// lateBy is how long after its acknowledgement a delayed write is applied, and
// slowBy is how much longer a slow write takes.
const (
	lateBy = 2 * time.Second
	slowBy = 500 * time.Millisecond
)

// The defects that can be planted in the site on purpose, with a warning in its
// log, to check that Holdfast detects them. Those with a number apply to the first n
// writes (PUT and POST) that reach this server.
const (
	drops      = "drop"              // acknowledges and never applies
	duplicates = "duplicate"         // applies twice
	delays     = "delay"             // acknowledges at once, applies lateBy later
	refuses    = "refuse"            // answers with an error and never applies
	slows      = "slow"              // applies and acknowledges slowBy later
	hasty      = "ack-before-commit" // acknowledges every write before it is committed, independent of the result
	localOnly  = "commit-local"      // commits with synchronous_commit=local
	abrupt     = "no-drain"          // does not answer requests in flight when it is stopped
)

// Defect is a planted defect. The zero value is none.
type Defect struct {
	Kind  string
	First uint64 // number of writes that it applies to, if its kind has a number
}

// ParseDefect reads a defect: "", "drop:10", "no-drain". Any other word
// is an error: a misspelt defect would look like one that Holdfast does not detect.
func ParseDefect(word string) (Defect, error) {
	kind, number, counted := strings.Cut(word, ":")
	switch kind {
	case drops, duplicates, delays, refuses, slows:
		first, err := strconv.ParseUint(number, 10, 32)
		if err != nil {
			return Defect{}, fmt.Errorf("want how many writes, as in %s:10", kind)
		}
		return Defect{kind, first}, nil
	case "", hasty, localOnly, abrupt:
		if !counted {
			return Defect{Kind: kind}, nil
		}
	}
	return Defect{}, fmt.Errorf("want one of %s:<n>, %s:<n>, %s:<n>, %s:<n>, %s:<n>, %s, %s, %s", drops, duplicates, delays, refuses, slows, hasty, localOnly, abrupt)
}

// Session returns the settings of database sessions for the defect.
func (d Defect) Session() map[string]string {
	if d.Kind == localOnly {
		return map[string]string{"synchronous_commit": "local"}
	}
	return nil
}

// Drains reports whether the site may still finish requests in flight.
func (d Defect) Drains() bool { return d.Kind != abrupt }

// Plant wraps a store with the defect. Without a defect it returns the store itself.
func (d Defect) Plant(s Store) Store {
	q := &quota{}
	q.left.Store(int64(d.First))
	switch d.Kind {
	case drops:
		return &faulty{s, func(context.Context, string, write) (string, error) { return s.Ready() }, q}
	case duplicates:
		return &faulty{s, twice, q}
	case refuses:
		return &faulty{s, func(context.Context, string, write) (string, error) { return "", errRefused }, q}
	case slows:
		return &faulty{s, func(ctx context.Context, _ string, do write) (string, error) {
			select {
			case <-time.After(slowBy):
			case <-ctx.Done():
			}
			return do(ctx)
		}, q}
	case delays:
		l := &late{by: lateBy, primary: s.Ready, pending: map[string]chan struct{}{}}
		return &punctual{&faulty{s, l.write, q}, l}
	case hasty:
		q.left.Store(1 << 62) // every write
		return &faulty{s, func(ctx context.Context, _ string, do write) (string, error) {
			go do(context.WithoutCancel(ctx))
			node, _ := s.Ready()
			return node, nil
		}, q}
	}
	return s
}

// errRefused is the error of a write that is refused on purpose.
var errRefused = errors.New("refused by a planted defect")

// write executes a write and returns the node that executed it.
type write func(context.Context) (node string, err error)

// quota is how many writes the defect still applies to.
type quota struct{ left atomic.Int64 }

func (q *quota) take() bool { return q.left.Add(-1) >= 0 }

// faulty is a store that applies the defect to a number of writes.
type faulty struct {
	Store
	spoil func(ctx context.Context, user string, do write) (string, error)
	quota *quota
}

// Put sets the value of a user, or applies the defect.
func (f *faulty) Put(ctx context.Context, id, value string) (string, error) {
	return f.write(ctx, id, func(ctx context.Context) (string, error) { return f.Store.Put(ctx, id, value) })
}

// Post adds a post, or applies the defect.
func (f *faulty) Post(ctx context.Context, id, value string) (string, error) {
	return f.write(ctx, id, func(ctx context.Context) (string, error) { return f.Store.Post(ctx, id, value) })
}

func (f *faulty) write(ctx context.Context, id string, do write) (string, error) {
	if f.quota.take() {
		return f.spoil(ctx, id, do)
	}
	return do(ctx)
}

func twice(ctx context.Context, _ string, do write) (string, error) {
	if node, err := do(ctx); err != nil {
		return node, err
	}
	return do(ctx)
}

// late applies writes after their acknowledgement, those of one user in order.
type late struct {
	by      time.Duration
	primary func() (string, error)

	mu      sync.Mutex
	pending map[string]chan struct{} // by user: closed when the last late write is applied
}

func (l *late) write(ctx context.Context, id string, do write) (string, error) {
	node, err := l.primary()
	if err != nil {
		return node, err
	}
	applied := make(chan struct{})
	l.mu.Lock()
	before := l.pending[id]
	l.pending[id] = applied
	l.mu.Unlock()
	time.AfterFunc(l.by, func() {
		defer close(applied)
		if before != nil {
			<-before
		}
		do(context.WithoutCancel(ctx))
	})
	return node, nil
}

// wait waits until all late writes of the user are applied.
func (l *late) wait(ctx context.Context, id string) {
	l.mu.Lock()
	last := l.pending[id]
	l.mu.Unlock()
	if last == nil {
		return
	}
	select {
	case <-last:
	case <-ctx.Done():
	}
}

// punctual delays other writes of a user until the user's late writes are applied,
// so that none overtakes them: readers miss exactly the late writes.
type punctual struct {
	*faulty
	late *late
}

// Put sets the value of a user.
func (p *punctual) Put(ctx context.Context, id, value string) (string, error) {
	return p.write(ctx, id, func(ctx context.Context) (string, error) { return p.Store.Put(ctx, id, value) })
}

// Post appends a post.
func (p *punctual) Post(ctx context.Context, id, value string) (string, error) {
	return p.write(ctx, id, func(ctx context.Context) (string, error) { return p.Store.Post(ctx, id, value) })
}

func (p *punctual) write(ctx context.Context, id string, do write) (string, error) {
	if p.quota.take() {
		return p.spoil(ctx, id, do)
	}
	p.late.wait(ctx, id)
	return do(ctx)
}
