package results

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// maxLatency is the longest latency that a histogram can hold; longer ones are
// counted as this long. A request's timeout is far below it.
const maxLatency = 10 * time.Minute

// LatencyRow is one row of the latency table; percentiles are in ms. A
// percentile with too few requests (see [enoughFor]) is nil, and left out of JSON.
type LatencyRow struct {
	Operation string   `json:"operation"`
	Phase     string   `json:"phase"` // "all", "baseline", "faulted", "healed"
	Kind      string   `json:"kind"`  // "response", "service", "delay"
	Count     int64    `json:"count"`
	P50       *float64 `json:"p50,omitempty"`
	P90       *float64 `json:"p90,omitempty"`
	P95       *float64 `json:"p95,omitempty"`
	P99       *float64 `json:"p99,omitempty"`
	P999      *float64 `json:"p999,omitempty"`
	Max       float64  `json:"max"`
}

// latencyKey identifies one histogram.
type latencyKey struct{ operation, phase, kind string }

// Latency collects every request that was sent in HDR histograms (three
// significant digits) per operation, phase and kind, and returns their percentiles
// in ms. A request belongs to the phase of its scheduled send time. Failed requests
// count, too: the caller waited for the error. Unsent requests have no latency.
func (r *Run) Latency() []LatencyRow { return r.fold().rows() }

// histograms are the latency histograms of a run.
type histograms map[latencyKey]*hdrhistogram.Histogram

// fold records every request that was sent.
func (r *Run) fold() histograms {
	hs := histograms{}
	for i := range r.Requests {
		q := &r.Requests[i]
		if q.Fate == Unsent {
			continue
		}
		for _, phase := range [...]string{"all", r.Phase(q.Intended)} {
			hs.record(latencyKey{q.Operation, phase, "response"}, q.Response())
			hs.record(latencyKey{q.Operation, phase, "service"}, q.Service())
			hs.record(latencyKey{q.Operation, phase, "delay"}, q.Delay())
		}
	}
	return hs
}

func (hs histograms) record(k latencyKey, d time.Duration) {
	h := hs[k]
	if h == nil {
		h = newHistogram()
		hs[k] = h
	}
	record(h, d)
}

func newHistogram() *hdrhistogram.Histogram { return hdrhistogram.New(1, int64(maxLatency), 3) }

// record records a latency. It is in range by construction, so the error cannot occur.
func record(h *hdrhistogram.Histogram, d time.Duration) {
	_ = h.RecordValue(int64(min(max(d, 0), maxLatency)))
}

// together is the latency of all operations in one phase.
func (hs histograms) together(phase, kind string) *hdrhistogram.Histogram {
	sum := newHistogram()
	for k, h := range hs {
		if k.phase == phase && k.kind == kind {
			sum.Merge(h)
		}
	}
	return sum
}

// keys are sorted by operation, phase and kind.
func (hs histograms) keys() []latencyKey {
	return slices.SortedFunc(maps.Keys(hs), func(a, b latencyKey) int {
		return cmp.Or(strings.Compare(a.operation, b.operation), strings.Compare(a.phase, b.phase), strings.Compare(a.kind, b.kind))
	})
}

func (hs histograms) rows() []LatencyRow {
	rows := make([]LatencyRow, 0, len(hs))
	for _, k := range hs.keys() {
		rows = append(rows, row(k, hs[k]))
	}
	return rows
}

func row(k latencyKey, h *hdrhistogram.Histogram) LatencyRow {
	at := func(percent float64) *float64 {
		if !enoughFor(percent, h.TotalCount()) {
			return nil
		}
		v := float64(h.ValueAtQuantile(percent)) / float64(time.Millisecond)
		return &v
	}
	return LatencyRow{
		Operation: k.operation, Phase: k.phase, Kind: k.kind, Count: h.TotalCount(),
		P50: at(50), P90: at(90), P95: at(95), P99: at(99), P999: at(99.9),
		Max: float64(h.Max()) / float64(time.Millisecond),
	}
}

// enoughFor reports whether n requests are enough for a percentile: if less than
// one request is above it, the percentile would equal the maximum.
func enoughFor(percent float64, n int64) bool {
	return n > 0 && float64(n)*(100-percent) >= 100-1e-6 // 100 − 99.9 is not exactly 0.1
}
