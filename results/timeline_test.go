package results

import (
	"strings"
	"testing"
	"time"
)

func TestLine(t *testing.T) {
	for want, e := range map[string]Event{
		"T+15.021   first failed write          http 503 from web-1": {At: 15021 * time.Millisecond, Kind: "first-failed-write", Text: "http 503 from web-1"},
		"T+00.001   node exited pg-1            a [2Jb c":            {At: time.Millisecond, Kind: NodeExited, Node: "pg-1", Text: "a\x1b[2Jb\nc"},
		"T+00.000   attack began":                                    {Kind: AttackBegan},
		"T-00.500   steady":                                          {At: -500 * time.Millisecond, Kind: Steady},
		"T+3600.000  node exited pg-1            137":                {At: time.Hour, Kind: NodeExited, Node: "pg-1", Text: "137"},
	} {
		if got := Line(e); got != want {
			t.Errorf("got  %q\nwant %q", got, want)
		}
	}
}

func lines(es []Event) string {
	var ls []string
	for _, e := range es {
		ls = append(ls, Line(e))
	}
	return strings.Join(ls, "\n")
}

func TestMoments(t *testing.T) {
	want := `T+15.011   first failed write          http 503 from web-1
T+21.501   longest write silence over  for 6.5 s none that was sent was answered
T+22.018   write back to normal        95 % of the usual goodput, p99 at most 2 x the usual, for 5 s`
	if got := lines(promoted().Moments()); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestMomentsOfNothing(t *testing.T) {
	calm := promoted()
	for i := range calm.Requests {
		calm.Requests[i].Fate = Answered
	}
	unseen := promoted()
	unseen.Faults[0].Witness = ""
	for name, r := range map[string]*Run{"no history": {Faults: promoted().Faults}, "no request failed": calm, "a fault without a witness": unseen, "nothing": {}} {
		if es := r.Moments(); len(es) != 0 {
			t.Errorf("%s has moments:\n%s", name, lines(es))
		}
	}
}

// TestNeverBackToNormal is a run that ends four good seconds after it recovered.
func TestNeverBackToNormal(t *testing.T) {
	r := promoted()
	var short History
	for _, q := range r.Requests {
		if q.Intended < 26*time.Second {
			short = append(short, q)
		}
	}
	r.Requests = short
	if got := lines(r.Moments()); strings.Contains(got, "normal") || !strings.Contains(got, "longest write silence over") {
		t.Errorf("four good seconds are no recovery:\n%s", got)
	}
}
