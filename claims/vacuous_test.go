package claims

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// emptying is one way in which a run that held could have observed nothing.
type emptying struct {
	name string
	of   func(Claim, *results.Run) bool // whether the claim can detect it; a claim ignores what it never uses
	make func(*results.Run)
}

// Conditions under which a claim can detect it.
func always(Claim, *results.Run) bool           { return true }
func needsFault(c Claim, _ *results.Run) bool   { return c.Needs().Fault }
func needsLoad(c Claim, _ *results.Run) bool    { return c.Needs().Load }
func needsRoles(_ Claim, r *results.Run) bool   { return len(r.Roles) > 0 }
func needsReaches(_ Claim, r *results.Run) bool { return len(r.Reaches) > 0 }

func faultful(c Claim, r *results.Run) bool {
	return c.Needs().Fault || len(r.Faults) > 0 && !c.Needs().Calm
}

// aimed: the faults of some constructed histories name no target.
func aimed(c Claim, r *results.Run) bool {
	return faultful(c, r) && len(r.Faults) > 0 && len(r.Faults[0].Targets) > 0
}

// needsAudit: monotonic-writes also judges reads, which may be enough.
func needsAudit(c Claim, r *results.Run) bool {
	return r.Final != nil && nameOf(c) != "monotonic-writes"
}

func needsRequests(c Claim, _ *results.Run) bool {
	return !slices.Contains([]string{"unreachable", "one-primary", "convergence"}, nameOf(c))
}

// needsAnswers: for claims on answering, no answers are a violation, not
// missing evidence.
func needsAnswers(c Claim, r *results.Run) bool {
	return needsRequests(c, r) && !slices.Contains([]string{"responds", "recovers", "slow-bounded", "fails-entirely", "not-applied-twice", "honest-clock"}, nameOf(c))
}

// needsOperation: the other claims are about every operation by default.
func needsOperation(c Claim, r *results.Run) bool {
	return needsRequests(c, r) && !slices.Contains([]string{"responds", "recovers", "slow-bounded", "fails-entirely", "honest-clock", "spread-evenly"}, nameOf(c))
}

// emptyings are the ways to observe nothing. Each is tried on every claim that
// can detect it.
var emptyings = []emptying{
	{"empty load", needsRequests, emptied(func(r *results.Run) { r.Requests, r.Load.Planned = nil, 0 })},
	{"nothing ever left", needsRequests, emptied(each(func(q *results.Request) { q.Fate, q.Sent, q.Done = results.Unsent, 0, 0 }))},
	{"nothing was ever answered", needsAnswers, each(func(q *results.Request) { q.Fate, q.Error = results.Unanswered, "timeout" })},
	{"another operation", needsOperation, emptied(each(func(q *results.Request) { q.Operation = "other" }))},
	{"no fault", needsFault, func(r *results.Run) { r.Faults = nil }},
	{"a fault that nobody saw begin", faultful, faults(func(f *results.Fault) { f.Effect, f.Witness = 0, "" })},
	{"a fault that nobody saw end", faultful, faults(func(f *results.Fault) { f.Healing, f.Ended, f.EndWitness = f.Effect+1, 0, "" })},
	{"a fault that could not be undone", faultful, faults(func(f *results.Fault) { f.Err = "undo: it does not start" })},
	{"a fault whose targets nobody looked at before", aimed, faults(func(f *results.Fault) { f.Before = nil })},
	{"a fault that nobody looked at before its undo", faultful, faults(func(f *results.Fault) { f.Healing, f.Lasted = f.Effect+1, "" })},
	{"nobody watched the nodes", always, func(r *results.Run) { r.Watched = nil }},
	{"a node that ended by itself", always, func(r *results.Run) { r.Changes = []results.Change{{At: 1, Node: "a", What: "die"}} }},
	{"no final audit", needsAudit, func(r *results.Run) { r.Final = nil }},
	{"an audit that never settled", needsAudit, func(r *results.Run) { r.Final.Stable = false }},
	{"an audit that could not read", needsAudit, func(r *results.Run) {
		for i := range r.Final.Stores {
			r.Final.Stores[i].Err, r.Final.Stores[i].Values = "timeout", nil
		}
	}},
	{"nobody was asked who is primary", needsRoles, func(r *results.Run) { r.Roles = nil }},
	{"nothing was probed", needsReaches, func(r *results.Run) { r.Reaches = nil }},
	{"cut short", always, func(r *results.Run) { r.Finished, r.Why = false, "interrupted" }},
	{"a request is missing", needsRequests, func(r *results.Run) { r.Requests = r.Requests[:len(r.Requests)-1] }},
	{"the driver ran out of ports", always, func(r *results.Run) { r.Requests[0].Error = "driver: out of ports" }},
	{"the driver was held back", needsLoad, func(r *results.Run) { r.Load.Throttled = time.Second }},
	{"the driver's heartbeat was not measured", needsLoad, func(r *results.Run) { r.Load.HeartbeatP999 = 0 }},
}

