// Package store keeps the site's data in PostgreSQL: on whichever of several
// nodes takes writes at present. It never cancels a statement, and its errors
// say whether an operation was certainly not applied.
package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"sync"
	"sync/atomic"
	"time"
)

// Options is how to open a Store.
type Options struct {
	Nodes    []string          // host:port of each PostgreSQL node
	Replicas bool              // read from replicas
	Users    int               // how many users to begin with
	Password string            // of user postgres; "": none
	Size     int               // connections to a node for reads, and as many for writes
	Session  map[string]string // settings of each connection, by PostgreSQL's names; nil: its defaults
	Log      *slog.Logger
}

// Store is the site's data. Its methods may be called at once by many.
type Store struct {
	options Options
	log     *slog.Logger
	nodes   []*pgNode
	ready   atomic.Pointer[pgNode] // where the schema was last seen

	mu      sync.Mutex
	primary *pgNode
	changed chan struct{} // closed when primary changes
	turn    int

	stop     context.CancelFunc
	watchers sync.WaitGroup
}

// Open begins to look for the nodes and, on the primary, makes the schema. It
// does not wait for either.
func Open(o Options) (*Store, error) {
	if len(o.Nodes) == 0 {
		return nil, errors.New("open the store: no nodes given")
	}
	s := &Store{options: o, log: o.Log, changed: make(chan struct{})}
	for _, addr := range o.Nodes {
		n, err := newNode(addr, o.Password, o.Size)
		if err != nil {
			return nil, fmt.Errorf("open the store: %w", err)
		}
		maps.Copy(n.settings.RuntimeParams, o.Session)
		s.nodes = append(s.nodes, n)
	}
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	s.watchers.Add(len(s.nodes) + 1)
	for _, n := range s.nodes {
		go s.watch(ctx, n)
	}
	go s.prepare(ctx)
	return s, nil
}

// Close ends all connections.
func (s *Store) Close() {
	s.stop()
	for _, n := range s.nodes {
		n.closeProbe()
		n.drop()
	}
	s.watchers.Wait()
}

// Ready is the name of the primary, or why there is none or no schema on it.
func (s *Store) Ready() (string, error) {
	s.mu.Lock()
	n := s.primary
	s.mu.Unlock()
	switch {
	case n == nil:
		return "", errNoPrimary
	case s.ready.Load() != n:
		return n.name, errors.New("the schema is not known to exist")
	}
	return n.name, nil
}

// The deadlines of operations: above what a live store needs by far, below
// what a visitor would wait.
const (
	startWithin = time.Second             // from an operation's begin to its statement
	readWithin  = time.Second             // of a read, all in all
	writeWithin = 1500 * time.Millisecond // of a write, until the caller is told that its outcome is unknown
	writeEnds   = time.Minute             // of a write's statement, which goes on behind the caller's back
)

// tryWithin is how long one node may take for a read: where there are others to
// ask, a silent one gets half the time.
func (s *Store) tryWithin() time.Duration {
	if s.options.Replicas {
		return readWithin / 2
	}
	return readWithin
}
