// One of several servers freezes: it accepts connections and never answers.
// Requests sent to it wait until a timeout. This claim limits how many wait,
// and how long.

package claims

import (
	"errors"
	"fmt"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// SlowBounded promises that from the fault on only a limited number of requests
// is slow, and none slower than a bound: a frozen server costs one timeout, not
// more. A failed request counts as slow, however fast it failed, and breaks the
// bound.
type SlowBounded struct {
	Operation  string        `yaml:"operation,omitempty" json:"operation,omitempty"` // "" is every operation
	SlowerThan time.Duration `yaml:"slower-than" json:"slower-than"`                 // a longer response time than this is slow
	AtMost     int           `yaml:"at-most" json:"at-most"`
	EachWithin time.Duration `yaml:"each-within" json:"each-within"`
}

// String is the promise as a sentence.
func (c SlowBounded) String() string {
	return fmt.Sprintf("at most %d %s take longer than %v, and none longer than %v", c.AtMost, plural(c.Operation), c.SlowerThan, c.EachWithin)
}

// Valid requires consistent bounds.
func (c SlowBounded) Valid() error {
	if c.SlowerThan <= 0 || c.EachWithin < c.SlowerThan || c.AtMost < 1 {
		return errors.New("check slow-bounded: slower-than must be above 0, each-within not below it, at-most 1 or more")
	}
	if c.AtMost > mostSlow {
		return fmt.Errorf("check slow-bounded: at-most %d: must be at most %d", c.AtMost, mostSlow)
	}
	return nil
}

// Needs both proofs: the claim is about latency during a fault.
func (SlowBounded) Needs() Needs { return Needs{Load: true, Fault: true} }

// Tightest is the response time that counts as slow.
func (c SlowBounded) Tightest() time.Duration { return c.SlowerThan }

// Check counts the slow requests among those that ended after the first fault
// was requested.
func (c SlowBounded) Check(r *results.Run) results.Verdict {
	v := results.Verdict{Name: "slow-bounded", Claim: c.String(), Wanted: fmt.Sprintf("at most %d, each within %v", c.AtMost, c.EachWithin)}
	if err := c.Valid(); err != nil {
		return because(v, results.Unproven, "%v", err)
	}
	if _, seen := r.FirstFault(); !seen {
		return because(v, results.Unproven, "no fault was seen in effect")
	}
	slow, failed, unsent := 0, 0, 0
	var longest time.Duration
	for _, q := range r.Requests {
		switch {
		case !of(c.Operation, q):
		case q.Fate == results.Unsent:
			unsent++
		case q.Done > r.Faults[0].Asked:
			v.N++
			longest = max(longest, q.Response())
			if q.Fate != results.Answered {
				failed++
			}
			if q.Fate != results.Answered || q.Response() > c.SlowerThan {
				slow++
			}
		}
	}
	v.Measured = fmt.Sprintf("%d slow of %d, longest %v", slow, v.N, beside(longest, fine, c.EachWithin, c.SlowerThan))
	// The floor is not scaled: how long the slowest waits depends on timers,
	// whose delay is not proportional to their length.
	floor := r.Where.Calibration.Floor(1, 0)
	switch {
	case v.N == 0:
		return because(v, results.Unproven, "no request ended after the fault")
	case slow > c.AtMost:
		return because(v, results.Broken, "%d slow or failed, %d of them failed", slow, failed)
	case failed > 0:
		return because(v, results.Broken, "%d failed outright", failed)
	case withinNoise(longest, c.EachWithin, floor):
		return because(v, results.Unproven, "the longest: %s", inNoise(longest, c.EachWithin, floor, r.Where.Calibration))
	case longest > c.EachWithin:
		return because(v, results.Broken, "the longest took %v more", beside(longest-c.EachWithin, coarse, 0))
	case unsent > 0:
		return because(v, results.Unproven, "%d requests were never sent", unsent)
	case slow == 0:
		return because(v, results.Unproven, "no request was slow: the fault affected none")
	}
	return held(v)
}

// Violation is a run in which every request from the fault on fails.
func (c SlowBounded) Violation() *results.Run {
	r := specimen(c.Operation, max(3000, 3*(c.AtMost+2)/2), 9*time.Second) // two thirds of them fail
	fail(r, 3*time.Second, 9*time.Second)
	return r
}
