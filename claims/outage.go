package claims

import (
	"slices"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// outage is what a fault did to an operation. Durations run from its effect.
// Requests are taken by their intended instants; what never left was not answered.
type outage struct {
	effect                 time.Duration
	requests               []*results.Request // intended after the effect, up to the next fault or the end
	sent, answered, failed int
	stalled                int           // answered, but held up
	open                   int           // not settled when the next fault struck
	first                  time.Duration // end of the first answer
	back                   time.Duration // recovery; negative: never
	judged                 time.Duration // the last instant at which a recovery would have been seen
	watched                time.Duration // the last instant at which a request was intended
}

// outages is the outage of each fault that was seen. A fault that strikes
// before the operation is back from the one before only makes that one longer.
func outages(r *results.Run, operation string) []outage {
	var seen []results.Fault
	for _, f := range r.Faults {
		if f.InEffect() {
			seen = append(seen, f)
		}
	}
	slices.SortStableFunc(seen, func(a, b results.Fault) int { return int(a.Effect - b.Effect) })
	var all []outage
	for i := 0; i < len(seen); {
		from := seen[i].Effect
		for {
			i++
			until := never
			if i < len(seen) {
				until = max(seen[i].Asked, from)
			}
			o := newOutage(r, operation, from, until)
			settled := o.sent > 0 && again.Met(o.sent-o.open, o.sent)
			if i >= len(seen) || settled && (o.back >= 0 || o.failed+o.stalled == 0) {
				all = append(all, o)
				break
			}
		}
	}
	return all
}

func newOutage(r *results.Run, operation string, effect, until time.Duration) outage {
	o := outage{effect: effect, first: never, back: -1}
	for i := range r.Requests {
		q := &r.Requests[i]
		if !of(operation, *q) || q.Intended <= effect || q.Intended >= until {
			continue
		}
		if q.Fate != results.Answered && (q.Fate == results.Unsent || q.Done > until) && until != never {
			o.open++
			continue // it may have failed of the next fault
		}
		o.requests = append(o.requests, q)
		o.sent++
		o.watched = max(o.watched, q.Intended-effect)
		if q.Fate != results.Answered {
			o.failed++
			continue
		}
		o.answered++
		o.first = min(o.first, q.Done-effect)
		if q.Response() > stalledOver {
			o.stalled++
		}
	}
	o.recover()
	return o
}

// recover finds the first answer from which on enough is answered: in the
// window that it opens, and in all that follows.
func (o *outage) recover() {
	n := len(o.requests)
	good := make([]int, n+1) // answered among the first i
	for i, q := range o.requests {
		good[i+1] = good[i]
		if q.Fate == results.Answered {
			good[i+1]++
		}
	}
	enough := func(i, j int) bool { return again.Met(good[j]-good[i], j-i) }
	for i, j := 0, 0; i < n; i++ {
		at := o.requests[i].Intended
		for j < n && (o.requests[j].Intended < at+againFor || j-i < againOf) {
			j++
		}
		if j == n {
			return // the window was not seen to its end
		}
		o.judged = at - o.effect
		if o.back < 0 && o.requests[i].Fate == results.Answered && enough(i, j) && enough(i, n) {
			o.back = o.requests[i].Done - o.effect
		}
	}
}

// gap is the longest time in which no request was intended that got an answer.
func (o outage) gap() time.Duration {
	var longest time.Duration
	last := o.effect
	for _, q := range o.requests {
		if q.Fate == results.Answered {
			longest, last = max(longest, q.Intended-last), q.Intended
		}
	}
	return max(longest, o.watched-(last-o.effect))
}

// errorSeconds is the sum over the seconds of the part that was not answered.
func (o outage) errorSeconds() float64 {
	sum := 0.0
	for _, b := range results.Buckets(slices.Values(o.requests), o.effect) {
		if b.Planned > 0 {
			sum += 1 - float64(len(b.Waits))/float64(b.Planned)
		}
	}
	return sum
}

// steady is when goodput and p99 were first as before the fault, and stayed so
// for five seconds, as the timeline has it; negative: never.
func (o outage) steady(normal results.Usual) time.Duration {
	return normal.Again(results.Buckets(slices.Values(o.requests), o.effect))
}
