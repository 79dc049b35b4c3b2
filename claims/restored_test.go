package claims

import (
	"strings"
	"testing"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// asBefore is a run in which all nodes are after the last undo as they were
// before the first fault, and the claim holds.
func asBefore() *results.Run {
	r := specimen("", 6000, time.Minute)
	node := func(name string) results.NodeState {
		return results.NodeState{Node: name, Running: true, CPU: 0.6, MemoryMiB: 128, Networks: map[string]string{"net": "198.18.0.2"}, Rules: []string{"filter INPUT -j ACCEPT"}}
	}
	r.Restored = &results.Restored{
		Before: []results.NodeState{node("web-1"), node("web-2")},
		After:  []results.NodeState{node("web-2"), node("web-1")},
	}
	return r
}

// TestRestored: a fault that was not undone makes every claim that held
// unproven, with the node and the difference as the reason.
func TestRestored(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*results.Restored)
		says   string // "": held
	}{
		{"all as before", func(*results.Restored) {}, ""},
		{"a limit that was rounded", func(r *results.Restored) { r.After[0].CPU = 0.6004 }, ""},
		{"a tenth of its CPU", func(r *results.Restored) { r.After[1].CPU = 0.1 }, "web-1 has 0.1 cores, but had 0.6"},
		{"less memory", func(r *results.Restored) { r.After[1].MemoryMiB = 64 }, "web-1 has 64 MiB, but had 128"},
		{"frozen", func(r *results.Restored) { r.After[0].Paused = true }, "web-2 is frozen, but was not frozen"},
		{"dead", func(r *results.Restored) { r.After[0] = results.NodeState{Node: "web-2"} }, "web-2 is not running, but was"},
		{"a rule that stayed", func(r *results.Restored) { r.After[0].Rules = append(r.After[0].Rules, "filter OUTPUT -j DROP") }, "web-2 has the rule filter OUTPUT -j DROP, which it did not have"},
		{"a rule that went", func(r *results.Restored) { r.After[0].Rules = nil }, "web-2 no longer has the rule filter INPUT -j ACCEPT, which it had"},
		{"another address", func(r *results.Restored) { r.After[0].Networks = map[string]string{"net": "198.18.0.9"} }, "web-2 is on the networks net 198.18.0.9, but was on net 198.18.0.2"},
		{"no network", func(r *results.Restored) { r.After[0].Networks = nil }, "web-2 is on the networks none, but was on net 198.18.0.2"},
		{"a node not inspected", func(r *results.Restored) { r.After = r.After[:1] }, "web-1 was not inspected after the last undo"},
		{"nothing known before", func(r *results.Restored) { r.Before = nil }, "no node was inspected before the first fault"},
		{"no daemon", func(r *results.Restored) { r.Err = "no daemon" }, "could not be inspected after the last undo: no daemon"},
	} {
		r := asBefore()
		c.change(r.Restored)
		Judge(r, []Promise{{Claim: Responds{Share: 0.9}, Expect: results.Held}})
		want := results.Held
		if c.says != "" {
			want = results.Unproven
		}
		v := r.Verdicts[0]
		if v.Outcome != want || c.says != "" && (!strings.Contains(v.Why, "the faults were not undone: ") || !strings.Contains(v.Why, c.says)) {
			t.Errorf("%s: %v: %s; want %v: %s", c.name, v.Outcome, v.Why, want, c.says)
		}
		found := false
		for _, check := range r.Trust {
			found = found || check.Name == "restored" && check.OK == (c.says == "") && strings.Contains(check.Detail, c.says)
		}
		if !found {
			t.Errorf("%s: no check that says so: %+v", c.name, r.Trust)
		}
	}
}

// TestRestoredIsNotNeeded: a lost write stays lost, and neither measurements
// before the first fault nor old records are doubted.
func TestRestoredIsNotNeeded(t *testing.T) {
	lost := KeepsAcknowledgedWrites{}
	r := lost.Violation()
	r.Restored = asBefore().Restored
	r.Restored.After[0].Paused = true
	Judge(r, []Promise{{Claim: lost, Expect: results.Held}})
	if v := r.Verdicts[0]; v.Outcome != results.Broken {
		t.Errorf("a lost write: %v, %s", v.Outcome, v.Why)
	}
	r = asBefore()
	r.Restored.After[0].Paused = true
	Judge(r, []Promise{{Claim: Responds{Share: 0.9, Phase: "baseline"}, Expect: results.Held}})
	if v := r.Verdicts[0]; v.Outcome != results.Held {
		t.Errorf("the baseline: %v, %s", v.Outcome, v.Why)
	}
	r = asBefore()
	r.Restored = nil
	Judge(r, []Promise{{Claim: Responds{Share: 0.9}, Expect: results.Held}})
	if v := r.Verdicts[0]; v.Outcome != results.Held {
		t.Errorf("a record of a version that did not look: %v, %s", v.Outcome, v.Why)
	}
	for _, check := range r.Trust {
		if check.Name == "restored" {
			t.Errorf("a check of what nobody looked at: %+v", check)
		}
	}
}
