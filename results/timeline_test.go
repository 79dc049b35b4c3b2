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
T+21.501   longest write silence over  no write was answered for 6.5 s
T+22.018   write back to normal        5 s with 95 % of the usual goodput and p99 within 2x`
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

// outage fails the requests of an operation that are intended between two
// instants: a timeout of 2 s each.
func outage(r *Run, op string, from, to time.Duration) *Run {
	for i := range r.Requests {
		if q := &r.Requests[i]; q.Operation == op && q.Intended >= from && q.Intended < to {
			q.Fate, q.Error, q.Status, q.Done = Unanswered, "timeout", 0, q.Sent+2*time.Second
		}
	}
	return r
}

// TestMomentsOfEachFault: what the second fault did is not hidden behind what
// came after the first, and what stays away does not come back.
func TestMomentsOfEachFault(t *testing.T) {
	want := `T+15.011   first failed write          http 503 from web-1
T+21.501   longest write silence over  no write was answered for 6.5 s
T+22.018   write back to normal        5 s with 95 % of the usual goodput and p99 within 2x
T+52.000   first failed write          timeout from web-1
T+61.960   write silent                no write was answered in the last 12.0 s before the end of the attack`
	if got := lines(twice().Moments()); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestNormalForAWhile: five good seconds between two outages of one fault are
// not called normal without a word on what follows.
func TestNormalForAWhile(t *testing.T) {
	got := lines(outage(promoted(), "write", 35*time.Second, 40*time.Second).Moments())
	if strings.Contains(got, "write back to normal") || !strings.Contains(got, "write normal for a while    5 s with 95 % of the usual goodput and p99 within 2x, but only 1977 of the 2277 requests after that were answered") {
		t.Errorf("got\n%s", got)
	}
}

// TestSilences: the length of a silence is what people waited. A freeze after
// which all are answered is as long as the freeze, and one failure among many
// answers is no silence.
func TestSilences(t *testing.T) {
	single := promoted()
	for i := range single.Requests {
		single.Requests[i].Fate = Answered
	}
	single.Requests[3101].Fate = Unanswered
	for name, c := range map[string]struct {
		r    *Run
		want string
	}{
		"a freeze":    {frozen(), "longest read silence over   no read was answered for 6.0 s"},
		"one failure": {single, ""},
	} {
		if got := lines(c.r.Moments()); (c.want == "") == strings.Contains(got, "silence") || !strings.Contains(got, c.want) {
			t.Errorf("%s: want %q, got\n%s", name, c.want, got)
		}
	}
}

// TestLinesBreak: an event that is wider than the screen goes on below its name.
func TestLinesBreak(t *testing.T) {
	e := Event{At: time.Second, Kind: FaultAsked, Node: "pg-1", Text: "throttle pg-1 to pg-2 and pg-3, and more"}
	for width, want := range map[int]string{
		100: "T+01.000   fault requested pg-1        throttle pg-1 to pg-2 and pg-3, and more",
		70:  "T+01.000   fault requested pg-1        throttle pg-1 to pg-2 and pg-3,\n                                       and more",
		58:  "T+01.000   fault requested pg-1\n           throttle pg-1 to pg-2 and pg-3, and more",
	} {
		if got := strings.Join(Lines(e, width), "\n"); got != want {
			t.Errorf("%d columns: got\n%s\nwant\n%s", width, got, want)
		}
	}
}
