package results

import (
	"bytes"
	"encoding/json"
	"math"
	"slices"
	"strings"
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
	}{{"p99", *all.P99, 5400}, {"p95", *all.P95, 3000}, {"max", all.Max, 6000}, {"p50", *all.P50, 1}} {
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

func TestLatencyExcludesUnsent(t *testing.T) {
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

// TestPercentilesOfFewRequests: JSON tells a percentile exactly where the text does.
func TestPercentilesOfFewRequests(t *testing.T) {
	for n, want := range map[int]string{
		1: "max", 2: "p50 max", 9: "p50 max", 10: "p50 p90 max", 19: "p50 p90 max", 20: "p50 p90 p95 max",
		99: "p50 p90 p95 max", 100: "p50 p90 p95 p99 max", 999: "p50 p90 p95 p99 max", 1000: "p50 p90 p95 p99 p999 max",
	} {
		r := &Run{}
		for i := range n {
			at := time.Duration(i) * time.Millisecond
			r.Requests = append(r.Requests, Request{Seq: uint64(i), Operation: "read", Intended: at, Sent: at, Done: at + time.Millisecond, Fate: Answered})
		}
		var b bytes.Buffer
		if err := JSON(&b, r, "folder"); err != nil {
			t.Fatal(err)
		}
		if err := valid(t, b.Bytes()); err != nil {
			t.Fatal(err)
		}
		var told struct{ Latency []map[string]any }
		if err := json.Unmarshal(b.Bytes(), &told); err != nil {
			t.Fatal(err)
		}
		for _, row := range told.Latency {
			var got []string
			for _, name := range []string{"p50", "p90", "p95", "p99", "p999", "max"} {
				if _, is := row[name]; is {
					got = append(got, name)
				}
			}
			if strings.Join(got, " ") != want {
				t.Errorf("%d requests: %v, want %s", n, got, want)
			}
		}
		for _, table := range r.tables() {
			for _, row := range table.Rows {
				for i, name := range table.Head {
					key := map[string]string{"p50": "p50", "p90": "p90", "p99": "p99", "p99.9": "p999", "max": "max"}[name]
					if key == "" {
						continue
					}
					if (row.Cells[i] != "–") != slices.Contains(strings.Fields(want), key) {
						t.Errorf("%d requests: the text prints %s for %s of %s", n, row.Cells[i], name, row.Name)
					}
				}
			}
		}
	}
}
