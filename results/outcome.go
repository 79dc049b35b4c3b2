package results

import (
	"fmt"
	"slices"
)

// Outcome is the verdict on a claim. The order is the order of precedence:
// broken beats unproven beats held, so a run is the minimum of its claims.
type Outcome int

// The three outcomes. The zero value is Unproven: a claim that was not judged is
// not proven.
const (
	Broken   Outcome = -1
	Unproven Outcome = 0
	Held     Outcome = 1
)

// String returns "broken", "unproven" or "held".
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

// Least is the combined outcome of verdicts: the minimum, or Unproven without any.
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

// Outcome is the outcome of the whole run: the least of its verdicts. A run that
// was cut short proves nothing, but a broken claim remains broken.
func (r *Run) Outcome() Outcome {
	least := Least(r.Verdicts)
	if !r.Finished {
		least = min(least, Unproven)
	}
	return least
}

// SelfCheck is the name of the check that each checker of the run can fail.
const SelfCheck = "self-check"

// SelfCheckFailed names the checkers that did not detect a known violation; "" if
// there are none. A run without claims has no checkers.
func (r *Run) SelfCheckFailed() string {
	claimed := slices.ContainsFunc(r.Verdicts, func(v Verdict) bool { return v.Name != "" })
	for _, c := range r.Trust {
		if claimed && c.Name == SelfCheck && !c.OK {
			return c.Detail
		}
	}
	return ""
}

// End is how a run ended, apart from its verdicts.
type End struct {
	Failed string // what could not be run, undone, saved or removed; "": nothing
	Signal int    // the signal that ended it; 0: none
}

// Code returns the exit code of a run; verdicts is the code by its verdicts alone.
// A signal takes precedence over a failure, and a failure over any verdict. The
// text report, the HTML report and the process all use this function.
func (e End) Code(selfCheckFailed bool, verdicts int) int {
	switch {
	case e.Signal != 0:
		return 128 + e.Signal
	case e.Failed != "" || selfCheckFailed:
		return 4
	}
	return verdicts
}

// ExitCode is the exit code of a command that ran or judged the run: 128 plus the
// number of the signal that ended it; 4 if something other than the system under
// test failed, or a checker failed its self-check; 0 if every claim came out as the
// scenario expects; 1 if one is broken or held against the expectation; 3
// otherwise: a claim is unproven, there is no verdict, or the run was cut short.
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
