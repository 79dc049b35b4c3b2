package claims

import (
	"slices"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// patience is how long a request that is in flight when the record is read may
// have waited without being counted. A request that has waited longer counts as
// not answered: longer than any that was answered, or longer than the largest
// required latency and than 99 % of those answered. A shorter wait is no
// evidence either way. If nothing was answered, every request counts.
func (c Responds) patience(r *results.Run) time.Duration {
	var waits []time.Duration
	for i := range r.Requests {
		q := &r.Requests[i]
		if q.Fate == results.Answered && of(c.Operation, *q) {
			waits = append(waits, q.Response())
		}
	}
	if len(waits) == 0 {
		return 0
	}
	sorted(waits)
	longest, wanted := waits[len(waits)-1], time.Duration(0)
	for _, b := range c.bounds() {
		wanted = max(wanted, b.wanted)
	}
	if wanted == 0 {
		return longest
	}
	return min(longest, max(wanted, quantile(waits, 0.99)))
}

// undecided reports whether a request was still in flight when the record was
// read.
func undecided(q results.Request) bool {
	return q.Error == results.InFlight || q.Error == results.Waiting
}

// withoutUndecided is the run without the requests in flight that have not
// waited long enough to count. The load's length is how long the attack has
// lasted so far.
func (c Responds) withoutUndecided(r *results.Run) *results.Run {
	if !slices.ContainsFunc(r.Requests, undecided) {
		return r
	}
	patience := c.patience(r)
	some := *r
	some.Requests = slices.DeleteFunc(slices.Clone(r.Requests), func(q results.Request) bool {
		return undecided(q) && r.Load.For-q.Intended <= patience
	})
	return &some
}
