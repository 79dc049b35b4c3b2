package claims

import (
	"slices"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// Steady again, after the project's rules of evidence: the first so many
// one-second buckets in a row with at least this part of the baseline's goodput
// and at most so many times its p99.
const (
	steadyFor     = 5
	steadyGoodput = 0.95
	steadyP99     = 2
)

// normality is how an operation did before the first fault.
type normality struct {
	answered int
	share    float64 // of the planned requests that were answered
	p99      time.Duration
}

// usual is the normality of a run, from the requests that were done before the
// first fault took effect.
func usual(r *results.Run, operation string) normality {
	effect, _ := firstEffect(r.Faults)
	planned := 0
	var waits []time.Duration
	for _, q := range r.Requests {
		if !of(operation, q) || q.Intended >= effect || q.Fate != results.Unsent && q.Done > effect {
			continue
		}
		planned++
		if q.Fate == results.Answered {
			waits = append(waits, q.Response())
		}
	}
	if len(waits) == 0 {
		return normality{}
	}
	return normality{answered: len(waits), share: float64(len(waits)) / float64(planned), p99: quantile(sorted(waits), 0.99)}
}

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
			settled := o.sent > 0 && float64(o.open) <= (1-again)*float64(o.sent)
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
	enough := func(i, j int) bool { return float64(good[j]-good[i]) >= again*float64(j-i) }
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

// bucket is one second of an outage.
type bucket struct {
	planned int
	waits   []time.Duration // of what was answered
}

func (o outage) buckets() []bucket {
	all := make([]bucket, int(o.watched/time.Second)+1)
	for _, q := range o.requests {
		b := &all[(q.Intended-o.effect)/time.Second]
		b.planned++
		if q.Fate == results.Answered {
			b.waits = append(b.waits, q.Response())
		}
	}
	return all
}

// errorSeconds is the sum over the seconds of the part that was not answered.
func (o outage) errorSeconds() float64 {
	sum := 0.0
	for _, b := range o.buckets() {
		if b.planned > 0 {
			sum += 1 - float64(len(b.waits))/float64(b.planned)
		}
	}
	return sum
}

// steady is when goodput and p99 were first as before the fault, and stayed so
// for five seconds; negative: never. The last bucket was not seen to its end.
func (o outage) steady(normal normality) time.Duration {
	all, row := o.buckets(), 0
	for i, b := range all[:len(all)-1] {
		if len(b.waits) == 0 || float64(len(b.waits)) < steadyGoodput*normal.share*float64(b.planned) ||
			quantile(sorted(b.waits), 0.99) > steadyP99*normal.p99 {
			row = 0
			continue
		}
		if row++; row == steadyFor {
			return time.Duration(i+1-steadyFor) * time.Second
		}
	}
	return -1
}
