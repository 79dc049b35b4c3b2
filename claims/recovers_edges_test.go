package claims

import (
	"fmt"
	"testing"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// TestRecoversEdges checks whole verdicts: writes every 100 ms for 60 s, a
// fault seen at 15 s.
func TestRecoversEdges(t *testing.T) {
	const s, m = time.Second, time.Millisecond
	slowUntil := func(until, n int) *results.Run {
		return changed(blackout(between(15, 18)), func(r *results.Run) {
			for i := range r.Requests {
				if q := &r.Requests[i]; between(18, until)(q.Sent) {
					q.Done = q.Sent + 50*m
				}
			}
			r.Requests = r.Requests[:n]
		})
	}
	both := func(down func(time.Duration) bool) *results.Run {
		return changed(blackout(down), second(40*s))
	}
	or := func(a, b func(time.Duration) bool) func(time.Duration) bool {
		return func(at time.Duration) bool { return a(at) || b(at) }
	}
	lucky := func(at time.Duration) bool { return between(15, 20)(at) && at/(100*m) != 160 }
	exactly(t, []reading{
		{"just in time", Recovers{Within: 7002 * m}, blackout(between(15, 22)), results.Held, 450, "recovered in 7.002 s, back to normal by then, 7.0 error-seconds", ""},
		{"just not", Recovers{Within: 7001 * m}, blackout(between(15, 22)), results.Broken, 450, "recovered in 7.002 s, back to normal by then, 7.0 error-seconds", "missed by 1 ms"},
		{"a lucky answer first", Recovers{Within: 9 * s}, blackout(lucky), results.Held, 450, "recovered in 5.00 s (first success 1.00 s), back to normal by then, 4.9 error-seconds", ""},
		{"not watched to the end of the limit", Recovers{Within: 43_901 * m}, blackout(between(15, 60)), results.Unproven, 450, "", "not recovered, but the run watched for only 44.901 s after the fault"},
		{"watched just beyond it", Recovers{Within: 43_900 * m}, blackout(between(15, 60)), results.Broken, 450, "not recovered in 44.901 s", "no answer in the 44.901 s after the fault"},
		{"one answer is not none", Recovers{Within: 9 * s}, blackout(func(at time.Duration) bool { return at > 15*s && at/(100*m) != 200 }), results.Broken, 450, "not recovered in 44.901 s", "only 1 of 450 answered in the 44.901 s after the fault"},

		{"just steady in time", Recovers{Within: 9 * s, Steady: 8 * s}, slowUntil(23, 600), results.Held, 450, "recovered in 3.05 s, back to normal after 8 s, 3.0 error-seconds", ""},
		{"just not steady in time", Recovers{Within: 9 * s, Steady: 8*s - m}, longBefore(slowUntil(23, 600)), results.Broken, 450, "recovered in 3.05 s, back to normal after 8 s, 3.0 error-seconds", "back to normal missed by 1 ms"},
		{"steady too late, and nobody asked", Recovers{Within: 9 * s}, slowUntil(23, 600), results.Held, 450, "recovered in 3.05 s, back to normal after 8 s, 3.0 error-seconds", ""},
		{"never steady, and nobody asked", Recovers{Within: 9 * s}, slowUntil(60, 600), results.Held, 450, "recovered in 3.05 s, not back to normal in 44.901 s, 3.0 error-seconds", ""},
		{"not watched until it could be steady", Recovers{Within: 9 * s, Steady: 10_001 * m}, slowUntil(60, 301), results.Unproven, 151, "recovered in 3.05 s, not back to normal in 15.001 s, 3.0 error-seconds",
			"not back to normal, but the run watched for only 15.001 s after the fault"},
		{"watched until it could", Recovers{Within: 9 * s, Steady: 10_001 * m}, longBefore(slowUntil(60, 302)), results.Broken, 152, "recovered in 3.05 s, not back to normal in 15.101 s, 3.0 error-seconds", "goodput and p99 were never as before the fault for 5 s in a row"},

		{"two faults, the slower first", Recovers{Within: 9 * s}, both(or(between(15, 22), between(40, 45))), results.Held, 450, "after the fault at 15 s: recovered in 7.00 s, back to normal by then, 7.0 error-seconds", ""},
		{"two faults, the slower last", Recovers{Within: 9 * s}, both(or(between(15, 20), between(40, 47))), results.Held, 450, "after the fault at 40 s: recovered in 7.00 s, back to normal by then, 7.0 error-seconds", ""},
		{"two faults, and only the first is too slow", Recovers{Within: 6 * s}, both(or(between(15, 22), between(40, 45))), results.Broken, 450, "after the fault at 15 s: recovered in 7.00 s, back to normal by then, 7.0 error-seconds", "missed by 1.002 s"},
		{"two faults, and only the last is too slow", Recovers{Within: 6 * s}, both(or(between(15, 20), between(40, 47))), results.Broken, 450, "after the fault at 40 s: recovered in 7.00 s, back to normal by then, 7.0 error-seconds", "missed by 1.002 s"},
		{"two faults, and the last leaves it open", Recovers{Within: 9 * s}, changed(both(or(between(15, 20), between(40, 60))), func(r *results.Run) { r.Requests = r.Requests[:480] }), results.Unproven, 330, "",
			"not recovered, but the run watched for only 7.901 s after the fault"},
		{"two faults, the first broken, and the last leaves it open", Recovers{Within: 4 * s}, changed(both(or(between(15, 20), between(40, 60))), func(r *results.Run) { r.Requests = r.Requests[:440] }), results.Broken, 290,
			"after the fault at 15 s: recovered in 5.00 s, back to normal by then, 5.0 error-seconds", "missed by 1.002 s"},
		{"two faults, and nobody was disturbed by the last", Recovers{Within: 9 * s}, both(between(15, 20)), results.Held, 450, "after the fault at 15 s: recovered in 5.00 s, back to normal by then, 5.0 error-seconds", ""},
		{"two faults, and only after the last it was steady in time", Recovers{Within: 9 * s, Steady: 10 * s}, changed(longBefore(both(or(between(15, 18), between(40, 45)))), func(r *results.Run) {
			for i := range r.Requests {
				if q := &r.Requests[i]; between(18, 38)(q.Sent) {
					q.Done = q.Sent + 50*m
				}
			}
		}), results.Broken, 450, "after the fault at 15 s: recovered in 3.05 s, not back to normal in 24.901 s, 3.0 error-seconds", "goodput and p99 were never as before the fault for 5 s in a row"},
		{"two faults as long, and the first is told", Recovers{Within: 9 * s}, both(or(between(15, 20), func(at time.Duration) bool { return between(40, 45)(at) && at/(100*m) != 410 })), results.Held, 450,
			"after the fault at 15 s: recovered in 5.00 s, back to normal by then, 5.0 error-seconds", ""},
		{"one failed and one was held up", Recovers{Within: 9 * s}, changed(blackout(between(99, 99)), func(r *results.Run) {
			r.Requests[150].Fate = results.Unanswered
			r.Requests[151].Done += 2 * s
		}), results.Held, 450, "recovered in 2.10 s (first success 202 ms), back to normal by then, 0.1 error-seconds", ""},
		{"steady long before it was to be, in a run that ends before", Recovers{Within: 9 * s, Steady: 60 * s}, blackout(between(15, 20)), results.Held, 450, "recovered in 5.00 s, back to normal by then, 5.0 error-seconds", ""},
		{"steady at once, for it was no better before", Recovers{Within: 9 * s, Steady: s}, blackout(func(at time.Duration) bool { return at < 15*s && at/(100*m)%10 == 0 || at/(100*m) == 150 }), results.Held, 450,
			"recovered in 102 ms, back to normal by then, 0.1 error-seconds", ""},
		{"steady at once, in a run that ends before it was to be", Recovers{Within: 9 * s, Steady: 60 * s}, blackout(func(at time.Duration) bool { return at < 15*s && at/(100*m)%10 == 0 || at/(100*m) == 150 }), results.Held, 450,
			"recovered in 102 ms, back to normal by then, 0.1 error-seconds", ""},
		{"nothing sent after the last fault", Recovers{Within: 9 * s}, changed(both(between(15, 20)), func(r *results.Run) { r.Requests = r.Requests[:400] }), results.Unproven, 250, "", "no request was sent after the fault"},
	})
	if v := (Recovers{Within: s, Steady: 2 * s}).Check(blackout(between(15, 22))); v.Wanted != "at most 1 s, back to normal 2 s" {
		t.Errorf("wanted %q", v.Wanted)
	}
	atOnce := outage{back: 1, first: never}
	if got := fmt.Sprint(atOnce.figures(0)); got != "[{rto 1e-09 s} {rto-steady 0 s} {error-seconds 0 s} {longest-gap 0 s}]" {
		t.Errorf("the figures are %s", got)
	}
	if v := (Recovers{Within: s}).Check(blackout(between(15, 22))); v.Wanted != "at most 1 s" {
		t.Errorf("wanted %q", v.Wanted)
	}
}

// TestOutagesAreMerged distinguishes a fault during an outage from one after
// it.
func TestOutagesAreMerged(t *testing.T) {
	const s, m = time.Second, time.Millisecond
	at := func(next time.Duration, asked time.Duration) func(*results.Run) {
		return func(r *results.Run) {
			second(next)(r)
			r.Faults[1].Asked = asked
		}
	}
	lost := func(r *results.Run, from, n int, done time.Duration) {
		for i := range n {
			r.Requests[from+i].Fate, r.Requests[from+i].Done = results.Unanswered, done
		}
	}
	for _, c := range []struct {
		name string
		run  *results.Run
		sent []int // of each outage
	}{
		{"after it", changed(blackout(between(15, 20)), at(40*s, 40*s)), []int{250, 200}},
		{"in it", changed(blackout(between(15, 42)), at(40*s, 40*s)), []int{450}},
		{"asked for before it was seen", changed(blackout(between(15, 20)), at(40*s, 39*s)), []int{240, 200}},
		{"asked for before the first was seen", changed(blackout(between(15, 20)), at(40*s, 14*s)), []int{450}},
		{"nobody was disturbed by the first", changed(blackout(between(40, 42)), at(40*s, 40*s)), []int{250, 200}},
		{"at once", changed(blackout(between(15, 20)), at(15*s, 15*s)), []int{450}},
		{"nobody was disturbed in half a second", changed(blackout(between(99, 99)), at(15500*m, 15500*m)), []int{5, 445}},
		{"one failed and one was held up in half a second", changed(blackout(between(99, 99)), func(r *results.Run) {
			at(15500*m, 15500*m)(r)
			lost(r, 150, 1, 15100*m)
			r.Requests[151].Done += 2 * s
		}), []int{450}},
		{"one open beside 19", changed(blackout(between(99, 99)), func(r *results.Run) {
			at(17*s, 17*s)(r)
			lost(r, 169, 1, 18*s)
		}), []int{450}},
		{"one open beside 20", changed(blackout(between(99, 99)), func(r *results.Run) {
			at(17100*m, 17100*m)(r)
			lost(r, 170, 1, 18*s)
		}), []int{20, 429}},
		{"no fault that anybody saw", changed(blackout(between(15, 20)), func(r *results.Run) { r.Faults[0].Witness = "" }), nil},
	} {
		all := outages(c.run, "write")
		var sent []int
		for _, o := range all {
			sent = append(sent, o.sent)
		}
		if len(sent) != len(c.sent) {
			t.Errorf("%s: outages of %v, want %v", c.name, sent, c.sent)
			continue
		}
		for i := range sent {
			if sent[i] != c.sent[i] {
				t.Errorf("%s: outages of %v, want %v", c.name, sent, c.sent)
				break
			}
		}
	}
}
