package store

import (
	"context"
	"errors"
	"time"
)

const (
	// searchEach is the time between probes of a node while no primary is
	// known or the node itself is absent.
	searchEach = 250 * time.Millisecond
	// watchEach is the time between probes of a working node.
	watchEach = 500 * time.Millisecond
	// restBetween is the least time between probes: many failing operations must not
	// cause as many probes.
	restBetween = 20 * time.Millisecond
)

// watch probes a node until ctx is done.
func (s *Store) watch(ctx context.Context, n *pgNode) {
	defer s.watchers.Done()
	defer n.closeProbe()
	for ctx.Err() == nil {
		now := n.observe(ctx)
		if ctx.Err() != nil {
			return
		}
		s.observed(n, now)
		each := watchEach
		if s.searching(n) {
			each = searchEach
		}
		pause(ctx, restBetween, nil)
		pause(ctx, each-restBetween, n.wanted)
	}
}

// pause waits for d, until wanted receives, or until ctx is done.
func pause(ctx context.Context, d time.Duration, wanted <-chan struct{}) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-wanted:
	case <-ctx.Done():
	}
}

func (s *Store) searching(n *pgNode) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.primary == nil || n.last.role == absent
}

// observed records the result of a probe of n. It closes the connections of a node
// that is down at once, and those of a node that does not answer after the second
// probe.
func (s *Store) observed(n *pgNode, now observation) {
	if now.role != absent {
		n.misses = 0
	} else if n.misses++; !slow(now.err) || n.misses > 1 {
		n.drop()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.setObservation(n, now)
}

// setObservation records the state of a node. It is called with s.mu held.
func (s *Store) setObservation(n *pgNode, now observation) {
	if n.last.role != now.role {
		s.log.Info("node changed", "node", n.name, "from", n.last.role.String(), "to", now.role.String(), "timeline", now.timeline, "error", text(now.err))
	}
	n.last = now
	s.choose()
}

// choose sets the primary to the node that accepts writes on the highest timeline,
// and wakes those who wait for a primary. An old primary that returns writable is on
// a lower timeline than its successor. With equal timelines the current one stays.
func (s *Store) choose() {
	was := s.primary
	if s.primary != nil && s.primary.last.role != primary {
		s.primary = nil
	}
	for _, n := range s.nodes {
		if n.last.role == primary && (s.primary == nil || n.last.timeline > s.primary.last.timeline) {
			s.primary = n
		}
	}
	if s.primary == was {
		return
	}
	s.log.Info("primary changed", "from", name(was), "to", name(s.primary))
	close(s.changed)
	s.changed = make(chan struct{})
}

// operationFailed records why an operation failed on n. If gone, n certainly no
// longer has its role, and was not just late. It also requests probes of the other
// nodes: one of them may be the new primary.
func (s *Store) operationFailed(n *pgNode, gone bool, err error) {
	if gone {
		n.drop()
		s.mu.Lock()
		s.setObservation(n, observation{err: err})
		s.mu.Unlock()
	}
	for _, other := range s.nodes {
		other.probeSoon()
	}
}

// errNoPrimary means that no node accepts writes.
var errNoPrimary = errors.New("no node takes writes")

// leader returns the primary; it waits for one until ctx is done.
func (s *Store) leader(ctx context.Context) (*pgNode, error) {
	for {
		s.mu.Lock()
		n, changed := s.primary, s.changed
		s.mu.Unlock()
		if n != nil {
			return n, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, errNoPrimary
		}
	}
}

// reader returns a node to read from: with the option Replicas the next available
// replica in turn, otherwise, or if there is none, the primary.
func (s *Store) reader(ctx context.Context) (*pgNode, error) {
	if s.options.Replicas {
		if n := s.nextReplica(); n != nil {
			return n, nil
		}
	}
	return s.leader(ctx)
}

func (s *Store) nextReplica() *pgNode {
	s.mu.Lock()
	defer s.mu.Unlock()
	for range s.nodes {
		s.turn = (s.turn + 1) % len(s.nodes)
		if n := s.nodes[s.turn]; n.last.role == replica {
			return n
		}
	}
	return nil
}

func name(n *pgNode) string {
	if n == nil {
		return ""
	}
	return n.name
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
