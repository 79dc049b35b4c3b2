package claims

import (
	"testing"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// TestRespondsInFlight judges an attack of 9 s, with a read every millisecond,
// while it runs: the last requests are in flight.
func TestRespondsInFlight(t *testing.T) {
	const m = time.Millisecond
	during := func(n int, oldest time.Duration) *results.Run {
		r := reads(func(*results.Request) {})
		r.Faults = nil
		at := r.Requests[len(r.Requests)-1].Intended + m
		for i := len(r.Requests) - n; i < len(r.Requests); i++ {
			q := &r.Requests[i]
			q.Fate, q.Error, q.Done = results.Unanswered, results.InFlight, at
			r.Load.For = at
			if oldest > 0 {
				q.Intended, q.Sent = at-oldest, at-oldest
			}
		}
		return r
	}
	share := Responds{Share: 1}
	try(t, []trial{
		{"one, sent just now", share, during(1, m), results.Held, ""},
		{"a thousand, each as old as the slowest answer", share, during(1000, m), results.Held, ""},
		{"one that waits longer than any that was answered", share, during(1, m+1), results.Broken, "1 of 9000 were not answered"},
		{"frozen for 2.3 s", Responds{Share: 0.99}, during(2300, 0), results.Broken, "2299 of 8999 were not answered"},
		{"frozen for 2.3 s, of p99", Responds{P99: Within(250 * m)}, during(2300, 0), results.Broken, "p99: no answer within the timeout"},
		{"slow ones that may yet be in time", Responds{P99: Within(250 * m)}, changed(during(500, 200*m), func(r *results.Run) { r.Requests[0].Done += 300 * m }), results.Held, ""},
		{"slow ones that cannot", Responds{P99: Within(250 * m)}, changed(during(500, 251*m), func(r *results.Run) { r.Requests[0].Done += 300 * m }), results.Broken, "p99: no answer within the timeout"},
		{"nothing was answered", Responds{Share: 0.5}, during(9000, 0), results.Broken, "9000 of 9000 were not answered"},
	})
	waiting := func(oldest time.Duration) *results.Run {
		return changed(during(100, oldest), func(r *results.Run) {
			for i := range r.Requests {
				if q := &r.Requests[i]; q.Error == results.InFlight {
					q.Fate, q.Error, q.Sent, q.Done = results.Unsent, results.Waiting, 0, 0
				}
			}
		})
	}
	try(t, []trial{
		{"a hundred that should have left just now", share, waiting(m), results.Held, ""},
		{"a hundred that should have left long ago", share, waiting(900 * m), results.Unproven, "100 of 9000 planned requests were never sent"},
	})
	for _, c := range []struct {
		by time.Duration
		ok bool
	}{{900 * m, true}, {1100 * m, false}} {
		r := waiting(c.by)
		if got := doubtLoad(r, schedule(r), time.Second); (got == "") != c.ok {
			t.Errorf("a hundred late by %v: %q", c.by, got)
		}
	}
	if r := reads(func(*results.Request) {}); share.withoutUndecided(r) != r {
		t.Error("a record of an attack that ended was changed")
	}
}
