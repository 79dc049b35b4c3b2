// A store acknowledges a write and dies. If only the dead machine had the
// write, it is lost although it was acknowledged.

package claims

import (
	"errors"
	"fmt"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// Exposed is how long before a fault an acknowledged write counts as at risk: a
// lagging replica may not have received it yet. The controls throttle the
// replication link for three seconds.
const Exposed = 3 * time.Second

// LeastAtRisk is how many acknowledged writes must have been at risk if the
// claim sets no number: fewer prove nothing (docs/EVIDENCE.md).
const LeastAtRisk = 100

// seed is the value that every key holds before the run.
const seed = "seed"

// KeepsAcknowledgedWrites promises that every acknowledged write of the
// operation is in the surviving primary at the end.
type KeepsAcknowledgedWrites struct {
	Operation string `yaml:"operation,omitempty" json:"operation,omitempty"` // "" means "write"
	AtRisk    int    `yaml:"at-risk,omitempty" json:"at-risk,omitempty"`     // least number of acknowledged writes in the 3 s before a fault; 0: 100
}

func (c KeepsAcknowledgedWrites) operation() string {
	if c.Operation == "" {
		return "write"
	}
	return c.Operation
}

// String is the promise as a sentence.
func (c KeepsAcknowledgedWrites) String() string {
	return "no acknowledged " + c.operation() + " is lost"
}

// Valid refuses a negative exposure.
func (c KeepsAcknowledgedWrites) Valid() error {
	if c.AtRisk < 0 {
		return errors.New("check keeps-acknowledged-writes: at-risk is negative")
	}
	return nil
}

// Needs the fault proof, but a lost write stays lost even if a proof fails.
func (KeepsAcknowledgedWrites) Needs() Needs { return Needs{Fault: true, Solid: true} }

// Check compares the acknowledged writes with what the primary of the final
// audit holds, and that with what it shows to users. A stored value that was
// never written breaks the claim as well: the store then holds something other
// than this run's writes. A record without what users are shown is judged by
// what is stored.
func (c KeepsAcknowledgedWrites) Check(r *results.Run) results.Verdict { return c.check(newIndex(r)) }

func (c KeepsAcknowledgedWrites) check(x *index) results.Verdict {
	v := results.Verdict{Name: "keeps-acknowledged-writes", Claim: c.String(), Wanted: "0 lost, 0 unexpected"}
	kept := x.holding(c.operation(), c.operation())
	if kept.why != "" {
		return because(v, results.Unproven, "%s", kept.why)
	}
	t := tally(x, c.operation(), kept)
	v.N = t.acknowledged
	v.Measured, v.Figures = t.measured(), t.figures()
	need := c.AtRisk
	if need == 0 {
		need = LeastAtRisk
	}
	switch {
	case t.lost > 0:
		return because(v, results.Broken, "acknowledged writes were lost, the first of them %s", t.first)
	case t.unexpected > 0 && !complete(x.run):
		return because(v, results.Unproven, "the store holds %s, but the record of writes is incomplete", t.stranger)
	case t.unexpected > 0:
		return because(v, results.Broken, "the store holds values that this run never wrote, one of them %s", t.stranger)
	case t.shown.lost.n > 0:
		return because(v, results.Broken, "%s", t.shown.lost.text)
	case t.shown.unexpected.n > 0 && !complete(x.run):
		return because(v, results.Unproven, "%s, but the record of writes is incomplete", t.shown.unexpected.text)
	case t.shown.unexpected.n > 0:
		return because(v, results.Broken, "%s", t.shown.unexpected.text)
	case t.acknowledged == 0:
		return because(v, results.Unproven, "no %s was acknowledged", c.operation())
	case t.atRisk < need:
		return because(v, results.Unproven, "only %d acknowledged writes were at risk at the fault; at least %d are required", t.atRisk, need)
	}
	return held(v)
}

// count summarizes what happened to the writes of a run.
type count struct {
	acknowledged, lost, recovered, unexpected, atRisk int

	first    string        // the first value that was lost
	stranger string        // a stored value that should not exist
	rpo      time.Duration // from the oldest lost acknowledgement to the fault after it; negative: acknowledged after every fault
	window   bool          // rpo is known: something was lost and a fault was seen
	shown    comparison    // what users are shown
}

func (t count) measured() string {
	text := fmt.Sprintf("%d lost, %d unexpected of %d acknowledged, %d at risk, %d recovered", t.allLost(), t.allUnexpected(), t.acknowledged, t.atRisk, t.recovered)
	switch {
	case t.rpo < 0:
		text += fmt.Sprintf(", the oldest lost %v after the fault", ms(-t.rpo))
	case t.window:
		text += fmt.Sprintf(", the oldest lost %v before the fault", ms(t.rpo))
	}
	if t.shown.keys > 0 {
		text += fmt.Sprintf(", %d keys compared with what users are shown", t.shown.keys)
	}
	return text
}

// allLost and allUnexpected count what is kept and what is shown together.
func (t count) allLost() int       { return t.lost + t.shown.lost.n }
func (t count) allUnexpected() int { return t.unexpected + t.shown.unexpected.n }

// figures returns the same as numbers. Without acknowledged writes nothing
// could be lost, and a count of 0 would look like a measurement.
func (t count) figures() []results.Figure {
	if t.acknowledged == 0 {
		return nil
	}
	fs := []results.Figure{
		number("lost", t.allLost(), "writes"), number("recovered", t.recovered, "writes"),
		number("unexpected", t.allUnexpected(), "values"), number("at-risk", t.atRisk, "writes"), number("rpo-count", t.lost, "writes"),
	}
	if t.window || t.lost == 0 {
		fs = append(fs, seconds("rpo-time", t.rpo))
	}
	return fs
}

// tally compares the history with what is stored. Only answered and unanswered
// writes may be stored: a refused one was certainly not done.
func tally(x *index, op string, kept holding) count {
	t := count{unexpected: len(kept.strange), stranger: kept.stranger(), shown: x.comparison(op, kept.store)}
	for _, i := range x.ledger(op).writes {
		q := x.at(i)
		there := kept.of(i, q)
		if q.Fate == results.Unanswered {
			t.recovered += min(there, 1)
			continue
		}
		t.acknowledged++
		if atRisk(x.run.Faults, q.Done) {
			t.atRisk++
		}
		if there == 0 {
			t.lose(x.run.Faults, q)
		}
	}
	return t
}

// lose counts a lost write, and computes the time from its acknowledgement to
// the fault that may have lost it: the first fault after it, otherwise the last
// before it.
func (t *count) lose(faults []results.Fault, q *results.Request) {
	if t.lost++; t.lost == 1 {
		t.first = q.Value
	}
	next, last := never, -never
	for _, f := range faults {
		if !f.InEffect() {
			continue
		}
		if f.Seen() >= q.Done {
			next = min(next, f.Seen()-q.Done)
		} else {
			last = max(last, f.Seen()-q.Done)
		}
	}
	rpo := next
	if next == never {
		rpo = last
	}
	switch {
	case rpo == -never: // no fault was seen
	case t.window:
		t.rpo = max(t.rpo, rpo)
	default:
		t.rpo, t.window = rpo, true
	}
}

func atRisk(faults []results.Fault, done time.Duration) bool {
	for _, f := range faults {
		if f.InEffect() && done <= f.Seen() && done > f.Seen()-Exposed {
			return true
		}
	}
	return false
}

// Violation is a run in which a store holds none of what it acknowledged.
func (c KeepsAcknowledgedWrites) Violation() *results.Run {
	r := specimen(c.operation(), 3000, 9*time.Second)
	r.Final = &results.Audit{Stable: true, Stores: []results.Store{{Node: "a", Role: "primary"}}}
	return r
}
