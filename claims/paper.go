package claims

import (
	"errors"
	"fmt"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// OnPaper says why a run could not hold the claim even if it went as planned
// and every request were answered at once; nil if it could. The run has its
// faults at their planned times and no requests; planned is how many requests
// of an operation ("" is every one) are scheduled within a span.
func (c Responds) OnPaper(r *results.Run, planned func(operation string, s results.Span) int) error {
	spans, why := c.spans(r)
	if why != "" {
		return errors.New(why)
	}
	need, together := c.takes(), 0
	for _, s := range spans {
		n := planned(c.Operation, s)
		together += n
		where := fmt.Sprintf("from %v to %v", ms(s.From), ms(s.To))
		if c.Window > 0 {
			n, where = int(float64(n)*float64(c.Window)/float64(s.To-s.From)), "in each window"
		}
		if n < need && (c.Window > 0 || c.Each != "") {
			return c.tooFewPlanned(n, need, where)
		}
	}
	if together < need {
		return c.tooFewPlanned(together, need, "for it")
	}
	if before := planned(c.Operation, results.Span{To: firstAsked(r)}); c.OfBaseline() && before < c.baselineTakes() {
		return fmt.Errorf("%d requests are planned before the first step at %v, but a baseline requires %d: begin the step later or raise the rate", before, ms(firstAsked(r)), c.baselineTakes())
	}
	return nil
}

func (c Responds) tooFewPlanned(n, need int, where string) error {
	if c.Least > 0 {
		return fmt.Errorf("%d requests are planned %s, but least: requires %d: raise the rate, attack for longer, or lower least", n, where, need)
	}
	return fmt.Errorf("%d requests are planned %s, but 95%% confidence requires %d that all meet the claim: raise the rate, attack for longer, or add least: %d to judge these alone", n, where, need, max(n, 1))
}

// takes is how many requests, with no miss, hold the claim.
func (c Responds) takes() int {
	if c.Least > 0 {
		return c.Least
	}
	most := 1
	if c.Share > 0 {
		most = takes(sample{part: c.Share}.sure(), 0)
	}
	for _, b := range c.bounds() {
		most = max(most, takes(sample{part: Share(b.q)}.sure(), 0))
	}
	return most
}

// baselineTakes is how many requests a baseline requires so that each relative
// bound has an upper end.
func (c Responds) baselineTakes() int {
	most := LeastBaseline
	for _, b := range c.bounds() {
		if b.asked.Times > 0 && b.q < 1 {
			most = max(most, takes(Share(b.q), 0))
		}
	}
	return most
}

// firstAsked is when the first fault was requested; the run has at least one.
func firstAsked(r *results.Run) time.Duration {
	first := never
	for _, f := range r.Faults {
		first = min(first, f.Asked)
	}
	return first
}
