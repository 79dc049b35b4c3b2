package results

import (
	"cmp"
	"errors"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// interval is the length of one line of the histogram log.
const interval = time.Second

// writeLog writes the response times as an HdrHistogram log in format V2: one
// line per second and tag, in nanoseconds, stamped with absolute time. A tag
// is an operation and a phase, "write-faulted"; if the phase changes within
// a second, the second has a line for each. Seconds without requests have none.
func writeLog(w io.Writer, r *Run) error {
	l := hdrhistogram.NewHistogramLogWriter(w)
	if err := errors.Join(
		l.OutputComment("[response time in ns from the scheduled send time; a tag is operation-phase]"),
		l.OutputLogFormatVersion(), l.OutputStartTime(r.Began.UnixMilli()), l.OutputLegend(),
	); err != nil {
		return err
	}
	tags := map[string]*hdrhistogram.Histogram{} // reused, since one takes 250 KiB
	second := time.Duration(-1)
	flush := func() error {
		for _, tag := range slices.Sorted(maps.Keys(tags)) {
			h := tags[tag]
			if h.TotalCount() == 0 {
				continue
			}
			h.SetTag(tag)
			h.SetStartTimeMs(r.Began.Add(second * interval).UnixMilli())
			h.SetEndTimeMs(r.Began.Add((second + 1) * interval).UnixMilli())
			if err := l.OutputIntervalHistogram(h); err != nil {
				return err
			}
			h.Reset()
		}
		return nil
	}
	for _, q := range intended(r.Requests) {
		if q.Fate == Unsent {
			continue
		}
		if s := q.Intended / interval; s != second {
			if err := flush(); err != nil {
				return err
			}
			second = s
		}
		tag := fileWord(q.Operation) + "-" + r.Phase(q.Intended)
		if tags[tag] == nil {
			tags[tag] = newHistogram()
		}
		record(tags[tag], q.Response())
	}
	return flush()
}

// intended returns the history in the order of the scheduled send times. It is
// nearly always in that order already, and then it is not copied.
func intended(h History) History {
	order := func(a, b Request) int { return cmp.Compare(a.Intended, b.Intended) }
	if slices.IsSortedFunc(h, order) {
		return h
	}
	h = slices.Clone(h)
	slices.SortStableFunc(h, order)
	return h
}
