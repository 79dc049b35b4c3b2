package scenarios

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/holdfast-lab/holdfast/claims"
	"github.com/holdfast-lab/holdfast/results"
	"github.com/holdfast-lab/holdfast/targets"
)

// steadyLead is how long before the first step the steady checks are made.
// Judging a minute at 1000/s takes about 100 ms.
const steadyLead = 200 * time.Millisecond

// errNotSteady ends an attack if the system was not steady before the first
// step.
var errNotSteady = errors.New("not steady")

// steady judges the steady checks on the record so far, as the judge judges
// every claim: with the load proof and the self-check, and as unproven if a
// checker panics. The system is steady only if all hold.
func (p *player) steady(gauge *targets.Gauge) error {
	if len(p.armed.Steady) == 0 {
		return nil
	}
	so := p.soFar(gauge)
	claims.Judge(so, promises(p.armed.Steady))
	for _, v := range so.Verdicts {
		if v.Outcome == results.Held {
			p.rec.event(results.Steady, "", v.Claim+": "+v.Measured)
			continue
		}
		text := fmt.Sprintf("%s: %v: %s", v.Claim, v.Outcome, v.Why)
		if v.Measured != "" {
			text += " (" + v.Measured + ")"
		}
		if open := waiting(so.Requests); open != "" {
			text += "; " + open
		}
		p.rec.event(results.NotSteady, "", text)
		return fmt.Errorf("%w before the first step: %s", errNotSteady, text)
	}
	return nil
}

// soFar returns a record of the running attack: all requests that were due,
// including those in flight or not yet sent, and the generator's load so far.
// It is judged but not saved.
func (p *player) soFar(gauge *targets.Gauge) *results.Run {
	so := &results.Run{ID: p.run.ID, Where: p.run.Where, Nodes: p.run.Nodes, Finished: true}
	at, open := gauge.Open(func() results.History {
		p.rec.fold(so)
		return so.Requests
	})
	so.Requests = unbroken(so.Requests, open)
	so.Load = p.health(gauge)
	so.Load.Closed = false // closed loop understates response times; that affects the claims, but the system may still be steady
	so.Load.Planned, so.Load.For = uint64(len(so.Requests)), at
	so.Watched = &results.Watch{From: 1, To: at}
	return so
}

// unbroken merges two histories in the order of Seq, up to the first request
// that is in neither.
func unbroken(a, b results.History) results.History {
	all := slices.Concat(a, b)
	slices.SortFunc(all, bySeq)
	for i, q := range all {
		if q.Seq != uint64(i) {
			return all[:i]
		}
	}
	return all
}

// waiting says how many requests are in flight, and the age of the oldest; ""
// if there are none.
func waiting(h results.History) string {
	n, oldest := 0, time.Duration(0)
	for _, q := range h {
		if q.Error == results.InFlight {
			n, oldest = n+1, max(oldest, q.Response())
		}
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%d requests are in flight, the oldest for %v", n, oldest.Round(time.Millisecond))
}
