package claims

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// processed is a run of 300 confirmed posts to three keys in turn, one every
// 10 ms, with a kill seen at 2 s, all of them processed once and in order.
func processed(change func(r *results.Run, out []string) []string) *results.Run {
	r := specimen("post", 300, 3*time.Second)
	r.Faults[0].Effect = 2 * time.Second
	var out []string
	for i := range r.Requests {
		r.Requests[i].Key = fmt.Sprint(i % 3)
		out = append(out, r.Requests[i].Value)
	}
	r.Final = &results.Audit{Stable: true, Stores: []results.Store{
		{Node: "q-1", Role: "primary", Values: map[string][]string{"processed": nil}},
		{Node: "q-2", Role: "replica"},
	}}
	out = change(r, out)
	if len(r.Final.Stores) > 0 {
		r.Final.Stores[0].Values["processed"] = out
	}
	return r
}

func asIs(_ *results.Run, out []string) []string { return out }

func TestQueue(t *testing.T) {
	c := func(promise string) Queue { return Queue{Processed: "processed", Promise: promise} }
	one := func(_ *results.Run, out []string) []string { return out[1:] }
	twice := func(_ *results.Run, out []string) []string { return append(out, "specimen-7") }
	turned := func(_ *results.Run, out []string) []string { out[0], out[3] = out[3], out[0]; return out }
	across := func(_ *results.Run, out []string) []string { out[0], out[1] = out[1], out[0]; return out }
	stranger := func(_ *results.Run, out []string) []string { return append(out, "other-1") }
	unanswered := func(change func(*results.Run, []string) []string) func(*results.Run, []string) []string {
		return func(r *results.Run, out []string) []string {
			r.Requests[0].Fate = results.Unanswered
			return change(r, out)
		}
	}
	try(t, []trial{
		{"all of it", c(""), processed(asIs), results.Held, ""},
		{"at least once", c("at-least-once"), processed(asIs), results.Held, ""},
		{"at most once", c("at-most-once"), processed(asIs), results.Held, ""},
		{"in order", c("in-order"), processed(asIs), results.Held, ""},
		{"nothing else", c("nothing-else"), processed(asIs), results.Held, ""},

		{"one is lost", c("at-least-once"), processed(one), results.Broken, "never processed, the first of them specimen-0"},
		{"one is lost, of all promises", c(""), processed(one), results.Broken, "never processed, the first of them specimen-0"},
		{"one is lost, which at-most-once allows", c("at-most-once"), processed(one), results.Held, ""},
		{"one is lost that was never answered", c("at-least-once"), processed(unanswered(one)), results.Held, ""},
		{"one is repeated", c("at-most-once"), processed(twice), results.Broken, "processed more than once, the first of them specimen-7"},
		{"one is repeated, of all promises", c(""), processed(twice), results.Broken, "more than once"},
		{"one is repeated, which at-least-once allows", c("at-least-once"), processed(twice), results.Held, ""},
		{"one is repeated, which is no other order", c("in-order"), processed(twice), results.Held, ""},
		{"the order is turned", c("in-order"), processed(turned), results.Broken, "specimen-3 was processed before specimen-0"},
		{"the order is turned, of all promises", c(""), processed(turned), results.Broken, "specimen-3 was processed before specimen-0"},
		{"the order is turned, which the others allow", c("at-least-once"), processed(turned), results.Held, ""},
		{"the order across keys", c("in-order"), processed(across), results.Held, ""},
		{"one that was never answered comes late", c("in-order"), processed(unanswered(turned)), results.Held, ""},
		{"something else", c("nothing-else"), processed(stranger), results.Broken, "other-1 was processed"},
		{"something else, of all promises", c(""), processed(stranger), results.Broken, "other-1 was processed"},
		{"something else, which the others allow", c("in-order"), processed(stranger), results.Held, ""},
		{"what was refused", c("nothing-else"), processed(func(r *results.Run, out []string) []string {
			r.Requests[7].Fate = results.Refused
			return out
		}), results.Broken, "specimen-7 was processed"},
		{"something else, in a run cut short", c("nothing-else"), processed(func(r *results.Run, out []string) []string {
			r.Finished = false
			return append(out, "other-1")
		}), results.Unproven, "incomplete"},

		{"no audit", c(""), processed(func(r *results.Run, out []string) []string { r.Final = &results.Audit{}; return out }), results.Unproven, "final reads"},
		{"another name", Queue{Promise: "at-most-once"}, processed(asIs), results.Unproven, "nothing was processed"},
		{"nothing confirmed", Queue{Confirmed: "write", Processed: "processed", Promise: "at-least-once"}, processed(asIs), results.Unproven, "no write was confirmed"},
		{"nothing at risk", c("at-least-once"), processed(func(r *results.Run, out []string) []string { r.Faults = nil; return out }), results.Unproven, "only 0 confirmed were at risk"},
		{"nothing at risk of being repeated", c("at-most-once"), processed(func(r *results.Run, out []string) []string { r.Faults = nil; return out }), results.Unproven, "only 0 confirmed were at risk"},
		{"no fault, which no order needs", c("in-order"), processed(func(r *results.Run, out []string) []string { r.Faults = nil; return out }), results.Held, ""},
		{"each of another key", c("in-order"), processed(func(r *results.Run, out []string) []string {
			for i := range r.Requests {
				r.Requests[i].Key = fmt.Sprint(i)
			}
			return out
		}), results.Unproven, "only 0 were processed after another of their key; at least 100 are required"},
		{"as many at risk as wanted", Queue{Processed: "processed", Promise: "at-least-once", AtRisk: 200}, processed(asIs), results.Held, ""},
		{"one too few at risk", Queue{Processed: "processed", Promise: "at-least-once", AtRisk: 201}, processed(asIs), results.Unproven, "only 200 confirmed were at risk"},
		{"as many in a row as wanted", Queue{Processed: "processed", Promise: "in-order", LeastSamples: 297}, processed(asIs), results.Held, ""},
		{"one too few in a row", Queue{Processed: "processed", Promise: "in-order", LeastSamples: 298}, processed(asIs), results.Unproven, "only 297 were processed after"},
		{"no such promise", c("twice"), processed(asIs), results.Unproven, "promise \"twice\" is unknown: use one of"},
	})
}

