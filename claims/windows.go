package claims

import (
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// group is what became of the requests of one window.
type group struct {
	from                    time.Duration
	planned, sent, answered int
	waits                   []time.Duration
}

// groups puts the requests of the phase into windows that begin with the first
// of them. The rest at the end joins the window before if it is short.
func (c Responds) groups(r *results.Run, from time.Duration) []group {
	in := func(q results.Request) bool {
		return of(c.Operation, q) && q.Intended >= from && (c.Phase == "" || c.Phase == "all" || r.Phase(q.Intended) == c.Phase)
	}
	first, last := never, time.Duration(0)
	for _, q := range r.Requests {
		if in(q) {
			first, last = min(first, q.Intended), max(last, q.Intended)
		}
	}
	count := 1
	if c.Window > 0 {
		count = max(1, int((last-first+c.Window/2)/c.Window))
	}
	groups := make([]group, count)
	for i := range groups {
		groups[i].from = first + time.Duration(i)*c.Window
		groups[i].waits = make([]time.Duration, 0, len(r.Requests)/count+1)
	}
	for _, q := range r.Requests {
		if !in(q) {
			continue
		}
		g := &groups[0]
		if count > 1 {
			g = &groups[min(int((q.Intended-first)/c.Window), count-1)]
		}
		g.add(q, c.Clock)
	}
	return groups
}

func (g *group) add(q results.Request, clock string) {
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
