package results

import (
	"fmt"
	"slices"
)

// Outcome is the verdict on a claim. The order is the order of precedence:
// broken beats unproven beats held, so a run is the minimum of its claims.
type Outcome int

// The three outcomes. The zero value is Unproven: what was never judged was
// never proved.
const (
	Broken   Outcome = -1
	Unproven Outcome = 0
	Held     Outcome = 1
)

// String gives "broken", "unproven" or "held".
func (o Outcome) String() string {
	switch o {
	case Broken:
		return "broken"
	case Held:
		return "held"
	}
	return "unproven"
}

// MarshalText writes the outcome as its word.
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText reads an outcome's word and refuses any other.
func (o *Outcome) UnmarshalText(b []byte) error {
	for _, k := range []Outcome{Broken, Unproven, Held} {
		if string(b) == k.String() {
			*o = k
			return nil
		}
	}
	return fmt.Errorf("read outcome: %q is none of broken, unproven, held", b)
}

// Least is the outcome of several: the minimum, and Unproven of none.
func Least(vs []Verdict) Outcome {
	if len(vs) == 0 {
		return Unproven
	}
	least := Held
	for _, v := range vs {
		least = min(least, v.Outcome)
	}
	return least
}

// Outcome is what the run says as a whole: the least of its verdicts. A run
// that was cut short proves nothing, though what it saw broken stays broken.
func (r *Run) Outcome() Outcome {
	least := Least(r.Verdicts)
	if !r.Finished {
		least = min(least, Unproven)
	}
	return least
}

// SelfCheck is the name of the check that each checker of the run can break.
const SelfCheck = "self-check"

// SelfCheckFailed says which checker a known violation did not break; "" is
// none. A run without a claim has no checker that could fail.
func (r *Run) SelfCheckFailed() string {
	claimed := slices.ContainsFunc(r.Verdicts, func(v Verdict) bool { return v.Name != "" })
	for _, c := range r.Trust {
		if claimed && c.Name == SelfCheck && !c.OK {
			return c.Detail
		}
	}
	return ""
}

// End is how a play ended, apart from what its verdicts say.
type End struct {
	Failed string // what could not be played, undone, saved or taken down; "" is nothing
	Signal int    // that ended it; 0 is none
}

// Code is the exit code of a play whose verdicts alone would give that one: a
// signal counts more than a failure, and a failure more than any verdict. It is
// the only place that decides so; screen, page and process ask it.
func (e End) Code(selfCheckFailed bool, verdicts int) int {
	switch {
	case e.Signal != 0:
		return 128 + e.Signal
	case e.Failed != "" || selfCheckFailed:
		return 4
	}
	return verdicts
}

// ExitCode is how a command ends that played or judged the run: 128 and the
// number of the signal that ended it, 4 where something failed that is not the
// system under test or where a checker cannot be shown to work, 0 where every
// claim is as the scenario expects, 1 where one is broken or held against the
// expectation, 3 where none is but something is unproven, be it that there is
// no verdict at all or that the run was cut short.
func (r *Run) ExitCode() int {
	code := 0
	if len(r.Verdicts) == 0 || !r.Finished {
		code = 3
	}
	for _, v := range r.Verdicts {
		if v.Outcome == Unproven {
			code = 3
		}
	}
	for _, v := range r.Verdicts {
		if v.Outcome != Unproven && !v.AsExpected() {
			code = 1
		}
	}
	return r.End.Code(r.SelfCheckFailed() != "", code)
}
