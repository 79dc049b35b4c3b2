// Whoever measures with a clock that stops now and then has to say what the stops
// could have done to the result.

package claims

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// longestStall is the longest time for which the driver stalled.
func longestStall(r *results.Run) (longest results.Stall) {
	for _, s := range r.Load.Stalls {
		if s.For > longest.For {
			longest = s
		}
	}
	return longest
}

// stalls are the times in which the driver stalled, in their order, none of
// which touches the next.
type stalls []results.Stall

// newStalls is the stalls of a run, each so many times as long as it was.
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

// within is how much of a time the driver stalled.
func (s stalls) within(from, to time.Duration) (sum time.Duration) {
	for _, one := range s[s.after(from):] {
		if one.At >= to {
			break
		}
		sum += min(to, one.End()) - max(from, one.At)
	}
	return sum
}

// covers says whether the driver stalled at an instant.
func (s stalls) covers(at time.Duration) bool {
	n := s.after(at - 1)
	return n < len(s) && s[n].At <= at
}

// trials are the ways to take the generator's error off the times of a run, or to
// put it on. After a stall the driver sends at once what it owes; at twice the
// rate a system works that off in as long again, so the second way takes off twice
// the length. What a verdict says in all of them does not hang on the error.
var trials = []struct{ longer, sign time.Duration }{{1, -1}, {2, -1}, {1, 1}}

// shifted is a run without the generator's error (sign -1), or with as much again
// (sign 1): what it stood still for while a request was due or under way, and what
// else it was late in sending, up to the most that it was late outside the faults.
// A request whose deadline passed while the driver stalled may have been
// answered: without the error it was.
func shifted(r *results.Run, lag, longer, sign time.Duration) *results.Run {
	still, other := newStalls(r, longer), *r
	other.Requests = slices.Clone(r.Requests)
	for i := range other.Requests {
		q := &other.Requests[i]
		if q.Fate == results.Unsent {
			continue
		}
		if sign < 0 && strings.HasSuffix(q.Error, "timeout") && still.covers(q.Sent+r.Load.Timeout) {
			q.Fate, q.Error = results.Answered, ""
		}
		slept := still.within(q.Intended, q.Sent)
		late := slept + min(max(q.Delay()-slept, 0), lag)
		whole := late + still.within(q.Sent, q.Done)
		q.Sent = max(q.Intended, q.Sent+sign*late)
		q.Done = max(q.Sent, q.Done+sign*whole)
	}
	return &other
}

// shiftedRuns makes the runs that a verdict is tried on, once for all claims.
type shiftedRuns struct {
	run  *results.Run
	lag  time.Duration
	made []*results.Run
}

// changesVerdict says whether the verdict on a claim would be another with the generator's
// error taken off or put on.
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

// doubtOf is why the generator's error forbids a verdict on a claim, or nothing. What
// shows in the times of the requests is tried; what does not is doubted outright.
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
