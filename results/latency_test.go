package results

import (
	"math"
	"testing"
	"time"
)

// frozen is a system that answers in 1 ms but is frozen for 6 s from the 20th
// of 60 seconds, under 100 requests a second that do not wait for each other.
func frozen() *Run {
	r := &Run{Faults: []Fault{{Asked: 20 * time.Second, Effect: 20 * time.Second, Witness: "paused", Ended: 26 * time.Second}}}
	for n := range 6000 {
		at := time.Duration(n) * 10 * time.Millisecond
		done := at + time.Millisecond
		if at >= 20*time.Second && at < 26*time.Second {
			done = 26 * time.Second
		}
		r.Requests = append(r.Requests, Request{Seq: uint64(n), Operation: "read", Intended: at, Sent: at, Done: done, Fate: Answered})
	}
	return r
}

// TestLatencyOfAFreeze checks the quantiles against F - T(1-q), the law of a
// freeze of F in T under an open loop.
func TestLatencyOfAFreeze(t *testing.T) {
	rows := map[latencyKey]LatencyRow{}
	for _, x := range frozen().Latency() {
		rows[latencyKey{x.Operation, x.Phase, x.Kind}] = x
	}
	all := rows[latencyKey{"read", "all", "response"}]
	if all.Count != 6000 {
		t.Errorf("counted %d of 6000", all.Count)
	}
	for _, c := range []struct {
		name      string
		got, want float64
	}{{"p99", all.P99, 5400}, {"p95", all.P95, 3000}, {"max", all.Max, 6000}, {"p50", all.P50, 1}} {
		if math.Abs(c.got-c.want) > 20 {
			t.Errorf("%s: got %.1f ms, want %.1f ms", c.name, c.got, c.want)
		}
	}
	for phase, want := range map[string]int64{"baseline": 2000, "faulted": 600, "healed": 3400} {
		if got := rows[latencyKey{"read", phase, "service"}].Count; got != want {
			t.Errorf("%s: counted %d, want %d", phase, got, want)
		}
	}
}

func TestLatencyLeavesOutTheUnsent(t *testing.T) {
	r := &Run{Requests: History{{Operation: "read", Fate: Unsent}}}
	if rows := r.Latency(); len(rows) != 0 {
		t.Errorf("a request that never left has a latency: %v", rows)
	}
}

func TestPhaseWhileAFaultNeverEnds(t *testing.T) {
	r := &Run{Faults: []Fault{{Asked: time.Second}}}
	if got := r.Phase(time.Hour); got != "faulted" {
		t.Errorf("got %q, want faulted", got)
	}
}
