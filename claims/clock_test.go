package claims

import (
	"testing"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// frozenRun is 100 s of 100 requests a second that were all frozen from 40 s to
// 46 s: those of that time are answered together, a millisecond after it.
func frozenRun(change func(*results.Run)) *results.Run {
	r := specimen("static", 10000, 100*time.Second)
	r.Faults[0].Effect, r.Faults[0].Ended = 40*time.Second, 46*time.Second
	for i := range r.Requests {
		q := &r.Requests[i]
		if q.Intended >= 40*time.Second && q.Intended < 46*time.Second {
			q.Done = 46*time.Second + time.Millisecond
		}
	}
	change(r)
	return r
}

func TestHonestClockEdges(t *testing.T) {
	const m = time.Millisecond
	same := func(*results.Run) {}
	measured := "p99 response 5.001s service 5.001s, p95 response 1.001s service 1.001s"
	exactly(t, []reading{
		{"to the millisecond", HonestClock{}, frozenRun(same), results.Held, 10000, measured, ""},
		{"just within", HonestClock{Within: m}, frozenRun(same), results.Held, 10000, measured, ""},
		{"just not", HonestClock{Within: m - 1}, frozenRun(same), results.Broken, 10000, measured,
			"p99 of the response clock is 5.001s, 1ms off, p95 of the response clock is 1.001s, 1ms off"},
		{"the service clock by itself", HonestClock{Quantiles: []float64{99}}, frozenRun(func(r *results.Run) {
			for i := range r.Requests[:5000] { // later ones are sent sooner, so that their order is another
				r.Requests[i].Sent += time.Duration(5000-i) * 10 * time.Microsecond
				r.Requests[i].Done += 50 * m
			}
		}), results.Held, 10000, "p99 response 5.051s service 5.042s", ""},
		{"a quantile that only just does not show it", HonestClock{Quantiles: []float64{94}}, frozenRun(same), results.Unproven, 10000, "", "p94 does not show a freeze of 6s in 1m40s with 10000 requests"},
		{"10 000 requests are enough for p99.9", HonestClock{Quantiles: []float64{99.9}}, frozenRun(same), results.Held, 10000, "p99.9 response 5.901s service 5.901s", ""},
		{"one fewer is not", HonestClock{Quantiles: []float64{99.9}}, frozenRun(func(r *results.Run) { r.Requests = r.Requests[1:] }), results.Unproven, 9999, "",
			"p99.9 does not show a freeze of 6s in 1m40s with 9999 requests"},
		{"a freeze nobody saw", HonestClock{}, frozenRun(func(r *results.Run) { r.Faults[0].Witness = "" }), results.Unproven, 0, "", "no freeze was seen to begin and to end"},
		{"a freeze that ended as it began", HonestClock{}, frozenRun(func(r *results.Run) { r.Faults[0].Ended = r.Faults[0].Effect }), results.Unproven, 0, "", "no freeze was seen to begin and to end"},
		{"no freeze", HonestClock{}, frozenRun(func(r *results.Run) { r.Faults = nil }), results.Unproven, 0, "", "no freeze was seen to begin and to end"},
	})
	if v := (HonestClock{}).Check(frozenRun(same)); v.Wanted != "p99 5s ± 200ms, p95 1s ± 200ms" {
		t.Errorf("wanted %q", v.Wanted)
	}
	if v := (HonestClock{Within: time.Hour}); v.Check(v.Violation()).Outcome != results.Broken {
		t.Error("a freeze in an hour's bound cannot be missed")
	}
}
