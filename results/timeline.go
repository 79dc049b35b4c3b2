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
	return strings.TrimRight(fmt.Sprintf("%-9s  %-26s  %s", stamp, Printable(what), Printable(e.Text)), " ")
}

// Moments derives from the history when things happened that no probe saw, per
// operation: the first failed request after the first fault, the end of the
// longest silence, and when all was back to normal. A
// run without a fault in effect has none.
func (r *Run) Moments() []Event {
	f, seen := r.FirstFault()
	if !seen {
		return nil
	}
	by := map[string]History{}
	for _, q := range r.Requests {
		by[q.Operation] = append(by[q.Operation], q)
	}
	var es []Event
	for op, qs := range by {
		failed, ok := firstFailed(op, qs, f.Asked)
		if !ok {
			continue // nothing was disturbed, so nothing came back
		}
		es = append(es, failed)
		if e, ok := silenceEnded(op, qs, f.Effect); ok {
			es = append(es, e)
		}
		if e, ok := backToNormal(r, op, qs, f.Effect); ok {
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
		if (q.Fate == Refused || q.Fate == Unanswered) && q.Done >= after && (first == nil || q.Done < first.Done) {
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

// silenceEnded is the end of the longest silence after the effect: the gap is
// taken between the sendings of requests that were answered, and the moment is
// the answer's. It is not the recovery: short answers may have come before it,
// and failures after.
func silenceEnded(op string, qs []Request, effect time.Duration) (Event, bool) {
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
	text := fmt.Sprintf("for %.1f s none that was sent was answered", longest.Seconds())
	return Event{At: end, Kind: Kind("longest-" + op + "-silence-over"), Text: text}, true
}

// backToNormal is when an operation was first as usual again, as the claim on
// recovery has it, where it ever was not.
func backToNormal(r *Run, op string, qs History, effect time.Duration) (Event, bool) {
	usual := r.Usual(op)
	again := usual.Again(Buckets(qs.Each(), effect))
	if usual.Answered == 0 || again <= 0 {
		return Event{}, false
	}
	text := fmt.Sprintf("%d %% of the usual goodput, p99 at most %d x the usual, for %d s", steadyGoodput, steadyP99, SteadyFor)
	return Event{At: effect + again, Kind: Kind(op + "-back-to-normal"), Text: text}, true
}

// p99 is the exact 99th percentile, nearest rank. It sorts its argument.
func p99(ds []time.Duration) time.Duration {
	slices.Sort(ds)
	return ds[(len(ds)*99+99)/100-1]
}
