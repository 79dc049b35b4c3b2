package claims

import (
	"testing"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// TestUndisturbed checks the report on changes that no step requested.
func TestUndisturbed(t *testing.T) {
	const sec = time.Second
	died := results.Change{At: 4 * sec, Node: "b", What: "die", Text: "exit code 137"}
	for _, c := range []struct {
		name  string
		alter func(*results.Run)
		want  string // "": undisturbed
	}{
		{"nothing but what was asked for", func(r *results.Run) { r.Changes = []results.Change{by(0, 3*sec, "die"), by(0, 6*sec, "start")} }, ""},
		{"a process that ended", func(r *results.Run) { r.Changes = []results.Change{died} },
			"b ended (exit code 137) at T+04.000; no step caused it; to do: leave the system alone, or see the node's log, and run again"},
		{"out of memory, and two more", func(r *results.Run) {
			r.Changes = []results.Change{{At: 4 * sec, Node: "b", What: "oom"}, died, {At: 5 * sec, Node: "b", What: "start"}, byHand(6*sec, "update")}
		}, "b ran out of memory at T+04.000, b ended (exit code 137) at T+04.000, b was started at T+05.000 and 1 more; no step caused it; to do: leave the system alone, or see the node's log, and run again"},
		{"not watched for a while", func(r *results.Run) {
			r.Changes = []results.Change{{At: 4 * sec, What: "unwatched", Text: "for 2.0 s"}}
		},
			"nobody watched (for 2.0 s) at T+04.000; no step caused it; to do: leave the system alone, or see the node's log, and run again"},
		{"a sidecar that died", func(r *results.Run) {
			r.Changes = []results.Change{{At: 4 * sec, Node: "b", What: "die", Sidecar: true}}
		},
			"the container with the packet rules of b ended at T+04.000; no step caused it; to do: leave the system alone, or see the node's log, and run again"},
		{"not watched", func(r *results.Run) { r.Watched = nil }, "the nodes were not watched; to do: run it again"},
		{"the end not watched", func(r *results.Run) { r.Watched.Err = "the daemon is gone" }, "the nodes were not watched to the end: the daemon is gone"},
	} {
		for verdict, want := range map[results.Outcome]results.Verdict{
			results.Held:     {Outcome: results.Unproven, Why: "the system was disturbed: " + c.want + " (otherwise held)"},
			results.Broken:   {Outcome: results.Broken, Why: "the system was also disturbed: " + c.want},
			results.Unproven: {Outcome: results.Unproven},
		} {
			if c.want == "" {
				want = results.Verdict{Outcome: verdict}
			}
			r := specimen("read", 300, 9*sec)
			c.alter(r)
			Judge(r, []Promise{{Claim: scripted{outcome: verdict, n: 1}}})
			if got := r.Verdicts[0]; got.Outcome != want.Outcome || got.Why != want.Why {
				t.Errorf("%s: %v (%s), want %v (%s)", c.name, got.Outcome, got.Why, want.Outcome, want.Why)
			}
			if got := r.Trust[3]; got.Name != "undisturbed" || got.OK != (c.want == "") || c.want != "" && got.Detail != c.want {
				t.Errorf("%s: %+v, want %q", c.name, got, c.want)
			}
		}
	}
}

// TestABrokenPromiseKeepsItsReason checks that a disturbance is added to it.
func TestABrokenPromiseKeepsItsReason(t *testing.T) {
	v := disturbed(results.Verdict{Outcome: results.Broken, Why: "7 lost"}, results.Check{Detail: "b ended"})
	if v.Why != "7 lost; the system was also disturbed: b ended" {
		t.Errorf("got %q", v.Why)
	}
}