func TestQueueCountsExactly(t *testing.T) {
	for _, k := range []int{0, 1, 2, 10, 100} {
		r := processed(func(r *results.Run, out []string) []string {
			for i := range k {
				r.Requests[299-i].Fate = results.Unanswered
			}
			out = append(out[k:], out[100:100+k]...)
			for i := range k {
				out = append(out, fmt.Sprint("other-", i))
			}
			return out
		})
		want := fmt.Sprintf("%d lost, %d duplicated, 0 reordered, %d unexpected of %d confirmed and %d processed, ", k, k, k, 300-k, 300+k)
		got := Queue{Processed: "processed"}.Check(r)
		if !strings.HasPrefix(got.Measured, want) || !strings.HasSuffix(got.Measured, fmt.Sprintf(" %d recovered", k)) {
			t.Errorf("measured %q, want %q and %d recovered", got.Measured, want, k)
		}
	}
	r := processed(func(_ *results.Run, out []string) []string { slices.Reverse(out[:30]); return out })
	if got := (Queue{Processed: "processed"}).Check(r).Measured; !strings.Contains(got, " 27 reordered") { // of ten per key, all except the first
		t.Errorf("measured %q", got)
	}
	for promise, n := range map[string]int{"": 300, "at-least-once": 300, "at-most-once": 299, "in-order": 296, "nothing-else": 299} {
		v := Queue{Processed: "processed", Promise: promise}.Check(processed(func(_ *results.Run, out []string) []string { return out[1:] }))
		if v.N != n {
			t.Errorf("%q rests on %d, want %d", promise, v.N, n)
		}
	}
}
