package claims

import (
	"testing"

	"github.com/holdfast-lab/holdfast/results"
)

// TestQueueEdges checks whole verdicts: 300 confirmed, 200 of them at risk.
func TestQueueEdges(t *testing.T) {
	c := func(promise string) Queue { return Queue{Processed: "processed", Promise: promise} }
	change := func(f func(r *results.Run, out []string) []string) *results.Run { return processed(f) }
	exactly(t, []reading{
		{"all of it", c(""), change(asIs), results.Held, 300, "0 lost, 0 duplicated, 0 reordered, 0 unexpected of 300 confirmed and 300 processed, 200 at risk, 0 recovered", ""},
		{"the first twice and the second three times", c("at-most-once"), change(func(_ *results.Run, out []string) []string {
			return append(out, "specimen-1", "specimen-0", "specimen-1")
		}), results.Broken, 303, "0 lost, 3 duplicated, 0 reordered, 0 unexpected of 300 confirmed and 303 processed, 200 at risk, 0 recovered", "processed more than once, the first of them specimen-0"},
		{"one stranger twice", c("nothing-else"), change(func(_ *results.Run, out []string) []string {
			return append(out, "other-1", "other-1", "another")
		}), results.Broken, 303, "0 lost, 0 duplicated, 0 reordered, 2 unexpected of 300 confirmed and 303 processed, 200 at risk, 0 recovered", "another was processed, which this run never sent"},
		{"nothing was confirmed", c("nothing-else"), change(func(r *results.Run, out []string) []string {
			for i := range r.Requests {
				r.Requests[i].Fate = results.Unanswered
			}
			return out
		}), results.Unproven, 300, "0 lost, 0 duplicated, 0 reordered, 0 unexpected of 0 confirmed and 300 processed, 0 at risk, 300 recovered", "no post was confirmed"},
		{"nothing was processed", c("at-most-once"), change(func(*results.Run, []string) []string { return nil }), results.Unproven, 0,
			"300 lost, 0 duplicated, 0 reordered, 0 unexpected of 300 confirmed and 0 processed, 200 at risk, 0 recovered", "nothing was processed"},
		{"100 at risk are enough where it says nothing", c("at-most-once"), change(func(r *results.Run, out []string) []string {
			r.Faults[0].Effect = r.Requests[99].Done
			return out
		}), results.Held, 300, "0 lost, 0 duplicated, 0 reordered, 0 unexpected of 300 confirmed and 300 processed, 100 at risk, 0 recovered", ""},
		{"99 are not", c("at-most-once"), change(func(r *results.Run, out []string) []string {
			r.Faults[0].Effect = r.Requests[99].Done - 1
			return out
		}), results.Unproven, 300, "0 lost, 0 duplicated, 0 reordered, 0 unexpected of 300 confirmed and 300 processed, 99 at risk, 0 recovered", "only 99 confirmed were at risk at the fault; at least 100 are required"},
		{"the order does not matter to at-least-once", c("at-least-once"), change(func(r *results.Run, out []string) []string {
			for i := range r.Requests {
				r.Requests[i].Key = out[i]
			}
			return out
		}), results.Held, 300, "0 lost, 0 duplicated, 0 reordered, 0 unexpected of 300 confirmed and 300 processed, 200 at risk, 0 recovered", ""},
		{"what is at risk does not matter to nothing-else", c("nothing-else"), change(func(r *results.Run, out []string) []string {
			r.Faults = nil
			return out
		}), results.Held, 300, "0 lost, 0 duplicated, 0 reordered, 0 unexpected of 300 confirmed and 300 processed, 0 at risk, 0 recovered", ""},
	})
	for promise, want := range map[string]string{
		"": "0 lost, 0 duplicated, 0 reordered, 0 unexpected", "at-least-once": "0 lost", "at-most-once": "0 duplicated", "in-order": "0 reordered", "nothing-else": "0 unexpected",
	} {
		if got := c(promise).Check(change(asIs)).Wanted; got != want {
			t.Errorf("%q wants %q, want %q", promise, got, want)
		}
	}
}

// TestQueuePromises checks the sentence of each promise, the proofs that it
// depends on, and invalid settings.
func TestQueuePromises(t *testing.T) {
	for _, c := range []struct {
		claim    Queue
		sentence string
		fault    bool
	}{
		{Queue{}, "every confirmed post is processed once and in order, and nothing else", true},
		{Queue{Promise: "at-least-once", Confirmed: "order"}, "every confirmed order is processed", true},
		{Queue{Promise: "at-most-once"}, "no post is processed twice", true},
		{Queue{Promise: "in-order"}, "posts of a key are processed in their order", false},
		{Queue{Promise: "nothing-else"}, "only posts are processed", false},
	} {
		if got := c.claim.String(); got != c.sentence {
			t.Errorf("%q, want %q", got, c.sentence)
		}
		if got := c.claim.Needs(); got != (Needs{Fault: c.fault, Solid: true}) {
			t.Errorf("%v needs %+v", c.claim, got)
		}
		if err := c.claim.Valid(); err != nil {
			t.Errorf("%v: %v", c.claim, err)
		}
	}
	for want, c := range map[string]Queue{
		"check queue: promise \"twice\" is unknown: use one of at-least-once, at-most-once, in-order, nothing-else": {Promise: "twice"},
		"check queue: a setting is negative": {AtRisk: -1},
	} {
		if err := c.Valid(); err == nil || err.Error() != want {
			t.Errorf("%+v: %v, want %s", c, err, want)
		}
	}
	if err := (Queue{LeastSamples: -1}).Valid(); err == nil {
		t.Error("less than no samples are enough")
	}
	if a, b := (Queue{}).names(); a != "post" || b != "post" {
		t.Errorf("the names are %s and %s", a, b)
	}
	if a, b := (Queue{Confirmed: "order", Processed: "parcel"}).names(); a != "order" || b != "parcel" {
		t.Errorf("the names are %s and %s", a, b)
	}
}
