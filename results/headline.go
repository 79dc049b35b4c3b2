package results

import (
	"fmt"
	"slices"
)

// expectsBroken says whether the scenario expects a claim to be broken.
func (r *Run) expectsBroken() bool {
	return slices.ContainsFunc(r.Verdicts, func(v Verdict) bool { return v.Expected == Broken })
}

// headline is the result of the run in one to three words. It agrees with the
// exit code, which depends on whether claims came out as expected.
func (r *Run) headline() string {
	surprise := func(o Outcome) bool {
		return slices.ContainsFunc(r.Verdicts, func(v Verdict) bool { return v.Outcome == o && !v.AsExpected() })
	}
	switch code := r.ExitCode(); {
	case code == 0 && r.expectsBroken():
		return "AS EXPECTED"
	case code == 0:
		return "HELD"
	case code == 1 && surprise(Broken):
		return "BROKEN"
	case code == 1 && surprise(Held):
		return "NOT AS EXPECTED"
	}
	return "UNPROVEN"
}

// colorOf is green if all claims came out as expected; otherwise red or yellow.
func colorOf(exit int) string {
	switch exit {
	case 0:
		return green
	case 1:
		return red
	}
	return yellow
}

// tally counts the outcomes: "4 of 5 claims held, 1 broken". Claims that break as
// the scenario expects are counted separately: "1 of 2 claims held, 1 broken as expected".
func tally(vs []Verdict) string {
	if len(vs) == 0 {
		return "no claim was judged"
	}
	count := map[string]int{}
	for _, v := range vs {
		kind := v.Outcome.String()
		if v.Expected == Broken && v.Outcome != Unproven {
			kind = surprise(v)
		}
		count[kind]++
	}
	noun := "claims"
	if len(vs) == 1 {
		noun = "claim"
	}
	if n := count[asExpected]; n == len(vs) {
		return fmt.Sprintf("%d of %d %s %s", n, n, noun, asExpected)
	}
	text := fmt.Sprintf("%d of %d %s held", count["held"]+count[notBroken], len(vs), noun)
	for _, kind := range []string{"broken", asExpected, "unproven"} {
		if n := count[kind]; n > 0 {
			text += fmt.Sprintf(", %d %s", n, kind)
		}
	}
	if n := count[notBroken]; n > 0 {
		text += fmt.Sprintf(", %d expected broken", n)
	}
	return text
}

// Texts for a claim that the scenario expects to be broken.
const (
	asExpected = "broken, as expected"
	notBroken  = "held, but expected broken"
)

// sign is the outcome as one character: ✓ as expected, ✗ not as expected, ? unproven.
func (v Verdict) sign() string {
	switch {
	case v.Outcome == Unproven:
		return "?"
	case v.AsExpected():
		return "✓"
	}
	return "✗"
}

// surprise describes the outcome of a claim that was expected to be broken.
func surprise(v Verdict) string {
	switch {
	case v.Expected != Broken:
		return ""
	case v.Outcome == Broken:
		return asExpected
	case v.Outcome == Held:
		return notBroken
	}
	return "expected broken"
}
