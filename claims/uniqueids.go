// If an id is issued twice, two users share what belongs to one.

package claims

import (
	"errors"
	"fmt"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// UniqueIDs promises that no id is issued twice: no two answers of the
// operation have the same value.
type UniqueIDs struct {
	Operation    string `yaml:"operation,omitempty" json:"operation,omitempty"` // the operation whose answer is an id; "": "id"
	LeastSamples int    `yaml:"least,omitempty" json:"least,omitempty"`         // least number of ids issued; 0: 100
}

func (c UniqueIDs) operation() string {
	if c.Operation == "" {
		return "id"
	}
	return c.Operation
}

// String is the promise as a sentence.
func (c UniqueIDs) String() string { return "no " + c.operation() + " is given out twice" }

// Valid refuses a negative number.
func (c UniqueIDs) Valid() error {
	if c.LeastSamples < 0 {
		return errors.New("check unique-ids: least is negative")
	}
	return nil
}

// Needs no proof: an id that was issued twice stays so.
func (UniqueIDs) Needs() Needs { return Needs{Solid: true} }

// Check looks for values that were returned more than once.
func (c UniqueIDs) Check(r *results.Run) results.Verdict { return c.check(newIndex(r)) }

func (c UniqueIDs) check(x *index) results.Verdict {
	v := results.Verdict{Name: "unique-ids", Claim: c.String(), Wanted: "0 given twice"}
	none := 0
	l := newLedger(x.run.Requests, x.pick(x.batch(c.operation()).answered, func(q *results.Request) bool {
		if q.Value == "" {
			none++
		}
		return q.Value != ""
	}))
	v.N = len(l.writes)
	v.Measured = fmt.Sprintf("%d of %d given twice", len(l.first), v.N)
	need := c.LeastSamples
	if need == 0 {
		need = leastReads
	}
	again := int32(-1)
	for i := range l.first {
		if again < 0 || i < again {
			again = i
		}
	}
	switch {
	case again >= 0:
		return because(v, results.Broken, "%s was given to request %d and to request %d", x.at(again).Value, x.at(l.first[again]).Seq, x.at(again).Seq)
	case none > 0:
		return because(v, results.Unproven, "%d answers had no id", none)
	case v.N < need:
		return because(v, results.Unproven, "only %d were given out; at least %d are required", v.N, need)
	}
	return held(v)
}

// Violation is a run in which every request gets the same id.
func (c UniqueIDs) Violation() *results.Run {
	r := specimen(c.operation(), 300, 3*time.Second)
	for i := range r.Requests {
		r.Requests[i].Value = "1"
	}
	return r
}
