package claims

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// survived is a run of 300 acknowledged writes, one every 10 ms, with a kill
// seen at 2 s, whose surviving primary holds all of them.
func survived() *results.Run {
	r := &results.Run{Faults: []results.Fault{{Effect: 2 * time.Second, Witness: "exited 137"}}}
	var held []string
	for n := range 300 {
		at := time.Duration(n) * 10 * time.Millisecond
		q := results.Request{Seq: uint64(n), Operation: "write", Value: fmt.Sprintf("r-%d", n), Sent: at, Done: at + time.Millisecond, Fate: results.Answered}
		r.Requests = append(r.Requests, q)
		held = append(held, q.Value)
	}
	r.Finished, r.Load.Planned = true, 300
	r.Final = &results.Audit{Stable: true, Stores: []results.Store{
		{Node: "pg-2", Role: "primary", Values: map[string][]string{"write": held}},
		{Node: "pg-3", Role: "replica"},
	}}
	return r
}

func TestKeepsAcknowledgedWrites(t *testing.T) {
	for _, c := range []struct {
		name  string
		alter func(*results.Run)
		want  results.Outcome
		why   string // part of the reason
	}{
		{"everything survived", func(*results.Run) {}, results.Held, ""},
		{"one is gone", func(r *results.Run) {
			v := r.Final.Stores[0].Values
			v["write"] = v["write"][1:]
		}, results.Broken, "the first of them r-0"},
		{"an unanswered write may be gone", func(r *results.Run) {
			r.Requests[0].Fate = results.Unanswered
			v := r.Final.Stores[0].Values
			v["write"] = v["write"][1:]
		}, results.Held, ""},
		{"a refused write must not be there", func(r *results.Run) { r.Requests[7].Fate = results.Refused }, results.Broken, "one of them r-7"},
		{"a stranger's value in a run cut short", func(r *results.Run) {
			r.Requests, r.Finished = r.Requests[:250], false
		}, results.Unproven, "incomplete"},
		{"the seed is nobody's", func(r *results.Run) {
			v := r.Final.Stores[0].Values
			v["write"] = append(v["write"], "seed")
		}, results.Held, ""},
		{"an unanswered write may be there", func(r *results.Run) { r.Requests[0].Fate = results.Unanswered }, results.Held, ""},
		{"a stranger's value", func(r *results.Run) {
			v := r.Final.Stores[0].Values
			v["write"] = append(v["write"], "other-1")
		}, results.Broken, "never wrote"},
		{"no audit", func(r *results.Run) { r.Final = nil }, results.Unproven, "no final audit"},
		{"an unstable audit", func(r *results.Run) { r.Final.Stable = false }, results.Unproven, "final reads"},
		{"no primary left", func(r *results.Run) { r.Final.Stores[0].Role = "replica" }, results.Unproven, "0 primaries"},
		{"an unreadable primary", func(r *results.Run) { r.Final.Stores[0].Err = "refused" }, results.Unproven, "could not read pg-2"},
		{"nothing acknowledged", func(r *results.Run) {
			for i := range r.Requests {
				r.Requests[i].Fate = results.Unanswered
			}
		}, results.Unproven, "no write was acknowledged"},
		{"nothing at risk", func(r *results.Run) { r.Faults[0].Effect = time.Hour }, results.Unproven, "only 0 acknowledged writes were at risk"},
		{"a fault nobody saw", func(r *results.Run) { r.Faults[0].Witness = "" }, results.Unproven, "only 0 acknowledged writes were at risk"},
	} {
		r := survived()
		c.alter(r)
		v := KeepsAcknowledgedWrites{AtRisk: 100}.Check(r)
		if v.Outcome != c.want || !strings.Contains(v.Why, c.why) || (c.why == "") != (v.Why == "") {
			t.Errorf("%s: got %v (%s), want %v (%s)", c.name, v.Outcome, v.Why, c.want, c.why)
		}
	}
}

func TestKeepsMeasures(t *testing.T) {
	r := survived()
	v := r.Final.Stores[0].Values
	v["write"] = slices.Concat(v["write"][:150], v["write"][199:])
	r.Requests[10].Fate = results.Unanswered
	got := KeepsAcknowledgedWrites{}.Check(r).Measured
	if want := "49 lost, 0 unexpected of 299 acknowledged, 199 at risk, 1 recovered, the oldest lost 499ms before the fault"; got != want {
		t.Errorf("measured %q, want %q", got, want)
	}
	posts := KeepsAcknowledgedWrites{Operation: "post"}.Check(survived())
	if posts.Outcome != results.Unproven || posts.Why != "no post was acknowledged" {
		t.Errorf("an operation that was never sent is %v (%s)", posts.Outcome, posts.Why)
	}
}

func TestKeepsCountsExactly(t *testing.T) {
	for _, k := range []int{1, 2, 10, 250} {
		r := survived()
		v := r.Final.Stores[0].Values
		v["write"] = v["write"][k:]
		got := KeepsAcknowledgedWrites{}.Check(r)
		if want := fmt.Sprintf("%d lost, 0 unexpected of 300 acknowledged", k); !strings.HasPrefix(got.Measured, want) {
			t.Errorf("measured %q, want %q", got.Measured, want)
		}
	}
}
