// If the driver's clock stops at times, the effect of these stalls on the
// result must be known.

package claims

import (
	"fmt"
	"slices"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// longestStall is the driver's longest stall.
func longestStall(r *results.Run) (longest results.Stall) {
	for _, s := range r.Load.Stalls {
		if s.For > longest.For {
			longest = s
		}
	}
	return longest
}

// stalls are the driver's stalls in order, none adjacent to the next.
type stalls []results.Stall

// newStalls returns the stalls of a run, each multiplied in length.
func newStalls(r *results.Run, times time.Duration) (all stalls) {
	for _, s := range r.Load.Stalls {
		s.For *= times
		if n := len(all); n > 0 && s.At <= all[n-1].End() {
			all[n-1].For = max(all[n-1].End(), s.End()) - all[n-1].At
			continue
		}
		all = append(all, s)
	}
	return all
}

// after is the first stall that ends after an instant.
func (s stalls) after(at time.Duration) int {
	n, _ := slices.BinarySearchFunc(s, at, func(one results.Stall, at time.Duration) int {
		if one.End() <= at {
			return -1
		}
		return 1
	})
	return n
}

// within is how much of a period the driver was stalled.
func (s stalls) within(from, to time.Duration) (sum time.Duration) {
	for _, one := range s[s.after(from):] {
		if one.At >= to {
			break
		}
		sum += min(to, one.End()) - max(from, one.At)
	}
	return sum
}

// covers reports whether the driver was stalled at an instant.
func (s stalls) covers(at time.Duration) bool {
	n := s.after(at - 1)
	return n < len(s) && s[n].At <= at
}

// trials are the ways to subtract the generator's error from the times of a
// run, or to add it. After a stall the driver sends everything that is due at
// once. At twice the rate a system needs as long again to catch up, so the
// second way subtracts twice the length. A verdict that is the same in all of
// them does not depend on the error.
var trials = []struct{ longer, sign time.Duration }{{1, -1}, {2, -1}, {1, 1}}

// shifted is a run without the generator's error (sign -1), or with twice the
// error (sign 1). The error of a request is the time for which the driver
// stalled while the request was due or in flight, and its other send delay, up
// to the largest outside the faults. A request whose deadline passed during a
// stall counts as answered without the error if it may have been.
func shifted(r *results.Run, lag, longer, sign time.Duration) *results.Run {
	still, seen, other := newStalls(r, longer), newStalls(r, 1), *r
	next := seen.answeredNext(r)
	other.Requests = slices.Clone(r.Requests)
	for i := range other.Requests {
		q := &other.Requests[i]
		if q.Fate == results.Unsent {
			continue
		}
		if sign < 0 && seen.mayBeAnswered(q, q.Sent+r.Load.Timeout, next) {
			q.Fate, q.Error = results.Answered, ""
		}
		slept := still.within(q.Intended, q.Sent)
		late := slept + min(max(q.Delay()-slept, 0), lag)
		whole := late + still.within(q.Sent, q.Done)
		if sign < 0 { // it was not sent later than recorded, only seen to end later
			q.Sent = max(q.Intended, q.Sent-late)
		}
		q.Done = max(q.Sent, q.Done+sign*whole)
	}
	return &other
}

// mayBeAnswered reports whether a request whose deadline passed during a stall
// may have been answered in time if the driver had not been stalled: the answer
// had arrived when the stall was over. Of a connection that was not yet open
// that cannot be seen. To connect and be answered within the stall takes a system
// that answers within as long; so the first request after the stall decides, with
// twice the time, because the driver then sends at once all that is due.
func (s stalls) mayBeAnswered(q *results.Request, deadline time.Duration, next []bool) bool {
	switch q.Error {
	case results.TimeoutAnswered:
		return s.covers(deadline)
	case results.ConnectTimeout:
		return s.covers(deadline) && next[s.after(deadline-1)]
	}
	return false
}

// answeredNext reports for each stall whether the first request that was sent
// after it was answered within twice its length; true if none was sent, which
// shows nothing.
func (s stalls) answeredNext(r *results.Run) []bool {
	answered, first := make([]bool, len(s)), make([]time.Duration, len(s))
	for n := range s {
		answered[n], first[n] = true, never
	}
	for i := range r.Requests {
		q := &r.Requests[i]
		n := s.after(q.Sent) - 1 // the last stall that ended by then
		if n >= 0 && q.Fate != results.Unsent && q.Sent < first[n] {
			answered[n], first[n] = q.Fate == results.Answered && q.Service() <= 2*s[n].For, q.Sent
		}
	}
	return answered
}

// shiftedRuns builds the runs on which a verdict is tried, once for all claims.
type shiftedRuns struct {
	run  *results.Run
	lag  time.Duration
	made []*results.Run
}

// changesVerdict reports whether the verdict on a claim would change with the
// generator's error subtracted or added.
func (t *shiftedRuns) changesVerdict(c Claim, o results.Outcome) bool {
	for n, way := range trials {
		if n == len(t.made) {
			t.made = append(t.made, shifted(t.run, t.lag, way.longer, way.sign))
		}
		v, panicked := safely(func() results.Verdict { return c.Check(t.made[n]) })
		if panicked != "" || v.Outcome != o {
			return true
		}
	}
	return false
}

// doubtOf says why the generator's error forbids a verdict on a claim, or "".
// An error that shows in the times of the requests is tried; any other is
// doubted outright.
func (ok proofs) doubtOf(r *results.Run, c Claim, needs Needs, o results.Outcome) string {
	var all []doubt
	if needs.Load {
		all = doubts(r, ok.pace, tightestOf(c, r))
	}
	for _, d := range all {
		if !d.weighed && !(d.lags && o == results.Broken) {
			return d.String()
		}
	}
	if len(all) == 0 && (len(r.Load.Stalls) == 0 || needs.Solid) || o == results.Unproven {
		return ""
	}
	if !ok.tried.changesVerdict(c, o) {
		return ""
	}
	if len(all) > 0 {
		return all[0].String()
	}
	stall := longestStall(r)
	text := fmt.Sprintf("the driver stalled %d times, for up to %v (from %v), and without the stalls the verdict would differ", len(r.Load.Stalls), ms(stall.For), ms(stall.At))
	return doubt{text: text, do: giveTime}.String()
}
