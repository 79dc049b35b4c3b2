package claims

import (
	"slices"
	"testing"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// frozenRun is 100 s of 100 requests a second, with a freeze from 40 s to 46 s:
// the requests of that time are all answered a millisecond after it.
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

// thawed is a run with a second freeze, from 60 s to 64 s; late: requests
// scheduled during it were sent only after it.
func thawed(late bool) *results.Run {
	return frozenRun(func(r *results.Run) {
		second := r.Faults[0]
		second.Effect, second.Ended = 60*time.Second, 64*time.Second
		r.Faults = append(r.Faults, second)
		for i := range r.Requests {
			q := &r.Requests[i]
			if q.Intended >= second.Effect && q.Intended < second.Ended {
				q.Done = second.Ended + time.Millisecond
				if late {
					q.Sent = second.Ended
				}
			}
		}
	})
}

// TestWaited checks the wait that is exceeded for a given total time.
func TestWaited(t *testing.T) {
	const sec = time.Second
	for _, c := range []struct {
		freezes []time.Duration
		long    time.Duration
		want    time.Duration
	}{
		{[]time.Duration{6 * sec}, sec, 5 * sec},
		{[]time.Duration{6 * sec}, 7 * sec, -sec},
		{[]time.Duration{6 * sec, 6 * sec}, sec, 5500 * time.Millisecond},
		{[]time.Duration{6 * sec, 4 * sec}, sec, 5 * sec},
		{[]time.Duration{6 * sec, 4 * sec}, 2 * sec, 4 * sec},
		{[]time.Duration{6 * sec, 4 * sec}, 5 * sec, 2500 * time.Millisecond},
		{[]time.Duration{6 * sec, 4 * sec, sec}, 8 * sec, sec},
		{[]time.Duration{6 * sec, 4 * sec, sec}, 11 * sec, 0},
		{nil, sec, 0},
	} {
		if got := waited(c.freezes, c.long); got != c.want {
			t.Errorf("%v for %v: %v, want %v", c.freezes, c.long, got, c.want)
		}
	}
}

// TestFrozen merges freezes that overlap, in any order.
func TestFrozen(t *testing.T) {
	seen := func(from, to time.Duration) results.Fault {
		return results.Fault{Effect: from, Ended: to, Witness: "stopped"}
	}
	for _, c := range []struct {
		faults []results.Fault
		want   []time.Duration
	}{
		{[]results.Fault{seen(1, 3), seen(5, 10)}, []time.Duration{5, 2}},
		{[]results.Fault{seen(5, 10), seen(1, 6)}, []time.Duration{9}},
		{[]results.Fault{seen(1, 10), seen(2, 3), seen(10, 11)}, []time.Duration{10}},
		{[]results.Fault{seen(1, 3), {Effect: 5, Witness: "stopped"}}, nil},
		{nil, nil},
	} {
		if got := frozen(c.faults); !slices.Equal(got, c.want) {
			t.Errorf("%v: %v, want %v", c.faults, got, c.want)
		}
	}
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
			for i := range r.Requests[:5000] { // later ones are sent earlier, so that the order differs
				r.Requests[i].Sent += time.Duration(5000-i) * 10 * time.Microsecond
				r.Requests[i].Done += 50 * m
			}
		}), results.Held, 10000, "p99 response 5.051s service 5.042s", ""},
		{"a quantile that only just does not show it", HonestClock{Quantiles: []float64{94}}, frozenRun(same), results.Unproven, 10000, "", "p94 does not show a freeze of 6s in 1m40s with 10000 requests"},
		{"10 000 requests are enough for p99.9", HonestClock{Quantiles: []float64{99.9}}, frozenRun(same), results.Held, 10000, "p99.9 response 5.901s service 5.901s", ""},
		{"one fewer is not", HonestClock{Quantiles: []float64{99.9}}, frozenRun(func(r *results.Run) { r.Requests = r.Requests[1:] }), results.Unproven, 9999, "",
			"p99.9 does not show a freeze of 6s in 1m40s with 9999 requests"},
		{"a freeze nobody saw", HonestClock{}, frozenRun(func(r *results.Run) { r.Faults[0].Witness = "" }), results.Unproven, 0, "", "no freeze was seen from its start to its end"},
		{"a freeze that ended as it began", HonestClock{}, frozenRun(func(r *results.Run) { r.Faults[0].Ended = r.Faults[0].Effect }), results.Unproven, 0, "", "no freeze was seen from its start to its end"},
		{"no freeze", HonestClock{}, frozenRun(func(r *results.Run) { r.Faults = nil }), results.Unproven, 0, "", "no freeze was seen from its start to its end"},
	})
	exactly(t, []reading{
		{"two freezes", HonestClock{}, thawed(false), results.Held, 10000, "p99 response 5.001s service 5.001s, p95 response 2.501s service 2.501s", ""},
		{"two freezes, of a clock that sees one", HonestClock{Clock: "service"}, thawed(true), results.Broken, 10000, "p99 response 5.001s service 5.001s, p95 response 2.501s service 1.001s",
			"p95 of the service clock is 1.001s, -1.499s off"},
		{"of two freezes one nobody saw", HonestClock{}, changed(thawed(false), func(r *results.Run) { r.Faults[1].Witness = "" }), results.Unproven, 0, "", "no freeze was seen from its start to its end"},
		{"two freezes that a percentile does not show", HonestClock{Quantiles: []float64{80}}, thawed(false), results.Unproven, 10000, "", "p80 does not show 2 freezes of 6s, 4s in 1m40s with 10000 requests"},
	})
	if v := (HonestClock{}).Check(frozenRun(same)); v.Wanted != "p99 5s ± 200ms, p95 1s ± 200ms" {
		t.Errorf("wanted %q", v.Wanted)
	}
	if v := (HonestClock{Within: time.Hour}); v.Check(v.Violation()).Outcome != results.Broken {
		t.Error("a freeze in an hour's bound cannot be missed")
	}
}
