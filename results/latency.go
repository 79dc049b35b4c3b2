package results

import (
	"sort"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// maxLatency is the longest latency a histogram tells apart; longer ones are
// counted as this long. A request's timeout is far below it.
const maxLatency = 10 * time.Minute

// Phase says in which part of the run an instant lies: "baseline" before the
// first fault was asked for, "faulted" from then until the last fault was seen
// to have ended, "healed" after that. A run without faults is all baseline.
func (r *Run) Phase(at time.Duration) string {
	if len(r.Faults) == 0 || at < r.Faults[0].Asked {
		return "baseline"
	}
	for _, f := range r.Faults {
		if f.Ended == 0 || at < f.Ended {
			return "faulted"
		}
	}
	return "healed"
}

// LatencyRow is one row of the latency table; percentiles are in ms.
type LatencyRow struct {
	Operation string  `json:"operation"`
	Phase     string  `json:"phase"` // "all", "baseline", "faulted", "healed"
	Kind      string  `json:"kind"`  // "response", "service", "delay"
	Count     int64   `json:"count"`
	P50       float64 `json:"p50"`
	P90       float64 `json:"p90"`
	P95       float64 `json:"p95"`
	P99       float64 `json:"p99"`
	P999      float64 `json:"p999"`
	Max       float64 `json:"max"`
}

// latencyKey tells one histogram from the others.
type latencyKey struct{ operation, phase, kind string }

// Latency folds every request that left into HDR histograms (three significant
// digits) per operation, phase and kind, and gives their percentiles. A request
// belongs to the phase in which it was intended. Failed requests count, too: a
// caller who waited for an error has waited. Unsent requests have no latency.
func (r *Run) Latency() []LatencyRow {
	hists := map[latencyKey]*hdrhistogram.Histogram{}
	add := func(k latencyKey, d time.Duration) {
		h := hists[k]
		if h == nil {
			h = hdrhistogram.New(1, int64(maxLatency), 3)
			hists[k] = h
		}
		// In range by construction, so the error cannot occur.
		_ = h.RecordValue(int64(min(max(d, 0), maxLatency)))
	}
	for _, q := range r.Requests {
		if q.Fate == Unsent {
			continue
		}
		for _, phase := range []string{"all", r.Phase(q.Intended)} {
			add(latencyKey{q.Operation, phase, "response"}, q.Response())
			add(latencyKey{q.Operation, phase, "service"}, q.Service())
			add(latencyKey{q.Operation, phase, "delay"}, q.Delay())
		}
	}
	rows := make([]LatencyRow, 0, len(hists))
	for k, h := range hists {
		rows = append(rows, row(k, h))
	}
	sort.Slice(rows, func(i, j int) bool {
		a, b := rows[i], rows[j]
		return a.Operation+"\x00"+a.Phase+"\x00"+a.Kind < b.Operation+"\x00"+b.Phase+"\x00"+b.Kind
	})
	return rows
}

func row(k latencyKey, h *hdrhistogram.Histogram) LatencyRow {
	at := func(q float64) float64 { return float64(h.ValueAtQuantile(q)) / float64(time.Millisecond) }
	return LatencyRow{
		Operation: k.operation, Phase: k.phase, Kind: k.kind, Count: h.TotalCount(),
		P50: at(50), P90: at(90), P95: at(95), P99: at(99), P999: at(99.9),
		Max: float64(h.Max()) / float64(time.Millisecond),
	}
}
