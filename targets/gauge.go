package targets

import (
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// DueLag is the send delay above which a request counts as overdue
// ([results.Waiting]). A generator that is on time is late by a fraction of a
// millisecond.
const DueLag = 10 * time.Millisecond

// Gauge observes an attack while it runs. The zero Gauge is ready to use, and empty
// until the attack begins.
type Gauge struct {
	n    atomic.Int64
	live atomic.Pointer[live]
}

// live is an attack in progress.
type live struct {
	client *client
	health *meter
	load   results.Load
}

func (g *Gauge) follow(c *client, m *meter, l results.Load) { g.live.Store(&live{c, m, l}) }

// Now is how many requests are in flight.
func (g *Gauge) Now() int { return int(g.n.Load()) }

// Load is the plan of the attack and the measurements of the generator so far.
func (g *Gauge) Load() results.Load {
	l := g.live.Load()
	if l == nil {
		return results.Load{}
	}
	load := l.load
	l.health.read(&load)
	return load
}

// Oldest is the longest wait of a request in flight so far, from its scheduled send
// time; 0 if none is in flight.
func (g *Gauge) Oldest() time.Duration {
	l := g.live.Load()
	if l == nil {
		return 0
	}
	now, flights := l.client.now(), l.client.inFlight()
	if len(flights) == 0 {
		return 0
	}
	return now - l.client.plan.intended(slices.Min(slices.Collect(maps.Keys(flights))))
}

// Open returns every request that was due by the instant at, now, but is not yet on
// record: requests in flight ([results.InFlight]), with the time at which they were
// started, and requests that are overdue by at least DueLag ([results.Waiting]). It
// calls record after it has listed the requests in flight, so that none is missed.
func (g *Gauge) Open(record func() results.History) (at time.Duration, open results.History) {
	l := g.live.Load()
	if l == nil {
		return 0, nil
	}
	c := l.client
	at = c.now()
	flights := c.inFlight()
	known := make(tally, c.plan.total/64+1)
	for _, q := range record() {
		known.first(q.Seq)
	}
	for n := uint64(0); n < c.plan.total; n++ {
		intended := c.plan.intended(n)
		if intended > at {
			break
		}
		sent, left := flights[n]
		if known.has(n) || !left && (c.plan.closed || intended > at-DueLag) {
			continue // in a closed loop nothing is due before a client is free
		}
		q := c.plan.request(n)
		q.Fate, q.Error, q.Client = results.Unsent, results.Waiting, -1
		if left {
			q.Fate, q.Error, q.Sent, q.Done = results.Unanswered, results.InFlight, max(sent, 1), at
			if c.plan.closed {
				q.Intended = q.Sent
			}
		}
		open = append(open, q)
	}
	return at, open
}
