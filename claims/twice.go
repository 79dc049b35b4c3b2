// A proxy loses a connection and sends the request again although the first one
// arrived: it is applied twice.

package claims

import (
	"errors"
	"fmt"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// NotAppliedTwice promises that a request that cannot be repeated safely is not
// retried by an intermediary: no value is stored twice in the surviving
// primary, and only requests that were in flight at a fault fail.
type NotAppliedTwice struct {
	Operation string `yaml:"operation,omitempty" json:"operation,omitempty"` // "" means "post"
	Allow     int    `yaml:"allow,omitempty" json:"allow,omitempty"`         // allowed failures of requests that were not in flight: one per proxy worker until it detects the failure
}

func (c NotAppliedTwice) operation() string {
	if c.Operation == "" {
		return "post"
	}
	return c.Operation
}

// String is the promise as a sentence.
func (c NotAppliedTwice) String() string {
	return "no " + c.operation() + " is applied twice, and only those in flight at the fault fail"
}

// Valid refuses a negative allowance.
func (c NotAppliedTwice) Valid() error {
	if c.Allow < 0 {
		return errors.New("check not-applied-twice: allow is negative")
	}
	return nil
}

// Needs the fault proof; what was applied twice stays so.
func (NotAppliedTwice) Needs() Needs { return Needs{Fault: true, Solid: true} }

// Check counts the values that are stored twice, and the failures among
// requests that were not in flight when a fault was requested.
func (c NotAppliedTwice) Check(r *results.Run) results.Verdict { return c.check(newIndex(r)) }

func (c NotAppliedTwice) check(x *index) results.Verdict {
	op := c.operation()
	v := results.Verdict{Name: "not-applied-twice", Claim: c.String()}
	kept := x.holding(op, op)
	if kept.why != "" {
		return because(v, results.Unproven, "%s", kept.why)
	}
	twice, flying, struck, later, copies := 0, 0, 0, 0, 0
	first := ""
	for _, i := range x.batch(op).sent {
		q := x.at(i)
		v.N++
		met, failed := inFlight(x.run.Faults, q), q.Fate != results.Answered
		switch {
		case met && failed:
			struck++
			fallthrough
		case met:
			flying++
		case failed:
			later++
		}
		if n := kept.of(i, q); n > 1 {
			if twice++; twice == 1 {
				first, copies = q.Value, n
			}
		}
	}
	v.Measured = fmt.Sprintf("%d twice of %d, %d of %d in flight failed, %d others failed", twice, v.N, struck, flying, later)
	v.Wanted = fmt.Sprintf("0 twice, at most %d others failed", c.Allow)
	_, seen := x.run.FirstFault()
	switch {
	case twice > 0:
		return because(v, results.Broken, "%s was applied %d times", first, copies)
	case !seen:
		return because(v, results.Unproven, "no fault was seen in effect")
	case later > c.Allow:
		return because(v, results.Broken, "%d failed that were not in flight at the fault", later)
	case flying == 0:
		return because(v, results.Unproven, "no %s was in flight at the fault", op)
	}
	return held(v)
}

// inFlight reports whether a request was in flight at some time between the
// request of a fault and its witness.
func inFlight(faults []results.Fault, q *results.Request) bool {
	for _, f := range faults {
		if f.InEffect() && q.Sent <= f.Seen() && q.Done > f.Asked {
			return true
		}
	}
	return false
}

// Violation is a run in which every value is stored twice.
func (c NotAppliedTwice) Violation() *results.Run {
	r := specimen(c.operation(), 300, 3*time.Second)
	var values []string
	for _, q := range r.Requests {
		values = append(values, q.Value, q.Value)
	}
	r.Final = &results.Audit{Stable: true, Stores: []results.Store{
		{Node: "a", Role: "primary", Values: map[string][]string{c.operation(): values}},
	}}
	return r
}
