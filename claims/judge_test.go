package claims

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// scripted is a claim with a given verdict.
type scripted struct {
	outcome results.Outcome
	n       int
	needs   Needs
	panics  bool
	mute    bool // it has no violation
}

func (s scripted) String() string { return "all is as scripted" }
func (s scripted) Needs() Needs   { return s.needs }
func (s scripted) Check(r *results.Run) results.Verdict {
	if s.panics {
		panic("no such page")
	}
	if r.Arm == "violation" {
		return results.Verdict{Outcome: results.Broken, N: 1}
	}
	return results.Verdict{Outcome: s.outcome, N: s.n}
}
func (s scripted) Violation() *results.Run {
	r := specimen("read", 300, 9*time.Second)
	if !s.mute {
		r.Arm = "violation"
	}
	return r
}

// dumb is a claim without a violation.
type dumb struct{}

func (dumb) String() string                     { return "all is well" }
func (dumb) Needs() Needs                       { return Needs{} }
func (dumb) Check(*results.Run) results.Verdict { return results.Verdict{Outcome: results.Held, N: 1} }

func TestJudge(t *testing.T) {
	none := func(*results.Run) {}
	late := func(r *results.Run) { r.Load.HeartbeatP999 = time.Second }
	unseen := func(r *results.Run) { r.Faults[0].Witness = "" }
	cut := func(r *results.Run) { r.Finished, r.Why = false, "interrupted by SIGINT" }
	short := func(r *results.Run) { r.Requests = r.Requests[:200] }
	for _, c := range []struct {
		name  string
		claim Claim
		alter func(*results.Run)
		want  results.Outcome
		why   string
	}{
		{"held", scripted{outcome: results.Held, n: 1, needs: Needs{Load: true, Fault: true}}, none, results.Held, ""},
		{"broken", scripted{outcome: results.Broken, n: 1}, none, results.Broken, ""},
		{"unproven", scripted{}, none, results.Unproven, ""},
		{"held on nothing", scripted{outcome: results.Held}, none, results.Unproven, "no observation"},
		{"late, and not about latency", scripted{outcome: results.Held, n: 1}, late, results.Held, ""},
		{"late, about latency", scripted{outcome: results.Held, n: 1, needs: Needs{Load: true}}, late, results.Unproven, "no load proof: heartbeat"},
		{"late, and broken", scripted{outcome: results.Broken, n: 1, needs: Needs{Load: true}}, late, results.Unproven, "(otherwise broken)"},
		{"unseen fault", scripted{outcome: results.Held, n: 1, needs: Needs{Fault: true}}, unseen, results.Unproven, "no fault proof: kill a was never seen in effect"},
		{"unseen fault, lost write", scripted{outcome: results.Broken, n: 1, needs: Needs{Fault: true, Solid: true}}, unseen, results.Broken, ""},
		{"unseen fault, nothing lost", scripted{outcome: results.Held, n: 1, needs: Needs{Fault: true, Solid: true}}, unseen, results.Unproven, "no fault proof"},
		{"cut short", scripted{outcome: results.Held, n: 1}, cut, results.Unproven, "the run was cut short: interrupted by SIGINT"},
		{"cut short and broken", scripted{outcome: results.Broken, n: 1}, cut, results.Unproven, "cut short"},
		{"cut short, lost write", scripted{outcome: results.Broken, n: 1, needs: Needs{Solid: true}}, cut, results.Broken, ""},
		{"lost requests", scripted{outcome: results.Held, n: 1}, short, results.Unproven, "200 requests are on record, 300 were planned"},
		{"panic", scripted{panics: true, outcome: results.Held, n: 1}, none, results.Unproven, "the checker panicked: no such page"},
		{"a checker that never breaks", scripted{mute: true, outcome: results.Held, n: 1}, none, results.Unproven, "failed its self-check"},
		{"a checker that never breaks, broken", scripted{mute: true, outcome: results.Held, n: 1, needs: Needs{Solid: true}}, none, results.Unproven, "was judged held"},
		{"a checker without a violation", dumb{}, none, results.Unproven, "has no violation"},
		{"no checker", nil, none, results.Unproven, "panicked"},
		{"settings that make no sense", &Responds{Phase: "middle", Share: 1}, none, results.Unproven, "phase \"middle\""},
	} {
		r := specimen("read", 300, 9*time.Second)
		c.alter(r)
		Judge(r, []Promise{{Claim: c.claim, Expect: results.Broken}})
		v := r.Verdicts[0]
		if len(r.Verdicts) != 1 || v.Outcome != c.want || !strings.Contains(v.Why, c.why) || v.Expected != results.Broken || v.Claim == "" && c.claim != nil {
			t.Errorf("%s: got %+v, want %v (%s)", c.name, v, c.want, c.why)
		}
		if len(r.Trust) != 6 {
			t.Errorf("%s: trust is %+v", c.name, r.Trust)
		}
	}
}

