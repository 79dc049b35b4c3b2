// A single point of failure: while the only instance is down, nothing is
// answered.

package claims

import (
	"errors"
	"fmt"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// leastFailed is how many requests must have failed: with 100, an answered
// share of 3 % or more would have been detected (95 % confidence).
const leastFailed = 100

// FailsEntirely promises that nothing is answered while the first fault lasts:
// the target is a single point of failure.
type FailsEntirely struct {
	Operation string        `yaml:"operation,omitempty" json:"operation,omitempty"` // "" is every operation
	Within    time.Duration `yaml:"within,omitempty" json:"within,omitempty"`       // how long after the effect the outage begins
}

// String is the promise as a sentence.
func (c FailsEntirely) String() string {
	return fmt.Sprintf("all %s fail from %v after the fault until it is healed", plural(c.Operation), c.Within)
}

// Valid refuses a negative time.
func (c FailsEntirely) Valid() error {
	if c.Within < 0 {
		return errors.New("check fails-entirely: within is negative")
	}
	return nil
}

// Needs the fault proof.
func (FailsEntirely) Needs() Needs { return Needs{Fault: true} }

// Check looks for answers, before the undo was requested, to requests that were
// sent during the outage.
func (c FailsEntirely) Check(r *results.Run) results.Verdict {
	v := results.Verdict{Name: "fails-entirely", Claim: c.String(), Wanted: fmt.Sprintf("0 answered of at least %d", leastFailed)}
	from, to := never, never
	for _, f := range r.Faults {
		if f.InEffect() {
			from = f.Seen()
			if f.Healing > 0 {
				to = f.Healing
			}
			break
		}
	}
	if from == never {
		return because(v, results.Unproven, "no fault was seen in effect")
	}
	before, answered := 0, 0
	var first results.Request
	for _, q := range r.Requests {
		switch {
		case q.Fate == results.Unsent || !of(c.Operation, q):
		case q.Done <= from && q.Fate == results.Answered:
			before++
		case q.Sent >= from+c.Within && q.Sent < to && (q.Fate != results.Answered || q.Done < to):
			v.N++
			if q.Fate == results.Answered {
				if answered++; answered == 1 {
					first = q
				}
			}
		}
	}
	v.Measured = fmt.Sprintf("%d answered of %d", answered, v.N)
	switch {
	case answered > 0:
		return because(v, results.Broken, "request %d was answered at %v, by %s", first.Seq, ms(first.Done), first.Server)
	case before == 0:
		return because(v, results.Unproven, "nothing was answered before the fault either")
	case v.N < leastFailed:
		return because(v, results.Unproven, "only %d requests were sent during the outage; at least %d are required", v.N, leastFailed)
	}
	return held(v)
}

// Violation is a run in which everything is answered throughout.
func (c FailsEntirely) Violation() *results.Run {
	return specimen(c.Operation, 3000, 3*(2*c.Within+3*time.Second)) // at least a sixth of the requests fall into the outage
}
