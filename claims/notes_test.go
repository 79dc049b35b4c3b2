package claims

import (
	"strings"
	"testing"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// checkNamed is a run's check of that name.
func checkNamed(t *testing.T, r *results.Run, name string) results.Check {
	t.Helper()
	for _, c := range r.Trust {
		if c.Name == name {
			return c
		}
	}
	t.Fatalf("no check %q in %+v", name, r.Trust)
	return results.Check{}
}

// TestNothingCheckedIsANote checks that a check without a subject neither
// passes nor fails.
func TestNothingCheckedIsANote(t *testing.T) {
	calm := specimen("read", 900, 9*time.Second)
	calm.Faults = nil
	stale := specimen("read", 900, 9*time.Second)
	stale.Where.CalibrationNote = "the calibration is of another host"
	for name, c := range map[string]struct {
		r     *results.Run
		check string
	}{
		"not calibrated":                {specimen("read", 900, 9*time.Second), "calibration"},
		"a calibration that is stale":   {stale, "calibration"},
		"no fault where none is needed": {calm, "fault"},
	} {
		Judge(c.r, []Promise{{Claim: Responds{Operation: "read", Share: 0.9}, Expect: results.Held}})
		if got := checkNamed(t, c.r, c.check); got.Sign() != "–" || !got.OK {
			t.Errorf("%s: %s %+v", name, got.Sign(), got)
		}
	}
}

// TestCutShortIsNotASlowGenerator checks that requests that were not sent
// because of Ctrl-C are not reported as the generator's delay.
func TestCutShortIsNotASlowGenerator(t *testing.T) {
	for name, sent := range map[string]int{"at once": 0, "in the middle": 400, "with all sent": 900} {
		r := specimen("read", 900, 9*time.Second)
		r.Finished, r.Why = false, "interrupted"
		for i := sent; i < 900; i++ {
			r.Requests[i].Fate, r.Requests[i].Sent, r.Requests[i].Done = results.Unsent, 0, 0
		}
		Judge(r, []Promise{{Claim: Recovers{Within: time.Second}, Expect: results.Held}})
		got := checkNamed(t, r, "load")
		if got.OK || !strings.Contains(got.Detail, "when the run was cut short") || strings.Contains(got.Detail, "to do") {
			t.Errorf("%s: %+v", name, got)
		}
		if v := r.Verdicts[0]; v.Outcome != results.Unproven || !strings.HasPrefix(v.Why, "the run was cut short") {
			t.Errorf("%s: %v (%s)", name, v.Outcome, v.Why)
		}
	}
}