func TestJudgeWithoutClaims(t *testing.T) {
	r := specimen("read", 300, 9*time.Second)
	r.Final = &results.Audit{}
	Judge(r, nil)
	if v := r.Verdicts; len(v) != 1 || v[0].Outcome != results.Unproven || v[0].AsExpected() || results.Least(v) != results.Unproven {
		t.Errorf("no promise is %+v", v)
	}
	if len(r.Trust) != 7 || r.Trust[4].OK || r.Trust[5].OK {
		t.Errorf("trust is %+v", r.Trust)
	}
}

// TestJudgeTwice checks that judging a judged run again changes nothing.
func TestJudgeTwice(t *testing.T) {
	r := specimen("read", 3000, 9*time.Second)
	ps := []Promise{{&Responds{Share: 0.995, P99: Within(50 * time.Millisecond)}, results.Held}, {&Recovers{Within: time.Second}, results.Held}}
	Judge(r, ps)
	first := append([]results.Verdict{}, r.Verdicts...)
	Judge(r, ps)
	for i, v := range r.Verdicts {
		if !reflect.DeepEqual(v, first[i]) {
			t.Errorf("judged again: %+v, before %+v", v, first[i])
		}
	}
	if first[0].Outcome != results.Held || first[0].Name != "responds" {
		t.Errorf("got %+v", first[0])
	}
}

// BenchmarkSelfCheck measures what the self-check adds to every run: less than
// a second for all claims together.
func BenchmarkSelfCheck(b *testing.B) {
	var ps []Promise
	for _, name := range Names() {
		ps = append(ps, Promise{Claim: settings[name]})
	}
	for b.Loop() {
		if check := SelfCheck(ps); !check.OK {
			b.Fatal(check.Detail)
		}
	}
}

// TestSelfCheck checks that every claim of the table can be broken, and that
// checking all of them takes little time.
func TestSelfCheck(t *testing.T) {
	var ps []Promise
	for _, name := range Names() {
		ps = append(ps, Promise{Claim: settings[name]})
	}
	for _, c := range []Claim{
		&Responds{Share: 1, Least: largestSetting}, &Responds{P99: Within(time.Millisecond), Window: time.Second, Phase: "healed"},
		&Responds{Operation: "write", Share: 0.99, After: 10 * time.Second, Phase: "faulted"},
		&Responds{Max: Within(time.Second), Clock: "service", Phase: "baseline"},
		&Responds{Share: 0.9, Phase: "faulted", Each: "fault", After: 2 * time.Second, Window: 2 * time.Second},
		&Responds{P50: TimesBaseline(2), Phase: "healed", Each: "fault"},
		&Recovers{Within: time.Millisecond}, &Recovers{Within: time.Hour}, &KeepsAcknowledgedWrites{Operation: "post"}, &NotAppliedTwice{Operation: "write"},
		&ReadsNotStale{}, &ReadsNotStale{ReadYourOwn: true, LeastSamples: 5000, StaleWithin: time.Minute}, &SpreadEvenly{Servers: 100, By: "store"},
		&HonestClock{}, &HonestClock{Within: 5 * time.Second, Quantiles: []float64{99.9, 50}}, &FailsEntirely{},
		&Queue{}, &Queue{Promise: "at-least-once"}, &Queue{Promise: "in-order"}, &Queue{Confirmed: "write", Promise: "nothing-else"},
		&Bank{}, &Counter{}, &UniqueIDs{Operation: "post"}, &SessionKept{}, &Convergence{}, &Convergence{Operation: "post"},
		&ReadYourWrites{}, &MonotonicWrites{}, &SlowBounded{SlowerThan: 1, EachWithin: time.Hour, AtMost: 5000},
	} {
		ps = append(ps, Promise{Claim: c})
	}
	began := time.Now()
	if check := SelfCheck(ps); !check.OK || check.Name != "self-check" {
		t.Errorf("%+v", check)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("the self-check took %v", took)
	}
	if check := SelfCheck([]Promise{{Claim: scripted{mute: true}}}); check.OK {
		t.Errorf("a claim that never breaks passes: %+v", check)
	}
	if check := SelfCheck(nil); check.OK {
		t.Errorf("no claim passes: %+v", check)
	}
}
