// Package store keeps the site's data in PostgreSQL, on the one of several nodes
// that currently accepts writes. It never cancels a statement, and its errors say
// whether an operation was certainly not applied.
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

// Options are the options of a Store.
type Options struct {
	Nodes    []string          // host:port of each PostgreSQL node
	Replicas bool              // read from replicas
	Users    int               // number of initial users
	Password string            // of user postgres; "": none
	Size     int               // connections to a node for reads, and the same number for writes
	Session  map[string]string // settings of each connection, by PostgreSQL's names; nil: its defaults
	Log      *slog.Logger
}

// Store is the site's data. Its methods may be called concurrently.
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

// Open starts to probe the nodes and to create the schema on the primary. It does
// not wait for either.
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

// Close closes all connections.
func (s *Store) Close() {
	s.stop()
	for _, n := range s.nodes {
		n.closeProbe()
		n.drop()
	}
	s.watchers.Wait()
}

// Ready returns the name of the primary, or an error if there is none or it has no
// schema.
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

// The deadlines of operations: far above what a working store needs, below what a
// user would wait.
const (
	startWithin = time.Second             // from an operation's start to its statement
	readWithin  = time.Second             // of a whole read
	writeWithin = 1500 * time.Millisecond // of a write, until the caller gets the answer that its outcome is unknown
	writeEnds   = time.Minute             // of a write's statement, which continues after that answer
)

// tryWithin is the time limit of one node for a read: half of the time if there are
// other nodes to try.
func (s *Store) tryWithin() time.Duration {
	if s.options.Replicas {
		return readWithin / 2
	}
	return readWithin
}
