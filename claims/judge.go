package claims

import (
	"fmt"

	"github.com/holdfast-lab/holdfast/results"
)

// Promise is a claim and its expected outcome: Held, or Broken if the mechanism
// was removed or the textbook is wrong.
type Promise struct {
	Claim  Claim
	Expect results.Outcome
}

// Judge sets the verdicts of a run and its trust checks. It is a pure function
// of the rest of the run, so an old run can be judged again. Broken precedes
// unproven, which precedes held. A claim that panics is unproven, and so is a
// run without claims.
func Judge(r *results.Run, ps []Promise) {
	ok, alarms := prove(r, ps), alarms(ps)
	r.Verdicts = make([]results.Verdict, 0, len(ps))
	x := newIndex(r)
	for i, p := range ps {
		v := decide(x, p.Claim, ok, alarms[i])
		v.Expected = p.Expect
		r.Verdicts = append(r.Verdicts, v)
	}
	if len(ps) == 0 {
		r.Verdicts = append(r.Verdicts, results.Verdict{
			Claim: "the scenario makes a claim", Expected: results.Held, Why: "no claim was made, so nothing was proved",
		})
	}
	r.Trust = []results.Check{ok.record, ok.load, ok.fault, ok.undisturbed}
	if r.Restored != nil {
		r.Trust = append(r.Trust, ok.restored)
	}
	r.Trust = append(r.Trust, selfCheck(alarms))
	if r.Final != nil {
		r.Trust = append(r.Trust, audited(r.Final))
	}
	for _, e := range r.Timeline {
		if e.Kind == results.NotSettled {
			r.Trust = append(r.Trust, results.Check{Name: "settled", Detail: "the system did not settle " + e.Text})
		}
	}
	r.Trust = append(r.Trust, calibrated(r))
}

// decide is the verdict on one claim: the result of its check, lowered to
// unproven if a proof that it needs fails. Alarm says why the checker itself is
// in doubt.
func decide(x *index, c Claim, ok proofs, alarm string) results.Verdict {
	r := x.run
	v, panicked := safely(func() results.Verdict {
		if err := Settings(c); err != nil {
			return results.Verdict{Why: err.Error()}
		}
		if shares, ok := c.(indexed); ok {
			return shares.check(x)
		}
		return c.Check(r)
	})
	if panicked != "" {
		v = results.Verdict{Why: "the checker panicked: " + panicked}
	}
	if v.Name == "" {
		v.Name = nameOf(c)
	}
	if v.Claim == "" {
		v.Claim, _ = safely(func() string { return c.String() })
	}
	needs, panicked := safely(func() Needs { return c.Needs() })
	doubt, late := "", ok.doubtOf(r, c, needs, v.Outcome)
	switch {
	case panicked != "":
		doubt, needs = "the checker panicked: "+panicked, Needs{}
	case alarm != "":
		doubt, needs.Solid = "the checker failed its self-check: "+alarm, false
	case r.Doubt != "":
		doubt, needs.Solid = r.Doubt, false // what broke it may be in the missing part, or come from another run
	case !r.Finished:
		doubt = "the run was cut short"
		if r.Why != "" {
			doubt += ": " + r.Why
		}
	case !ok.record.OK:
		doubt = "the record cannot be trusted: " + ok.record.Detail
	case late != "":
		doubt = "no load proof: " + late
	case (needs.Fault || len(r.Faults) > 0 && !needs.Calm) && !ok.fault.OK:
		doubt = "no fault proof: " + ok.fault.Detail
	case !needs.Calm && ok.undisturbed.OK && !ok.restored.OK:
		doubt = "the faults were not undone: " + ok.restored.Detail
	case v.Outcome == results.Held && v.N == 0:
		doubt = "no observation supports it"
	}
	switch {
	case doubt == "", v.Outcome == results.Broken && needs.Solid:
		return disturbed(v, ok.undisturbed)
	case v.Outcome == results.Unproven:
		switch {
		case v.Why == "":
			v.Why = doubt
		case r.Doubt == "" && !r.Finished: // otherwise unsent requests would look like the reason
			v.Why = "the run was cut short; " + v.Why
		}
		return v
	}
	return because(v, results.Unproven, "%s (otherwise %v)", doubt, v.Outcome)
}

// safely calls a claim's method and reports its panic, if any.
func safely[T any](f func() T) (t T, panicked string) {
	defer func() {
		if p := recover(); p != nil {
			var none T
			t, panicked = none, fmt.Sprint(p)
		}
	}()
	return f(), ""
}

// audited reports whether every store was read at the end, and twice with the
// same result.
func audited(a *results.Audit) results.Check {
	return results.Check{Name: "audit", OK: a.Whole(), Detail: a.String()}
}
