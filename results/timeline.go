package results

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Line is an event as one line for people: the offset, what happened to whom,
// and what is known of it.
//
//	T+15.021  first failed write          http 503 from web-1
func Line(e Event) string {
	at, sign := e.At, "+"
	if at < 0 {
		at, sign = -at, "-"
	}
	what := strings.ReplaceAll(string(e.Kind), "-", " ")
	if e.Node != "" {
		what += " " + e.Node
	}
	stamp := fmt.Sprintf("T%s%06.3f", sign, at.Seconds())
	return strings.TrimRight(fmt.Sprintf("%-9s  %-26s  %s", stamp, printable(what), printable(e.Text)), " ")
}

// The rule of "back to normal": this many buckets in a row, each with at least
// this share answered and a p99 of at most this many times the baseline's.
// Source: the rule for the steady recovery time in the project's evidence notes.
const (
	normalBuckets = 5
	normalBucket  = time.Second
	normalGoodput = 0.95
	normalP99     = 2
)

// Moments derives from the history when things happened that no probe saw, per
// operation: the first failed request after the first fault, the end of the
// first answer after the longest silence, and when all was back to normal. A
// run without a fault in effect has none.
func (r *Run) Moments() []Event {
	i := slices.IndexFunc(r.Faults, Fault.InEffect)
	if i < 0 {
		return nil
	}
	f := r.Faults[i]
	by := map[string][]Request{}
	for _, q := range r.Requests {
		if q.Fate != Unsent {
			by[q.Operation] = append(by[q.Operation], q)
		}
	}
	var es []Event
	for op, qs := range by {
		failed, ok := firstFailed(op, qs, f.Asked)
		if !ok {
			continue // nothing was disturbed, so nothing came back
		}
		es = append(es, failed)
		if e, ok := firstAnswered(op, qs, f.Effect); ok {
			es = append(es, e)
		}
		if e, ok := backToNormal(op, qs, f); ok {
			es = append(es, e)
		}
	}
	slices.SortFunc(es, func(a, b Event) int { return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Kind, b.Kind)) })
	return es
}

// firstFailed is the first failure that was known after an instant.
func firstFailed(op string, qs []Request, after time.Duration) (Event, bool) {
	var first *Request
	for i, q := range qs {
		if q.Fate != Answered && q.Done >= after && (first == nil || q.Done < first.Done) {
			first = &qs[i]
		}
	}
	if first == nil {
		return Event{}, false
	}
	text := cmp.Or(first.Error, first.Fate.String())
	if first.Server != "" {
		text += " from " + first.Server
	}
	return Event{At: first.Done, Kind: Kind("first-failed-" + op), Text: text}, true
}

// firstAnswered is the end of the longest silence after the effect: the gap is
// taken between the sendings of requests that were answered, and the moment is
// the answer's, as the claim on recovery has it.
func firstAnswered(op string, qs []Request, effect time.Duration) (Event, bool) {
	last, longest := effect, time.Duration(0)
	var end time.Duration
	for _, q := range qs {
		if q.Fate != Answered || q.Sent <= effect {
			continue
		}
		if gap := q.Sent - last; gap > longest {
			longest, end = gap, q.Done
		}
		last = max(last, q.Sent)
	}
	if end == 0 {
		return Event{}, false
	}
	text := fmt.Sprintf("longest silence %.1f s", longest.Seconds())
	return Event{At: end, Kind: Kind("first-answered-" + op), Text: text}, true
}

// bucket is what was asked for in one stretch of time and what came of it.
type bucket struct {
	sent, answered int
	waits          []time.Duration
}

func (b bucket) normal(limit time.Duration) bool {
	return b.sent > 0 && float64(b.answered) >= normalGoodput*float64(b.sent) && p99(b.waits) <= limit
}

// backToNormal is the start of the first normal stretch after the effect. It
// is none where every bucket was normal, and none where there was no baseline.
func backToNormal(op string, qs []Request, f Fault) (Event, bool) {
	var baseline []time.Duration
	var buckets []bucket
	for _, q := range qs {
		if q.Intended < f.Asked {
			if q.Fate == Answered {
				baseline = append(baseline, q.Response())
			}
			continue
		}
		if q.Intended < f.Effect {
			continue
		}
		n := int((q.Intended - f.Effect) / normalBucket)
		for len(buckets) <= n {
			buckets = append(buckets, bucket{})
		}
		b := &buckets[n]
		b.sent++
		b.waits = append(b.waits, q.Response())
		if q.Fate == Answered {
			b.answered++
		}
	}
	if len(baseline) == 0 {
		return Event{}, false
	}
	limit := normalP99 * p99(baseline)
	inARow := 0
	for n, b := range buckets {
		if !b.normal(limit) {
			inARow = 0
			continue
		}
		if inARow++; inARow < normalBuckets {
			continue
		}
		start := n + 1 - normalBuckets
		text := fmt.Sprintf("p99 under %d x baseline, %.0f %% answered", normalP99, normalGoodput*100)
		return Event{At: f.Effect + time.Duration(start)*normalBucket, Kind: Kind(op + "-back-to-normal"), Text: text}, start > 0
	}
	return Event{}, false
}

// p99 is the exact 99th percentile, nearest rank. It sorts its argument.
func p99(ds []time.Duration) time.Duration {
	slices.Sort(ds)
	return ds[(len(ds)*99+99)/100-1]
}
