package claims

import (
	"fmt"
	"slices"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// group summarizes the requests of one window.
type group struct {
	from                    time.Duration
	planned, sent, answered int
	waits                   []time.Duration
}

// spans returns the parts of the run that the claim observes, or why they
// cannot be observed as required.
func (c Responds) spans(r *results.Run) (all []results.Span, why string) {
	for _, s := range r.Spans(c.Phase) {
		from, seen := s.From, true
		if c.After > 0 {
			from, seen = c.effect(r, s)
			from += c.After
		}
		switch s.From = max(s.From, from); {
		case !seen:
			return nil, "no fault was seen in effect"
		case s.From < s.To:
			all = append(all, s)
		case c.Each != "":
			return nil, fmt.Sprintf("a fault ended at %v, before %v had passed", ms(s.To), c.After)
		}
	}
	for _, s := range all {
		if long := s.To - s.From; long < c.Window {
			return nil, fmt.Sprintf("a window of %v does not fit into the %v that are observed from %v", c.Window, ms(long), ms(s.From))
		}
	}
	return all, ""
}

// effect is when the fault took effect from which After is counted: the first
// fault of the run or, if each fault is judged separately, the first within the
// span.
func (c Responds) effect(r *results.Run, s results.Span) (time.Duration, bool) {
	if c.Each == "" {
		first, seen := r.FirstFault()
		return first.Effect, seen
	}
	first := never
	for _, f := range r.Faults {
		if f.InEffect() && f.Effect >= s.From && f.Effect < s.To {
			first = min(first, f.Effect)
		}
	}
	return first, first < never
}

// groups puts the observed requests into one group, or one per span, or one per
// window of a span.
func (c Responds) groups(r *results.Run, spans []results.Span) []group {
	var all []group
	for _, s := range spans {
		if next := c.windows(r, s); all == nil {
			all = next // usually the only one, and windows may be many
		} else {
			all = append(all, next...)
		}
	}
	if c.Window > 0 || c.Each != "" || len(all) < 2 {
		return all
	}
	whole := group{from: never}
	for _, g := range all {
		whole.from, whole.planned = min(whole.from, g.from), whole.planned+g.planned
		whole.sent, whole.answered = whole.sent+g.sent, whole.answered+g.answered
		whole.waits = append(whole.waits, g.waits...)
	}
	return []group{whole}
}

// windows divides the requests of a span into windows that start with its first
// request, or into one. A short rest at the end joins the previous window.
func (c Responds) windows(r *results.Run, s results.Span) []group {
	in := func(q *results.Request) bool {
		return of(c.Operation, *q) && q.Intended >= s.From && q.Intended < s.To
	}
	first, last, n := never, time.Duration(0), 0
	for i := range r.Requests {
		if q := &r.Requests[i]; in(q) {
			first, last, n = min(first, q.Intended), max(last, q.Intended), n+1
		}
	}
	count := 1
	if c.Window > 0 && n > 0 {
		count = max(1, int((last-first+c.Window/2)/c.Window))
	}
	groups := make([]group, count)
	for i := range groups {
		groups[i].from = min(first, s.To) + time.Duration(i)*c.Window
		if each := n / count; each > 0 {
			groups[i].waits = make([]time.Duration, 0, each+1)
		}
	}
	for i := range r.Requests {
		if q := &r.Requests[i]; in(q) {
			g := 0
			if count > 1 {
				g = min(int((q.Intended-first)/c.Window), count-1)
			}
			groups[g].add(q, c.Clock)
		}
	}
	return groups
}

func (g *group) add(q *results.Request, clock string) {
	g.planned++
	if q.Fate == results.Unsent {
		return
	}
	g.sent++
	wait := never
	if q.Fate == results.Answered {
		g.answered++
		wait = q.Response()
		if clock == "service" {
			wait = q.Service()
		}
	}
	g.waits = append(g.waits, wait)
}

// slower counts the waits, which are sorted, that are longer than a time.
func (g group) slower(than time.Duration) int {
	at, _ := slices.BinarySearchFunc(g.waits, than, func(w, t time.Duration) int {
		if w <= t {
			return -1
		}
		return 1
	})
	return len(g.waits) - at
}
