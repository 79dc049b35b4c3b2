package scenarios

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/holdfast-lab/holdfast/results"
	"github.com/holdfast-lab/holdfast/topologies"
)

// streamEvery is the interval at which the record is written to the run's
// folder. A run that is killed loses what came after the last write.
const streamEvery = 500 * time.Millisecond

// cursor is the position up to which a record has been written.
type cursor struct {
	requests, events, roles, told int
	changes                       int // of faults
}

// added returns what was recorded after a cursor, and advances the cursor.
func (r *recorder) added(m *cursor) (results.Batch, []results.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	b := results.Batch{At: r.now(), Events: slices.Clone(r.events[m.events:]), Roles: slices.Clone(r.roles[m.roles:]), Changes: slices.Clone(r.told[m.told:])}
	if r.changes != m.changes {
		b.Faults = slices.Clone(r.faults)
	}
	ended := r.requests[m.requests:len(r.requests):len(r.requests)] // requests are only appended
	*m = cursor{requests: len(r.requests), events: len(r.events), roles: len(r.roles), told: len(r.told), changes: r.changes}
	return b, ended
}

// stream starts the attack's clock and then writes the record as it grows: an
// event at once, everything else at most half a second late. The returned
// function ends it and returns what could not be written.
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
