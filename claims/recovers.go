// The instance that answered has failed. For a while nothing is answered, until
// another one takes over. This claim limits that time.

package claims

import (
	"errors"
	"fmt"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// What counts as recovered: in the first second (or ten requests, if that is
// longer), and in all that follows up to the next fault or the end, at least 95
// % of the requests are answered, as in the rule for a steady state
// (docs/EVIDENCE.md).
const (
	again       = Share(0.95)
	againFor    = time.Second
	againOf     = 10
	stalledOver = time.Second // an answer that took longer was delayed by the fault
)

// Recovers promises that after each fault the operation is answered again
// within the limit. The time runs from the instant at which the fault was seen
// in effect to the end of the first answer from which on at least 95 % are
// answered: a single answer is no recovery, nor is one answer in ten.
type Recovers struct {
	Operation string        `yaml:"operation,omitempty" json:"operation,omitempty"` // "" is every operation
	Within    time.Duration `yaml:"within" json:"within"`
	Steady    time.Duration `yaml:"steady,omitempty" json:"steady,omitempty"` // limit for goodput and p99 to be as before; 0: only reported
}

// String is the promise as a sentence.
func (c Recovers) String() string {
	text := fmt.Sprintf("%s recover within %s", plural(c.Operation), span(c.Within))
	if c.Steady > 0 {
		text += fmt.Sprintf(", and are back to normal within %s", span(c.Steady))
	}
	return text
}

// Valid requires a limit.
func (c Recovers) Valid() error {
	if c.Within <= 0 || c.Steady < 0 {
		return errors.New("check recovers: within must be above 0, and steady must not be negative")
	}
	return nil
}

// Needs the fault proof, and the load proof: the time is measured by the
// generator's requests.
func (c Recovers) Needs() Needs { return Needs{Fault: true, Load: true} }

// Tightest is the limit, or what a comparison of latencies requires.
func (c Recovers) Tightest() time.Duration {
	if c.Steady > 0 {
		return compared
	}
	return c.Within
}

// Check judges the outage of each fault; the worst decides.
func (c Recovers) Check(r *results.Run) results.Verdict {
	v := results.Verdict{Name: "recovers", Claim: c.String(), Wanted: "at most " + span(c.Within)}
	if c.Steady > 0 {
		v.Wanted += ", back to normal " + span(c.Steady)
	}
	if _, seen := r.FirstFault(); !seen {
		return because(v, results.Unproven, "no fault was seen in effect")
	}
	normal := r.Usual(c.Operation)
	if normal.Answered == 0 {
		return because(v, results.Unproven, "nothing was answered before the fault, so nothing could recover")
	}
	var worst results.Verdict
	slowest := time.Duration(-1)
	all := outages(r, c.Operation)
	for _, o := range all {
		v.N += o.sent
		if o.sent > 0 && o.failed+o.stalled == 0 {
			continue // the fault affected no request
		}
		next := c.judge(v, o, normal)
		if len(all) > 1 && next.Measured != "" {
			next.Measured = fmt.Sprintf("after the fault at %s: %s", span(ms(o.effect)), next.Measured)
		}
		if slowest < 0 || next.Outcome < worst.Outcome || next.Outcome == worst.Outcome && o.back > slowest {
			worst, slowest = next, max(o.back, 0)
		}
	}
	if slowest < 0 {
		return because(v, results.Unproven, "no request failed after the fault, so nothing had to recover")
	}
	worst.N = v.N
	return worst
}

// judge is the verdict on one outage.
func (c Recovers) judge(v results.Verdict, o outage, normal results.Usual) results.Verdict {
	if o.sent == 0 {
		return because(v, results.Unproven, "no request was sent after the fault")
	}
	if o.back < 0 {
		if o.judged <= c.Within {
			return because(v, results.Unproven, "not recovered, but the run watched for only %s after the fault", span(ms(o.watched)))
		}
		v.Measured, v.Figures = fmt.Sprintf("not recovered in %s", span(ms(o.watched))), o.figures(-1)
		if o.answered == 0 {
			return because(v, results.Broken, "no answer in the %s after the fault", span(ms(o.watched)))
		}
		return because(v, results.Broken, "only %d of %d answered in the %s after the fault", o.answered, o.sent, span(ms(o.watched)))
	}
	steady := o.steady(normal)
	v.Measured, v.Figures = o.measured(c.Within, steady), o.figures(steady)
	switch {
	case o.back > c.Within:
		return because(v, results.Broken, "missed by %s", span(o.back-c.Within))
	case c.Steady > 0:
		return c.normal(v, o, normal)
	}
	return held(v)
}

// normal is the verdict on being back to normal. The p99 before the fault is
// only as precise as the number of its requests: the claim is held if it meets
// the lower confidence limit, and broken if it exceeds the upper one.
func (c Recovers) normal(v results.Verdict, o outage, usual results.Usual) results.Verdict {
	surely, perhaps := o.steady(usual.Strict()), o.steady(usual.Lenient())
	switch {
	case surely >= 0 && surely <= c.Steady:
		return held(v)
	case surely < 0 && o.watched <= c.Steady+results.SteadyFor*time.Second:
		return because(v, results.Unproven, "not back to normal, but the run watched for only %s after the fault", span(ms(o.watched)))
	case perhaps < 0:
		return because(v, results.Broken, "goodput and p99 were never as before the fault for %d s in a row", results.SteadyFor)
	case perhaps > c.Steady:
		return because(v, results.Broken, "back to normal missed by %s", span(perhaps-c.Steady))
	}
	from, to := near(usual.Least, 0), "any time above"
	if usual.Most < results.Unlimited {
		to = near(usual.Most, 0)
	}
	return because(v, results.Unproven, "the p99 before the fault is too imprecise to decide: %d answers put it between %s and %s; to do: begin the step later or raise the rate", usual.Answered, from, to)
}

// measured formats the recovery first, then the other costs of an outage.
func (o outage) measured(limit, steady time.Duration) string {
	text := "recovered in " + near(o.back, limit)
	if o.first < o.back {
		text += fmt.Sprintf(" (first success %s)", near(o.first, limit))
	}
	switch {
	case steady < 0:
		text += ", not back to normal in " + span(ms(o.watched))
	case steady <= o.back: // steady has a resolution of one second
		text += ", back to normal by then"
	default:
		text += ", back to normal after " + span(steady)
	}
	return fmt.Sprintf("%s, %.1f error-seconds", text, o.errorSeconds())
}

// figures returns the same as numbers. A recovery that never happened has no
// number.
func (o outage) figures(steady time.Duration) []results.Figure {
	var fs []results.Figure
	if o.back >= 0 {
		fs = append(fs, seconds("rto", o.back))
	}
	if o.first < never {
		fs = append(fs, seconds("rto-first", o.first))
	}
	if steady >= 0 {
		fs = append(fs, seconds("rto-steady", steady))
	}
	return append(fs, results.Figure{Name: "error-seconds", Value: o.errorSeconds(), Unit: "s"}, seconds("longest-gap", o.gap()))
}

// Violation is a run in which nothing is answered after the fault.
func (c Recovers) Violation() *results.Run {
	limit := max(c.Within, c.Steady)
	long := 3 * (limit + limit/10 + 20*time.Second)
	r := specimen(c.Operation, 3000, long)
	fail(r, long/3, long)
	return r
}
