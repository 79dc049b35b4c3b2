package claims

import (
	"strings"
	"testing"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// TestOnPaper plans 100 requests a second for 60 s with faults from 10 s to 12 s and
// from 40 s to 50 s.
func TestOnPaper(t *testing.T) {
	const m, s = time.Millisecond, time.Second
	fault := func(from, to time.Duration) results.Fault {
		return results.Fault{Asked: from * s, Effect: from*s + 1, Witness: "planned", Ended: to * s}
	}
	r := &results.Run{Load: results.Load{For: 60 * s}, Faults: []results.Fault{fault(10, 12), fault(40, 50)}}
	planned := func(operation string, span results.Span) int {
		n := int((span.To - span.From) / (10 * m))
		if operation == "write" {
			n /= 10
		}
		return n
	}
	for _, c := range []struct {
		claim Responds
		want  string
	}{
		{Responds{Share: 0.999}, ""},
		{Responds{Share: 1, Max: Within(s)}, ""},
		{Responds{Operation: "write", Share: 0.995}, ""},
		{Responds{Operation: "write", Share: 0.996}, "600 requests are planned for it, but 95% confidence requires 748 that all meet the claim"},
		{Responds{Operation: "write", Share: 0.996, Least: 600}, ""},
		{Responds{Operation: "write", Share: 0.996, Least: 601}, "600 requests are planned for it, but least: requires 601"},
		{Responds{Operation: "post", P50: Within(m), Phase: "baseline", Window: 5 * s}, ""},
		{Responds{P99: Within(m), Phase: "faulted"}, ""},
		{Responds{P99: Within(m), Phase: "faulted", Each: "fault"}, "200 requests are planned from 10s to 12s, but 95% confidence requires 299"},
		{Responds{P95: Within(m), Phase: "faulted", Each: "fault"}, ""},
		{Responds{P95: Within(m), Phase: "faulted", Each: "fault", After: 1500 * m}, "49 requests are planned from 11.5s to 12s, but 95% confidence requires 59"},
		{Responds{P95: Within(m), Phase: "faulted", Each: "fault", After: 2 * s}, "a fault ended at 12s, before 2s had passed"},
		{Responds{P99: Within(m), Window: 2 * s}, "200 requests are planned in each window, but 95% confidence requires 299"},
		{Responds{P99: Within(m), Window: 3 * s}, ""},
		{Responds{P99: Within(m), Window: 61 * s}, "a window of 1m1s does not fit into the 1m0s"},
		{Responds{P99: TimesBaseline(2)}, ""},
		{Responds{Operation: "write", P99: TimesBaseline(2)}, "100 requests are planned before the first step at 10s, but a baseline requires 299"},
		{Responds{Operation: "write", P95: TimesBaseline(2)}, ""},
		{Responds{Operation: "write", P50: Within(m), Max: TimesBaseline(2), Least: 10}, ""},
	} {
		err := c.claim.OnPaper(r, planned)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: got %v, want %q", c.claim, err, c.want)
		}
	}
}

// TestTakes checks that the computed number of requests holds a claim, and one
// fewer does not.
func TestTakes(t *testing.T) {
	for _, c := range []struct {
		claim Responds
		want  int
	}{
		{Responds{Share: 0.9}, 29}, {Responds{Share: 0.995}, 598}, {Responds{Share: 0.999}, 2995}, {Responds{Share: 1}, 2995}, {Responds{Share: 0.9996}, 7488},
		{Responds{P50: Within(time.Second)}, 5}, {Responds{P95: Within(time.Second)}, 59}, {Responds{P99: Within(time.Second)}, 299}, {Responds{Max: Within(time.Second)}, 2995},
		{Responds{Share: 0.9, P99: Within(time.Second)}, 299}, {Responds{Share: 1, Least: 7}, 7},
	} {
		if got := c.claim.takes(); got != c.want {
			t.Errorf("%v takes %d, want %d", c.claim, got, c.want)
		}
		enough, short := c.claim.Check(few(reads(same), c.want)), c.claim.Check(few(reads(same), c.want-1))
		if enough.Outcome != results.Held || short.Outcome != results.Unproven {
			t.Errorf("%v: %d give %v (%s), one fewer %v (%s)", c.claim, c.want, enough.Outcome, enough.Why, short.Outcome, short.Why)
		}
	}
}
