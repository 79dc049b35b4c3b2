package claims

import (
	"testing"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// posted is 900 posts, one every 10 ms, each kept once, with a fault asked for
// at 3 s and seen 18 ms later; the posts of those 18 ms were in flight.
func posted(change func(*results.Run)) *results.Run {
	r := specimen("post", 900, 9*time.Second)
	r.Faults[0].Effect = r.Faults[0].Asked + 18*time.Millisecond
	var held []string
	for _, q := range r.Requests {
		held = append(held, q.Value)
	}
	r.Final = &results.Audit{Stable: true, Stores: []results.Store{{Node: "db", Role: "primary", Values: map[string][]string{"post": held}}}}
	change(r)
	return r
}

func TestNotAppliedTwiceEdges(t *testing.T) {
	const m = time.Millisecond
	var c NotAppliedTwice
	unanswered := func(from, to int) func(*results.Run) {
		return func(r *results.Run) {
			for i := from; i < to; i++ {
				r.Requests[i].Fate = results.Unanswered
			}
		}
	}
	exactly(t, []reading{
		{"two in flight", c, posted(func(*results.Run) {}), results.Held, 900, "0 twice, 0 failed of 900, 2 in flight", ""},
		{"both fail", c, posted(unanswered(300, 302)), results.Held, 900, "0 twice, 2 failed of 900, 2 in flight", ""},
		{"one more fails", c, posted(unanswered(300, 303)), results.Broken, 900, "0 twice, 3 failed of 900, 2 in flight", "3 failed, but only 2 were in flight"},
		{"as many as allowed", NotAppliedTwice{Allow: 1}, posted(unanswered(300, 303)), results.Held, 900, "0 twice, 3 failed of 900, 2 in flight", ""},
		{"ended as the fault was asked for", c, posted(func(r *results.Run) { r.Requests[299].Done = r.Faults[0].Asked }), results.Held, 900, "0 twice, 0 failed of 900, 2 in flight", ""},
		{"ended just after", c, posted(func(r *results.Run) { r.Requests[299].Done = r.Faults[0].Asked + 1 }), results.Held, 900, "0 twice, 0 failed of 900, 3 in flight", ""},
		{"sent as the fault took effect", c, posted(func(r *results.Run) { r.Requests[302].Sent = r.Faults[0].Effect }), results.Held, 900, "0 twice, 0 failed of 900, 3 in flight", ""},
		{"sent just after", c, posted(func(r *results.Run) { r.Requests[302].Sent = r.Faults[0].Effect + 1 }), results.Held, 900, "0 twice, 0 failed of 900, 2 in flight", ""},
		{"in flight at the second fault", c, posted(func(r *results.Run) {
			r.Faults = append(r.Faults, results.Fault{Asked: 5 * time.Second, Effect: 5*time.Second + m, Witness: "exited 137"})
		}), results.Held, 900, "0 twice, 0 failed of 900, 3 in flight", ""},
		{"what never left does not count", c, posted(func(r *results.Run) { r.Requests[500].Fate = results.Unsent }), results.Held, 899, "0 twice, 0 failed of 899, 2 in flight", ""},
		{"what never left and stands twice", c, posted(func(r *results.Run) {
			r.Requests[500].Fate = results.Unsent
			v := r.Final.Stores[0].Values
			v["post"] = append(v["post"], "specimen-500")
		}), results.Held, 899, "0 twice, 0 failed of 899, 2 in flight", ""},
		{"two of them three times, and the first is named", c, posted(func(r *results.Run) {
			v := r.Final.Stores[0].Values
			v["post"] = append(v["post"], "specimen-8", "specimen-7", "specimen-7", "specimen-8")
		}), results.Broken, 900, "2 twice, 0 failed of 900, 2 in flight", "specimen-7 was applied 3 times"},
		{"twice outranks that nobody was in flight", c, posted(func(r *results.Run) {
			r.Faults = nil
			v := r.Final.Stores[0].Values
			v["post"] = append(v["post"], "specimen-8")
		}), results.Broken, 900, "1 twice, 0 failed of 900, 0 in flight", "specimen-8 was applied 2 times"},
		{"other operations do not count", c, posted(func(r *results.Run) {
			for i := 600; i < 700; i++ {
				r.Requests[i].Operation, r.Requests[i].Fate = "write", results.Unanswered
			}
		}), results.Held, 800, "0 twice, 0 failed of 800, 2 in flight", ""},
	})
	if v := (NotAppliedTwice{Allow: 3}).Check(posted(func(*results.Run) {})); v.Wanted != "0 twice, at most 5 failed" {
		t.Errorf("wanted %q", v.Wanted)
	}
}