func each(do func(*results.Request)) func(*results.Run) {
	return func(r *results.Run) {
		for i := range r.Requests {
			do(&r.Requests[i])
		}
	}
}

// emptied is a run whose stores also hold nothing.
func emptied(do func(*results.Run)) func(*results.Run) {
	return func(r *results.Run) {
		do(r)
		if r.Final != nil {
			for i := range r.Final.Stores {
				r.Final.Stores[i].Values = nil
			}
		}
	}
}

func faults(do func(*results.Fault)) func(*results.Run) {
	return func(r *results.Run) {
		for i := range r.Faults {
			do(&r.Faults[i])
		}
	}
}

// sound adds to a history of the corpus, which is made for one checker, the
// proofs of a run with a reliable generator.
func sound(r *results.Run) *results.Run {
	r.Load.Planned, r.Load.Timeout = uint64(len(r.Requests)), max(r.Load.Timeout, 10*time.Second)
	r.Load.CPUShare, r.Load.HeartbeatP999 = 0.1, time.Millisecond
	r.Watched = &results.Watch{From: 1, To: r.Load.For}
	faults(watched)(r)
	return r
}

// watched adds to a fault what constant observation would show: that its
// targets served before, and that it lasted.
func watched(f *results.Fault) {
	f.Before, f.Lasted = nil, "still in effect"
	for _, target := range f.Targets {
		f.Before = append(f.Before, results.Condition{Node: target, Running: true, Ready: "answers"})
	}
}

// TestVacuousRunsAreUnproven removes the evidence from runs of every claim that
// held, in every way that the claim can detect: such a run is never held.
func TestVacuousRunsAreUnproven(t *testing.T) {
	tried := 0
	for _, name := range Names() {
		next := 0
		thaw(t, name, func(_ int, l labelled, r *results.Run) {
			c, _ := New(name)
			if err := json.Unmarshal(l.Claim, c); err != nil {
				t.Fatal(err)
			}
			for next < len(emptyings) && !emptyings[next].of(c, r) {
				next++
			}
			if next == len(emptyings) || l.Want != results.Held {
				return
			}
			ps := []Promise{{c, results.Held}}
			if Judge(sound(r), ps); r.Verdicts[0].Outcome != results.Held {
				return
			}
			emptyings[next].make(r)
			if Judge(r, ps); r.Verdicts[0].Outcome != results.Unproven || r.Verdicts[0].Why == "" {
				t.Errorf("%s, %s: %+v", name, emptyings[next].name, r.Verdicts[0])
			}
			next++
			tried++
		})
		if next < len(emptyings) {
			t.Errorf("%s: the corpus has too few histories that hold before the whole judge: %s was not tried", name, emptyings[next].name)
		}
	}
	if tried < 50 {
		t.Errorf("only %d vacuous runs were tried; at least 50 are required", tried)
	}
	t.Logf("%d vacuous runs", tried)
}
