package claims

import (
	"slices"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// outage is the effect of a fault on an operation. Times are relative to the
// fault's effect. Requests are assigned by their scheduled send times; an
// unsent request counts as not answered.
type outage struct {
	effect                 time.Duration
	requests               []*results.Request // scheduled after the effect, up to the next fault or the end
	sent, answered, failed int
	stalled                int           // answered, but delayed
	open                   int           // undecided when the next fault struck
	first                  time.Duration // end of the first answer
	back                   time.Duration // recovery; negative: never
	judged                 time.Duration // the last instant at which a recovery would have been detected
	watched                time.Duration // the last instant at which a request was scheduled
}

// outages returns the outage of each observed fault. A fault that strikes
// before the operation has recovered from the previous one extends that outage.
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
			continue // the next fault may have made it fail
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

// recover finds the first answer from which enough requests are answered: in
// the window that it begins, and in all that follows.
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
			return // the window was not observed to its end
		}
		o.judged = at - o.effect
		if o.back < 0 && o.requests[i].Fate == results.Answered && enough(i, j) && enough(i, n) {
			o.back = o.requests[i].Done - o.effect
		}
	}
}

// gap is the longest time in which no scheduled request was answered.
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

// errorSeconds is the sum, over the seconds, of the share that was not
// answered.
func (o outage) errorSeconds() float64 {
	sum := 0.0
	for _, b := range results.Buckets(slices.Values(o.requests), o.effect) {
		if b.Planned > 0 {
			sum += 1 - float64(len(b.Waits))/float64(b.Planned)
		}
	}
	return sum
}

// steady is when goodput and p99 first returned to their values before the
// fault for five seconds, as in the timeline; negative: never.
func (o outage) steady(normal results.Usual) time.Duration {
	return normal.Again(results.Buckets(slices.Values(o.requests), o.effect))
}
