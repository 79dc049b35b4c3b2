package claims

import (
	"testing"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// posted is 900 posts, one every 10 ms, each stored once, with a fault
// requested at 3 s and seen 18 ms later; the posts of those 18 ms were in
// flight.
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
		{"one failed in flight", c, posted(unanswered(300, 301)), results.Held, 900, "0 twice of 900, 1 of 2 in flight failed, 0 others failed", ""},
		{"both failed", c, posted(unanswered(300, 302)), results.Held, 900, "0 twice of 900, 2 of 2 in flight failed, 0 others failed", ""},
		{"none failed", c, posted(func(*results.Run) {}), results.Held, 900, "0 twice of 900, 0 of 2 in flight failed, 0 others failed",
			""},
		{"one more fails", c, posted(unanswered(300, 303)), results.Broken, 900, "0 twice of 900, 2 of 2 in flight failed, 1 others failed", "1 failed that were not in flight at the fault"},
		{"as many more as allowed", NotAppliedTwice{Allow: 1}, posted(unanswered(300, 303)), results.Held, 900, "0 twice of 900, 2 of 2 in flight failed, 1 others failed", ""},
		{"ended as the fault was asked for", NotAppliedTwice{Allow: 1}, posted(func(r *results.Run) {
			unanswered(299, 301)(r)
			r.Requests[299].Done = r.Faults[0].Asked
		}), results.Held, 900, "0 twice of 900, 1 of 2 in flight failed, 1 others failed", ""},
		{"ended just after", c, posted(func(r *results.Run) {
			unanswered(299, 301)(r)
			r.Requests[299].Done = r.Faults[0].Asked + 1
		}), results.Held, 900, "0 twice of 900, 2 of 3 in flight failed, 0 others failed", ""},
		{"sent as the fault took effect", c, posted(func(r *results.Run) {
			unanswered(302, 303)(r)
			r.Requests[302].Sent = r.Faults[0].Effect
		}), results.Held, 900, "0 twice of 900, 1 of 3 in flight failed, 0 others failed", ""},
		{"sent just after", NotAppliedTwice{Allow: 1}, posted(func(r *results.Run) {
			unanswered(301, 303)(r)
			r.Requests[302].Sent = r.Faults[0].Effect + 1
		}), results.Held, 900, "0 twice of 900, 1 of 2 in flight failed, 1 others failed", ""},
		{"in flight at the second fault", c, posted(func(r *results.Run) {
			unanswered(500, 501)(r)
			r.Faults = append(r.Faults, results.Fault{Asked: 5 * time.Second, Effect: 5*time.Second + m, Witness: "exited 137"})
		}), results.Held, 900, "0 twice of 900, 1 of 3 in flight failed, 0 others failed", ""},
		{"at a fault nobody saw", c, posted(func(r *results.Run) {
			unanswered(300, 301)(r)
			r.Faults[0].Witness = ""
		}), results.Unproven, 900, "0 twice of 900, 0 of 0 in flight failed, 1 others failed", "no fault was seen in effect"},
		{"an unsent request does not count", c, posted(func(r *results.Run) {
			unanswered(300, 301)(r)
			r.Requests[500].Fate = results.Unsent
		}), results.Held, 899, "0 twice of 899, 1 of 2 in flight failed, 0 others failed", ""},
		{"a refused one failed", c, posted(func(r *results.Run) { r.Requests[300].Fate = results.Refused }), results.Held, 900, "0 twice of 900, 1 of 2 in flight failed, 0 others failed", ""},
		{"a refused one stands twice, whoever wrote it", c, posted(func(r *results.Run) {
			r.Requests[400].Fate = results.Refused
			v := r.Final.Stores[0].Values
			v["post"] = append(v["post"], "specimen-400")
		}), results.Broken, 900, "1 twice of 900, 0 of 2 in flight failed, 1 others failed", "specimen-400 was applied 2 times"},
		{"a refused one has the value of the first, which stands twice", NotAppliedTwice{Allow: 1}, posted(func(r *results.Run) {
			r.Requests[400].Fate, r.Requests[400].Value = results.Refused, "specimen-0"
			v := r.Final.Stores[0].Values
			v["post"] = append(v["post"], "specimen-0")
		}), results.Broken, 900, "2 twice of 900, 0 of 2 in flight failed, 1 others failed", "specimen-0 was applied 2 times"},
		{"two of them three times, and the first is named", c, posted(func(r *results.Run) {
			v := r.Final.Stores[0].Values
			v["post"] = append(v["post"], "specimen-8", "specimen-7", "specimen-7", "specimen-8")
		}), results.Broken, 900, "2 twice of 900, 0 of 2 in flight failed, 0 others failed", "specimen-7 was applied 3 times"},
		{"other operations do not count", c, posted(func(r *results.Run) {
			unanswered(300, 301)(r)
			for i := 600; i < 700; i++ {
				r.Requests[i].Operation, r.Requests[i].Fate = "write", results.Unanswered
			}
		}), results.Held, 800, "0 twice of 800, 1 of 2 in flight failed, 0 others failed", ""},
	})
	if v := (NotAppliedTwice{Allow: 3}).Check(posted(func(*results.Run) {})); v.Wanted != "0 twice, at most 3 others failed" {
		t.Errorf("wanted %q", v.Wanted)
	}
}
