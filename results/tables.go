package results

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// phases in the order of a run.
var phases = []string{"baseline", "faulted", "healed"}

// Service time and send delay have a table of their own only if their p99 differs
// from that of the response time by more than this share and this time.
const (
	notableShare = 0.05
	notableTime  = time.Millisecond
)

// table is one latency table of a report, in ms.
type table struct {
	Title string
	Head  []string
	Rows  []tableRow
}

// tableRow is one row of a table; the cells correspond to its head.
type tableRow struct {
	Name  string // "faulted", "write faulted"
	Cells []string
	Note  string // failures as a share, requests that were never sent
}

// The heads of tables. Only the response time has a column of errors.
var (
	timesHead = []string{"sent", "p50", "p90", "p99", "p99.9", "max"}
	tableHead = append(slices.Clone(timesHead), "errors")
)

// place is a part of the history: operation "" is every operation.
type place struct{ operation, phase string }

// tables are: response time per phase; service time and send delay, per phase if
// they differ from it, otherwise one line each; response time per operation and
// phase. A run without requests has none.
func (r *Run) tables() []table {
	if len(r.Requests) == 0 {
		return nil
	}
	hs, counts := r.fold(), r.count()
	response := table{Title: "response time, ms, from the scheduled send time", Head: tableHead}
	service := table{Title: "service time, ms, sent → answered: what a closed loop would have shown", Head: timesHead}
	delay := table{Title: "send delay, ms, scheduled → sent: the generator's own lateness", Head: timesHead}
	for _, p := range places("", counts) {
		response.Rows = append(response.Rows, counts[p].row(p, hs.together(p.phase, "response")))
		service.Rows = append(service.Rows, times(p.phase, hs.together(p.phase, "service")))
		delay.Rows = append(delay.Rows, times(p.phase, hs.together(p.phase, "delay")))
	}
	ts := []table{response}
	if notable(hs) {
		ts = append(ts, service, delay)
	} else {
		ts = append(ts, table{Title: "all requests of the run, ms", Head: timesHead, Rows: []tableRow{
			times("service time (sent → answered)", hs.together("all", "service")),
			times("send delay (scheduled → sent)", hs.together("all", "delay")),
		}})
	}
	each := table{Title: "response time by operation, ms", Head: tableHead}
	operations := map[string]bool{}
	for p := range counts {
		if p.operation != "" {
			operations[p.operation] = true
		}
	}
	for _, op := range slices.Sorted(maps.Keys(operations)) {
		for _, p := range places(op, counts) {
			each.Rows = append(each.Rows, counts[p].row(p, hs[latencyKey{op, p.phase, "response"}]))
		}
	}
	if len(operations) > 1 {
		ts = append(ts, each)
	}
	return ts
}

// places are the phases of an operation that have requests.
func places(operation string, counts map[place]Counts) (ps []place) {
	for _, phase := range phases {
		if p := (place{operation, phase}); counts[p].Planned > 0 {
			ps = append(ps, p)
		}
	}
	return ps
}

// count counts the requests of each place by fate.
func (r *Run) count() map[place]Counts {
	counts := map[place]Counts{}
	for i := range r.Requests {
		q := &r.Requests[i]
		phase := r.Phase(q.Intended)
		for _, p := range [...]place{{"", phase}, {q.Operation, phase}} {
			c := counts[p]
			c.add(q.Fate)
			counts[p] = c
		}
	}
	return counts
}

// notable reports whether response time and service time differ notably.
func notable(hs histograms) bool {
	for _, phase := range phases {
		response := hs.together(phase, "response").ValueAtQuantile(99)
		service := hs.together(phase, "service").ValueAtQuantile(99)
		if d := response - service; d > int64(notableTime) && float64(d) > notableShare*float64(response) {
			return true
		}
	}
	return false
}

// row is a place's row, with its errors; the histogram is nil if nothing was sent.
func (c Counts) row(p place, h *hdrhistogram.Histogram) tableRow {
	row := times(strings.TrimSpace(p.operation+" "+p.phase), h)
	row.Cells, row.Note = append(row.Cells, grouped(c.failed())), c.note()
	return row
}

// times is how many were sent and their percentiles.
func times(name string, h *hdrhistogram.Histogram) tableRow {
	if h == nil {
		h = newHistogram()
	}
	row := tableRow{Name: name, Cells: []string{grouped(h.TotalCount())}}
	for _, q := range []float64{50, 90, 99, 99.9, 100} {
		row.Cells = append(row.Cells, quantile(h, q))
	}
	return row
}

// quantile is the value at a percentile in ms, or a dash if there are too few
// requests for it.
func quantile(h *hdrhistogram.Histogram, q float64) string {
	switch n := h.TotalCount(); {
	case n == 0, q < 100 && !enoughFor(q, n):
		return "–"
	case q == 100:
		return ms(float64(h.Max()) / float64(time.Millisecond))
	}
	return ms(float64(h.ValueAtQuantile(q)) / float64(time.Millisecond))
}

// percent formats a share with one decimal; rounding never makes it 0 % or 100 %.
func percent(part, whole int64) string {
	text := fmt.Sprintf("%.1f", 100*float64(part)/float64(whole))
	switch {
	case part > 0 && text == "0.0":
		return "under 0.1 %"
	case part < whole && text == "100.0":
		return "over 99.9 %"
	}
	return text + " %"
}

// note describes failures as a share of sent requests, and requests never sent.
func (c Counts) note() string {
	var notes []string
	if c.failed() > 0 {
		notes = append(notes, percent(c.failed(), c.Sent)+" of sent")
	}
	if c.Unsent > 0 {
		notes = append(notes, grouped(c.Unsent)+" never sent")
	}
	return strings.Join(notes, ", ")
}
