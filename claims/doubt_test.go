package claims

import (
	"strings"
	"testing"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// needy panics in Needs.
type needy struct{ scripted }

func (needy) Needs() Needs { panic("needs unknown") }

// accuser breaks every run, and its self-check panics.
type accuser struct{ dumb }

func (accuser) Needs() Needs { return Needs{Solid: true} }
func (accuser) Check(*results.Run) results.Verdict {
	return results.Verdict{Outcome: results.Broken, N: 1}
}

// clueless has no violation.
type clueless struct{ dumb }

func (clueless) Violation() *results.Run { panic("none known") }

// TestDoubt tries each reason to doubt a verdict, and a similar case that is
// none.
func TestDoubt(t *testing.T) {
	cut := func(r *results.Run) { r.Finished = false }
	unseen := func(r *results.Run) { r.Faults[0].Witness = "" }
	same := func(*results.Run) {}
	for _, c := range []struct {
		name  string
		claim Claim
		alter func(*results.Run)
		want  results.Outcome
		why   string
	}{
		{"its needs panic", needy{scripted{outcome: results.Held, n: 1}}, same, results.Unproven, "the checker panicked: needs unknown (otherwise held)"},
		{"broken, but failed its self-check", accuser{}, same, results.Unproven, "the checker failed its self-check: claims.accuser: has no violation for its self-check (otherwise broken)"},
		{"a fault nobody saw, and the claim hangs on none", scripted{outcome: results.Held, n: 1, needs: Needs{Calm: true}}, unseen, results.Held, ""},
		{"no fault, and the claim hangs on one", scripted{outcome: results.Held, n: 1, needs: Needs{Calm: true, Fault: true}}, func(r *results.Run) { r.Faults = nil }, results.Unproven,
			"no fault proof: no fault was injected (otherwise held)"},
		{"no fault, and the claim hangs on none", scripted{outcome: results.Held, n: 1}, func(r *results.Run) { r.Faults = nil }, results.Held, ""},
		{"broken by no observation", scripted{outcome: results.Broken}, same, results.Broken, ""},
		{"cut short, and nobody says why", scripted{outcome: results.Held, n: 1}, cut, results.Unproven, "the run was cut short (otherwise held)"},
		{"unproven without a reason", scripted{}, cut, results.Unproven, "the run was cut short"},
		{"unproven with a reason of its own", &FailsEntirely{}, func(r *results.Run) {
			cut(r)
			unseen(r)
		}, results.Unproven, "the run was cut short; no fault was seen in effect"},
	} {
		r := specimen("read", 300, 9*time.Second)
		c.alter(r)
		Judge(r, []Promise{{Claim: c.claim}})
		if v := r.Verdicts[0]; v.Outcome != c.want || v.Why != c.why {
			t.Errorf("%s: got %v (%s), want %v (%s)", c.name, v.Outcome, v.Why, c.want, c.why)
		}
	}
}

// TestJudgeNames checks that a claim that panicked still has its name.
func TestJudgeNames(t *testing.T) {
	r := specimen("read", 300, 9*time.Second)
	Judge(r, []Promise{{Claim: (*Responds)(nil)}, {Claim: scripted{}}})
	if v := r.Verdicts[0]; v.Name != "responds" || !strings.HasPrefix(v.Why, "the checker panicked: ") {
		t.Errorf("got %+v", v)
	}
	if v := r.Verdicts[1]; v.Name != "" || v.Claim != "all is as scripted" {
		t.Errorf("got %+v", v)
	}
}

// TestTrustReportsTheAudit distinguishes a stable audit from an unstable one.
func TestTrustReportsTheAudit(t *testing.T) {
	for _, c := range []struct {
		audit results.Audit
		want  results.Check
	}{
		{results.Audit{Stable: true, Stores: make([]results.Store, 3)}, results.Check{Name: "audit", OK: true, Detail: "3 of 3 stores, two identical final reads, hold 0 values"}},
		{results.Audit{Stable: true, Stores: []results.Store{{Node: "a"}, {Node: "b", Err: "gone"}}}, results.Check{Name: "audit", Detail: "1 of 2 stores, two identical final reads, hold 0 values; could not be read: b: gone"}},
		{results.Audit{Stable: true, Stores: []results.Store{{Node: "b", Err: "gone"}}}, results.Check{Name: "audit", Detail: "none of 1 stores could be read; could not be read: b: gone"}},
		{results.Audit{Stable: true}, results.Check{Name: "audit", Detail: "none of 0 stores could be read"}},
		{results.Audit{Stores: make([]results.Store, 3)}, results.Check{Name: "audit", Detail: "3 of 3 stores were read, no two final reads were identical"}},
	} {
		r := specimen("read", 300, 9*time.Second)
		r.Final = &c.audit
		Judge(r, []Promise{{Claim: scripted{outcome: results.Held, n: 1}}})
		if got := r.Trust[5]; got != c.want {
			t.Errorf("got %+v, want %+v", got, c.want)
		}
	}
}

// TestFaultProofNeededByAnotherClaim checks that a claim that depends on no
// fault is not doubted because another claim does and no fault was injected.
func TestFaultProofNeededByAnotherClaim(t *testing.T) {
	r := specimen("read", 300, 9*time.Second)
	r.Faults = nil
	held := scripted{outcome: results.Held, n: 1}
	needs := held
	needs.needs.Fault = true
	Judge(r, []Promise{{Claim: held}, {Claim: needs}})
	if v := r.Verdicts; v[0].Outcome != results.Held || v[1].Outcome != results.Unproven || v[1].Why != "no fault proof: no fault was injected (otherwise held)" {
		t.Errorf("got %+v", v)
	}
}

// TestTrustReportsNotSettled checks the report on a system that did not settle.
func TestTrustReportsNotSettled(t *testing.T) {
	r := specimen("read", 300, 9*time.Second)
	r.Timeline = []results.Event{{Kind: results.Settled}, {Kind: results.NotSettled, Text: "within 30s"}}
	Judge(r, []Promise{{Claim: scripted{outcome: results.Held, n: 1}}})
	if want := (results.Check{Name: "settled", Detail: "the system did not settle within 30s"}); len(r.Trust) != 7 || r.Trust[5] != want {
		t.Errorf("got %+v, want %+v", r.Trust, want)
	}
}

// TestSpecimen checks the valid run that violations are derived from.
func TestSpecimen(t *testing.T) {
	r := specimen("", 300, 9*time.Second)
	for i, q := range r.Requests {
		if q.Operation != "read" || q.Seq != uint64(i) || q.Intended != time.Duration(i)*30*time.Millisecond || q.Done-q.Sent != time.Millisecond {
			t.Fatalf("request %d is %+v", i, q)
		}
	}
	ok := prove(r, []Promise{{Claim: scripted{needs: Needs{Load: true, Fault: true}}}})
	if !ok.record.OK || !ok.load.OK || !ok.fault.OK {
		t.Errorf("it is not sound: %+v", ok)
	}
	fail(r, 3*time.Second, 6*time.Second)
	for i, q := range r.Requests {
		if failed := q.Fate == results.Unanswered; failed != (i >= 100 && i < 200) || failed && (q.Error != "timeout" || q.Status != 0 || q.Response() != time.Second) {
			t.Fatalf("request %d is %+v", i, q)
		}
	}
}

// TestSelfCheckMessages checks the messages of the self-check.
func TestSelfCheckMessages(t *testing.T) {
	sound := Promise{Claim: scripted{outcome: results.Held, n: 1}}
	for _, c := range []struct {
		name string
		ps   []Promise
		want results.Check
	}{
		{"two sound claims", []Promise{sound, sound}, results.Check{Name: "self-check", OK: true, Detail: "2 of 2 checkers verified: each caught a planted violation"}},
		{"none", nil, results.Check{Name: "self-check", Detail: "no claim to check"}},
		{"two that are not, and their order", []Promise{{Claim: dumb{}}, sound, {Claim: scripted{mute: true, outcome: results.Held, n: 1}}}, results.Check{Name: "self-check",
			Detail: "claims.dumb: has no violation for its self-check; claims.scripted: a known violation was judged held ()"}},
		{"one whose settings make no sense", []Promise{{Claim: FailsEntirely{Within: -1}}}, results.Check{Name: "self-check", Detail: "check fails-entirely: within is negative"}},
		{"one whose violation panics", []Promise{{Claim: clueless{}}}, results.Check{Name: "self-check", Detail: "claims.clueless: its violation panicked: none known"}},
	} {
		if got := SelfCheck(c.ps); got != c.want {
			t.Errorf("%s:\n got %+v\nwant %+v", c.name, got, c.want)
		}
	}
}

// TestUnreadStoreIsNamed checks that claims on a store that could not be read
// name it.
func TestUnreadStoreIsNamed(t *testing.T) {
	r := specimen("write", 300, 3*time.Second)
	r.Final = &results.Audit{Stores: []results.Store{{Node: "server", Role: "primary", Err: "refused"}}}
	if v := (KeepsAcknowledgedWrites{}).Check(r); v.Outcome != results.Unproven || v.Why != "the final audit could not read server: refused" {
		t.Errorf("%+v", v)
	}
}
