package results

import (
	"cmp"
	"iter"
	"math"
	"time"
)

// Back to normal: the first SteadyFor one-second buckets in a row with at least
// steadyGoodput per cent of the usual goodput and at most steadyP99 times the usual
// p99. Source: docs/EVIDENCE.md, what each checker compares.
const (
	SteadyFor     = 5
	steadyGoodput = 95 // per cent
	steadyP99     = 2
)

// Usual is the performance of an operation before the first fault.
type Usual struct {
	Planned  int
	Answered int           // of the planned ones
	P99      time.Duration // of the response time of answered requests

	Least, Most time.Duration // bounds of the P99, each with 95 % confidence; see [QuantileRanks]
}

// Strict is the usual with the lower bound of its p99: a latency that is normal by
// it is certainly normal.
func (u Usual) Strict() Usual { u.P99 = u.Least; return u }

// Lenient is the usual with the upper bound of its p99.
func (u Usual) Lenient() Usual { u.P99 = u.Most; return u }

// Unlimited is the Most of a usual with too few requests for an upper bound.
const Unlimited = time.Duration(math.MaxInt64 / steadyP99)

// Usual is the performance of an operation ("": all operations) over the requests
// that ended before the first fault was requested; zero if none was answered.
func (r *Run) Usual(operation string) Usual {
	effect := time.Duration(math.MaxInt64)
	if f, seen := r.FirstFault(); seen {
		effect = cmp.Or(f.Asked, f.Effect)
	}
	planned := 0
	var waits []time.Duration
	for i := range r.Requests {
		q := &r.Requests[i]
		if operation != "" && q.Operation != operation || q.Intended >= effect || q.Fate != Unsent && q.Done > effect {
			continue
		}
		planned++
		if q.Fate == Answered {
			waits = append(waits, q.Response())
		}
	}
	if len(waits) == 0 {
		return Usual{}
	}
	u := Usual{Planned: planned, Answered: len(waits), P99: p99(waits), Most: Unlimited}
	lower, upper := QuantileRanks(len(waits), 0.99)
	if lower > 0 {
		u.Least = waits[lower-1]
	}
	if upper <= len(waits) {
		u.Most = waits[upper-1]
	}
	return u
}

// FirstFault is the fault with the earliest effect; seen is false if none was seen
// in effect.
func (r *Run) FirstFault() (first Fault, seen bool) {
	for _, f := range r.Faults {
		if f.InEffect() && (!seen || f.Effect < first.Effect) {
			first, seen = f, true
		}
	}
	return first, seen
}

// Bucket is the requests scheduled within one second, and their results.
type Bucket struct {
	Planned int
	Waits   []time.Duration // response times of answered requests
}

// Buckets groups the requests scheduled from an instant on by seconds after it.
func Buckets(requests iter.Seq[*Request], from time.Duration) []Bucket {
	var all []Bucket
	for q := range requests {
		if q.Intended < from {
			continue
		}
		n := int((q.Intended - from) / time.Second)
		for len(all) <= n {
			all = append(all, Bucket{})
		}
		all[n].Planned++
		if q.Fate == Answered {
			all[n].Waits = append(all[n].Waits, q.Response())
		}
	}
	return all
}

// Each iterates over the requests in the order of the history.
func (h History) Each() iter.Seq[*Request] {
	return func(yield func(*Request) bool) {
		for i := range h {
			if !yield(&h[i]) {
				return
			}
		}
	}
}

// Again is when goodput and p99 were first back to normal for [SteadyFor] seconds,
// counted from the start of the first bucket; negative: never. The last bucket does
// not count, since it may be incomplete.
func (u Usual) Again(all []Bucket) time.Duration {
	row := 0
	for i, b := range all[:max(len(all)-1, 0)] {
		if len(b.Waits) == 0 || !u.goodput(len(b.Waits), b.Planned) || p99(b.Waits) > steadyP99*u.P99 {
			row = 0
			continue
		}
		if row++; row == SteadyFor {
			return time.Duration(i+1-SteadyFor) * time.Second
		}
	}
	return -1
}

// goodput reports, by integer arithmetic, whether k answered of n are at least
// steadyGoodput per cent of the share that is usually answered.
func (u Usual) goodput(k, n int) bool {
	return 100*int64(k)*int64(u.Planned) >= steadyGoodput*int64(u.Answered)*int64(n)
}
