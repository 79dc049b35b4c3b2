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
	// watchEach is the time between probes of a node that is well.
	watchEach = 500 * time.Millisecond
	// restBetween keeps a storm of failing operations from being a storm of probes.
	restBetween = 20 * time.Millisecond
)

// watch probes a node until ctx ends.
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

// pause waits for d, until it is wanted, or to the end.
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

// observed takes note of what a probe of n saw. The connections of a node that is
// gone are ended at once, those of one that is silent at the second time.
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

// setObservation takes note of what a node is. It is called with s.mu held.
func (s *Store) setObservation(n *pgNode, now observation) {
	if n.last.role != now.role {
		s.log.Info("node changed", "node", n.name, "from", n.last.role.String(), "to", now.role.String(), "timeline", now.timeline, "error", text(now.err))
	}
	n.last = now
	s.choose()
}

// choose makes the primary the one that takes writes on the highest timeline,
// and tells those who wait for one. A deposed primary that comes back writable
// is on a lower timeline than its successor. Of equals the present one stays.
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

// operationFailed is told why an operation failed on n. Gone means that n is certainly
// not what it was thought to be, and not just late. The others are asked as
// well: one of them may be the new primary.
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

// errNoPrimary is that no node takes writes.
var errNoPrimary = errors.New("no node takes writes")

// leader is the primary, awaited until ctx is done.
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

// reader is a node to read from: with the option the next live replica in
// turn, else (or if there is none) the primary.
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
