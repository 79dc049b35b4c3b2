// A store says "done" to a write and dies. If what it said done to was only on
// the dead machine, the write is lost although somebody was told it was safe.

package claims

import (
	"fmt"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// exposed is how long before a fault an acknowledged write counts as at risk
// of it: the window that a lagging replica may not have received yet. Three
// seconds is how long the controls throttle the replication link.
const exposed = 3 * time.Second

// KeepsAcknowledgedWrites promises that every acknowledged write of the
// operation is in the surviving primary at the end.
type KeepsAcknowledgedWrites struct {
	Operation string `yaml:"operation" json:"operation"` // "" means "write"
	AtRisk    int    `yaml:"at-risk" json:"at-risk"`     // least acknowledged writes in the 3 s before a fault; fewer prove nothing
}

// String is the promise as a sentence.
func (KeepsAcknowledgedWrites) String() string { return "no acknowledged write is lost" }

// Needs says that a fault must have been seen, but that a lost write stays
// lost whatever the proofs say.
func (KeepsAcknowledgedWrites) Needs() Needs { return Needs{Fault: true, Solid: true} }

// Check compares what was acknowledged with what the primaries of the final
// audit hold. A value there that nobody wrote breaks the claim as well: the
// store then holds something else than this run's writes.
func (c KeepsAcknowledgedWrites) Check(r *results.Run) results.Verdict {
	op := c.Operation
	if op == "" {
		op = "write"
	}
	v := results.Verdict{Name: "keeps-acknowledged-writes", Claim: c.String(), Wanted: "0 lost, 0 unexpected"}
	kept, why := survivors(r.Final, op)
	if why != "" {
		v.Why = why
		return v
	}
	t := tally(r, op, kept)
	v.N = t.acknowledged
	v.Measured = fmt.Sprintf("%d lost, %d unexpected of %d acknowledged, %d at risk", t.lost, t.unexpected, t.acknowledged, t.atRisk)
	switch {
	case t.lost > 0:
		v.Outcome, v.Why = results.Broken, "acknowledged and gone, the first of them "+t.first
	case t.unexpected > 0:
		v.Outcome, v.Why = results.Broken, "the store holds values that this run never wrote"
	case t.acknowledged == 0:
		v.Why = "no write was acknowledged"
	case t.atRisk < max(c.AtRisk, 1):
		v.Why = fmt.Sprintf("only %d acknowledged writes were at risk at the fault, wanted at least %d", t.atRisk, max(c.AtRisk, 1))
	default:
		v.Outcome = results.Held
	}
	return v
}

// survivors is the set of values that the primaries hold, or why it cannot be known.
func survivors(a *results.Audit, op string) (map[string]bool, string) {
	if a == nil {
		return nil, "no final audit"
	}
	if !a.Stable {
		return nil, "the final audit never read the same twice"
	}
	kept, primaries := map[string]bool{}, 0
	for _, s := range a.Stores {
		if s.Role != "primary" {
			continue
		}
		if s.Err != "" {
			return nil, "the final audit could not read " + s.Node + ": " + s.Err
		}
		primaries++
		for _, value := range s.Values[op] {
			kept[value] = true
		}
	}
	if primaries != 1 {
		return nil, fmt.Sprintf("the final audit saw %d primaries, so which writes survive is not settled", primaries)
	}
	return kept, ""
}

// count is what became of the writes of a run.
type count struct {
	acknowledged, lost, unexpected, atRisk int
	first                                  string // the first value that was lost
}

func tally(r *results.Run, op string, kept map[string]bool) count {
	var t count
	wrote := make(map[string]bool, len(kept))
	for _, q := range r.Requests {
		if q.Operation != op {
			continue
		}
		wrote[q.Value] = true
		if q.Fate != results.Answered {
			continue
		}
		t.acknowledged++
		if atRisk(r.Faults, q.Done) {
			t.atRisk++
		}
		if !kept[q.Value] {
			if t.lost == 0 {
				t.first = q.Value
			}
			t.lost++
		}
	}
	for value := range kept {
		if !wrote[value] {
			t.unexpected++
		}
	}
	return t
}

func atRisk(faults []results.Fault, done time.Duration) bool {
	for _, f := range faults {
		if f.InEffect() && done <= f.Effect && done > f.Effect-exposed {
			return true
		}
	}
	return false
}
