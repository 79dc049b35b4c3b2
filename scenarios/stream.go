package scenarios

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/holdfast-lab/holdfast/results"
	"github.com/holdfast-lab/holdfast/topologies"
)

// streamEvery is how often what was recorded is written to the run's folder. A
// run that is killed loses what came after the last time.
const streamEvery = 500 * time.Millisecond

// cursor is how much of a record has been written.
type cursor struct {
	requests, events, roles, told int
	changes                       int // of faults
}

// added is what was recorded after a cursor, which it moves.
func (r *recorder) added(m *cursor) (results.Batch, []results.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	b := results.Batch{At: r.now(), Events: slices.Clone(r.events[m.events:]), Roles: slices.Clone(r.roles[m.roles:]), Changes: slices.Clone(r.told[m.told:])}
	if r.changes != m.changes {
		b.Faults = slices.Clone(r.faults)
	}
	ended := r.requests[m.requests:len(r.requests):len(r.requests)] // they are only added to
	*m = cursor{requests: len(r.requests), events: len(r.events), roles: len(r.roles), told: len(r.told), changes: r.changes}
	return b, ended
}

// stream begins the attack's clock and writes what is recorded from then on as
// it comes: an event at once, the rest at most half a second behind. The
// function it gives back ends it, and says what could not be written.
func (p *player) stream() (stop func() error, err error) {
	to, err := results.OpenStream(p.folder)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", topologies.ErrEnvironment, err)
	}
	p.rec.begin()
	if err := to.Write(results.Batch{Start: &results.Start{ID: p.run.ID, Began: p.rec.began}}, nil); err != nil {
		return nil, fmt.Errorf("%w: %w", topologies.ErrEnvironment, errors.Join(err, to.Close()))
	}
	ended, failed := make(chan struct{}), make(chan error)
	go func() { failed <- errors.Join(p.rec.writeUntil(ended, to), to.Close()) }()
	return func() error { close(ended); return <-failed }, nil
}

func (r *recorder) writeUntil(ended <-chan struct{}, to *results.Stream) error {
	var c cursor
	tick := time.NewTicker(streamEvery)
	defer tick.Stop()
	for more := true; more; {
		select {
		case <-ended:
			more = false
		case <-tick.C:
		case <-r.news:
		}
		if err := to.Write(r.added(&c)); err != nil {
			return err
		}
	}
	return nil
}
