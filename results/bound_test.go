package results

import (
	"math"
	"testing"
)

func TestCleanQuantile(t *testing.T) {
	for n, least := range map[int]float64{5: 0.5, 14: 0.8, 29: 0.9, 59: 0.95} {
		if q := CleanQuantile(n); q < least || math.Abs(math.Pow(q, float64(n))-0.05) > 1e-12 {
			t.Errorf("%d repeats bound the %v quantile", n, q)
		}
		if n > 5 && CleanQuantile(n-1) >= least { // one repeat fewer does not do
			t.Errorf("%d repeats are enough for %v", n-1, least)
		}
	}
}

// TestSelfCheckFailed: the tool's failure outranks every verdict.
func TestSelfCheckFailed(t *testing.T) {
	r := &Run{Finished: true, Verdicts: []Verdict{{Name: "recovers", Outcome: Held, Expected: Held}}, Trust: []Check{{Name: SelfCheck, OK: true, Detail: "1 of 1"}}}
	if r.ExitCode() != 0 || r.SelfCheckFailed() != "" {
		t.Errorf("a sound run exits %d", r.ExitCode())
	}
	r.Trust[0] = Check{Name: SelfCheck, OK: false, Detail: "recovers: came out held"}
	for _, o := range []Outcome{Broken, Unproven, Held} {
		r.Verdicts[0].Outcome = o
		if r.ExitCode() != 4 || r.SelfCheckFailed() != "recovers: came out held" {
			t.Errorf("%v: exit %d, %q", o, r.ExitCode(), r.SelfCheckFailed())
		}
	}
	r.Verdicts = []Verdict{{Claim: "the scenario makes a claim"}}
	if r.ExitCode() != 3 || r.SelfCheckFailed() != "" {
		t.Errorf("a run without a claim exits %d", r.ExitCode())
	}
}
