package scenarios

import (
	"fmt"
	"slices"
	"strings"

	"github.com/holdfast-lab/holdfast/results"
)

// conclude derives the conclusion of one run of one arm.
func (s *Scenario) conclude(arm string, run *results.Run) (ArmProof, error) {
	armed, err := s.Arm(arm)
	if err != nil {
		return ArmProof{}, err
	}
	a := ArmProof{
		Arm: arm, Verdict: run.Outcome(), Says: Proven, Seconds: run.Seconds,
		Claims: append([]results.Verdict{}, run.Verdicts...), Latency: run.Latency(),
		Trust: append([]results.Check{}, run.Trust...), selfCheck: run.SelfCheckFailed(),
	}
	c := &conclusion{arm: &a}
	control := s.control(arm)
	switch {
	case !run.Finished:
		c.say(Unproven, "%s", run.Why)
	case len(run.Verdicts) != len(armed.Claims) || len(armed.Claims) == 0:
		c.say(Unproven, "%d verdicts on %d claims", len(run.Verdicts), len(armed.Claims))
	case arm == Treatment:
		c.treatment(armed, run.Verdicts)
	case disturbance(run) != "":
		c.say(Unproven, "the system was disturbed, which may be why: %s", disturbance(run))
	case arm == Placebo:
		c.placebo(armed, run.Verdicts)
	case control != nil:
		c.control(*control, armed, run.Verdicts)
	}
	a.Why = strings.Join(c.whys[a.Says], "; ")
	return a, nil
}

// disturbance says what changed the system without a step; "" if nothing did.
// If a control broke then, the cause may be the disturbance and not the missing
// mechanism.
func disturbance(run *results.Run) string {
	for _, check := range run.Trust {
		if check.Name == "undisturbed" && !check.OK {
			return check.Detail
		}
	}
	return ""
}

// conclusion collects the conclusions from the verdicts of one run; the
// strongest one counts.
type conclusion struct {
	arm  *ArmProof
	whys map[Conclusion][]string
}

func (c *conclusion) say(what Conclusion, format string, a ...any) {
	if c.whys == nil {
		c.whys = map[Conclusion][]string{}
	}
	c.whys[what] = append(c.whys[what], fmt.Sprintf(format, a...))
	if slices.Index(precedence, what) < slices.Index(precedence, c.arm.Says) {
		c.arm.Says = what
	}
}

// treatment: every outcome must be the expected one.
func (c *conclusion) treatment(s *Scenario, vs []results.Verdict) {
	for i, p := range s.Claims {
		switch v := vs[i]; {
		case v.Outcome == results.Unproven:
			c.say(Unproven, "%s is unproven: %s", p.Name, v.Why)
		case v.Outcome != p.Expect:
			c.say(Refuted, "%s %v, expected %v: %s", p.Name, was(v.Outcome), p.Expect, v.Measured)
		}
	}
}

// control: the claims that it names must have the outcome that it names.
// Another claim that broke is reported as a surprise; it is no evidence against
// the treatment.
func (c *conclusion) control(of Control, s *Scenario, vs []results.Verdict) {
	for _, want := range []struct {
		names []string
		o     results.Outcome
	}{{of.Breaks, results.Broken}, {of.Holds, results.Held}} {
		for _, name := range want.names {
			switch got, v := c.strongest(name, want.o, s, vs); got {
			case want.o:
			case results.Unproven:
				c.say(Unproven, "%s is unproven: %s", name, v.Why)
			default:
				c.say(Vacuous, "%s %s also without the mechanism: %s", name, was(got), v.Measured)
			}
		}
	}
	for i, p := range s.Claims {
		if vs[i].Outcome == results.Broken && !slices.Contains(of.Breaks, p.Name) && !slices.Contains(of.Holds, p.Name) && !slices.Contains(c.arm.Surprises, p.Name) {
			c.arm.Surprises = append(c.arm.Surprises, p.Name)
		}
	}
}

// strongest returns the outcome of all claims of one name. If the wanted
// outcome is broken, one broken claim suffices; if it is held, all must hold.
func (c *conclusion) strongest(name string, want results.Outcome, s *Scenario, vs []results.Verdict) (results.Outcome, results.Verdict) {
	var of []results.Verdict
	for i, p := range s.Claims {
		if p.Name == name {
			of = append(of, vs[i])
		}
	}
	if len(of) == 0 {
		return results.Unproven, results.Verdict{Why: "no claim of that name was judged"}
	}
	v := slices.MinFunc(of, func(a, b results.Verdict) int { return int(a.Outcome - b.Outcome) })
	if want == results.Broken && v.Outcome != results.Broken {
		for _, x := range of { // an unproven claim might have been broken
			if x.Outcome == results.Unproven {
				return results.Unproven, x
			}
		}
	}
	return v.Outcome, v
}

// placebo: without a fault nothing may break. A claim that needs a fault is
// unproven there, as it should be. A claim may be broken if the scenario
// expects it to be broken by the system itself and not by the fault.
func (c *conclusion) placebo(s *Scenario, vs []results.Verdict) {
	for i, p := range s.Claims {
		needsFault := p.Claim.Needs().Fault
		switch v := vs[i]; {
		case v.Outcome == results.Broken && p.Expect == results.Held:
			c.say(Refuted, "%s was broken without any fault: %s", p.Name, v.Measured)
		case v.Outcome == results.Broken && needsFault:
			c.say(Vacuous, "%s was also broken without any fault: %s", p.Name, v.Measured)
		case v.Outcome == results.Unproven && !needsFault && p.Expect == results.Held:
			c.say(Unproven, "%s is unproven without a fault: %s", p.Name, v.Why)
		}
	}
}

// was names an outcome in a sentence.
func was(o results.Outcome) string {
	switch o {
	case results.Held:
		return "held"
	case results.Broken:
		return "was broken"
	}
	return "is unproven"
}
