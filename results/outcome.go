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

// ExitCode is how a command ends that played or judged the run: 4 where a
// checker of it cannot be shown to work, 0 where every
// claim is as the scenario expects, 1 where one is broken or held against the
// expectation, 3 where none is but something is unproven, be it that there is
// no verdict at all or that the run was cut short.
func (r *Run) ExitCode() int {
	if r.SelfCheckFailed() != "" {
		return 4
	}
	code := 0
	if len(r.Verdicts) == 0 || !r.Finished {
		code = 3
	}
	for _, v := range r.Verdicts {
		switch {
		case v.Outcome == Unproven:
			code = 3
		case !v.AsExpected():
			return 1
		}
	}
	return code
}
