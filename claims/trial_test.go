package claims

import (
	"strings"
	"testing"

	"github.com/holdfast-lab/holdfast/results"
)

// trial is one constructed run and the expected verdict.
type trial struct {
	name  string
	claim Claim
	run   *results.Run
	want  results.Outcome
	why   string // part of the reason; "": any
}

func try(t *testing.T, trials []trial) {
	t.Helper()
	for _, c := range trials {
		v := c.claim.Check(c.run)
		if v.Outcome != c.want || !strings.Contains(v.Why, c.why) || (c.why == "") != (v.Why == "") {
			t.Errorf("%s: got %v, measured %q (%s), want %v (%s)", c.name, v.Outcome, v.Measured, v.Why, c.want, c.why)
		}
		if v.Outcome == results.Held && (v.N == 0 || v.Measured == "" || v.Wanted == "") {
			t.Errorf("%s: held without figures: %+v", c.name, v)
		}
	}
}

// reading is one constructed run and the exact expected verdict.
type reading struct {
	name          string
	claim         Claim
	run           *results.Run
	want          results.Outcome
	n             int
	measured, why string
}

func exactly(t *testing.T, readings []reading) {
	t.Helper()
	for _, c := range readings {
		v := c.claim.Check(c.run)
		if v.Outcome != c.want || v.N != c.n || v.Measured != c.measured || v.Why != c.why {
			t.Errorf("%s:\n got %v of %d, measured %q (%s)\nwant %v of %d, measured %q (%s)",
				c.name, v.Outcome, v.N, v.Measured, v.Why, c.want, c.n, c.measured, c.why)
		}
	}
}
