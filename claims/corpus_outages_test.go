package claims

import (
	"fmt"
	"slices"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// steady is a number of requests of an operation, at a fixed interval in ms,
// each answered within a few ms by three servers in turn, with a fault in a
// span, in ms.
func (g *gen) steady(op string, n, every, from, to int) *results.Run {
	h := make(results.History, n)
	for i := range h {
		q := session(op, i*every, i*every+g.from(1, 5), fmt.Sprint(g.IntN(3)), "", i%4)
		q.Intended, q.Sent, q.Done = q.Sent, q.Sent+millis(g.IntN(2)), q.Done+millis(1)
		q.Status, q.Server, q.Store = 200, fmt.Sprint("web-", i%3), "pg-1"
		h[i] = q
	}
	r := sealed(h)
	r.Load.For = millis(n * every)
	r.Faults = []results.Fault{{
		Name: "kill", Targets: []string{"pg-1"}, Asked: millis(from - 5), Effect: millis(from), Witness: "exited 137",
		Healing: millis(to), Ended: millis(to + 5), EndWitness: "started", InFlight: 1,
	}}
	return r
}

// silence makes a request sent and not answered.
func silence(q *results.Request) {
	q.Fate, q.Status, q.Done, q.Server, q.Store = results.Unanswered, 0, q.Sent+millis(400), "", ""
}

// refuse makes a request refused immediately.
func refuse(q *results.Request) {
	q.Fate, q.Status, q.Done, q.Server, q.Store = results.Refused, 0, q.Sent+millis(1), "", ""
}

// neverLeft makes a request planned and not sent.
func neverLeft(q *results.Request) {
	q.Fate, q.Status, q.Sent, q.Done, q.Server, q.Store = results.Unsent, 0, 0, 0, "", ""
}

func longer(ms int) func(*results.Request) {
	return func(q *results.Request) { q.Done = q.Intended + millis(ms) }
}

// some applies a change to a number of random answered requests that are
// scheduled in a span, in ms.
func (g *gen) some(r *results.Run, n, from, to int, do func(*results.Request)) {
	for range n {
		i, ok := g.one(len(r.Requests), func(i int) bool {
			q := r.Requests[i]
			return done(q) && q.Response() < millis(10) && q.Intended >= millis(from) && q.Intended < millis(to)
		})
		if ok {
			do(&r.Requests[i])
		}
	}
}

// outage fails the requests that are scheduled in a span, in ms, in a random
// way.
func (g *gen) outage(r *results.Run, from, to int) {
	for i := range r.Requests {
		if q := &r.Requests[i]; q.Intended > millis(from) && q.Intended < millis(to) {
			if g.IntN(3) > 0 {
				silence(q)
			} else {
				refuse(q)
			}
		}
	}
}

// on is a plant that changes a run as start creates it.
func on(start func(*gen) *results.Run) func(string, results.Outcome, Claim, func(*gen, *results.Run)) plant {
	return func(name string, want results.Outcome, c Claim, change func(*gen, *results.Run)) plant {
		return plant{name, want, func(g *gen) (Claim, *results.Run, bool) {
			r := start(g)
			change(g, r)
			return c, r, true
		}}
	}
}

func unseenFault(_ *gen, r *results.Run) {
	if r.Faults[0].Witness = ""; len(r.Requests)%2 == 0 {
		r.Faults[0].Effect = 0
	}
}

// 20 requests a second for 9 s; the fault takes effect at 3 s; the limit is 3
// s.
var recoversPlants = func() []plant {
	c := &Recovers{Operation: "write", Within: 3 * time.Second}
	on := on(func(g *gen) *results.Run { return g.steady("write", 180, 50, 3000, 8500) })
	out := func(least, most int) func(*gen, *results.Run) {
		return func(g *gen, r *results.Run) { g.outage(r, 3000, 3000+g.from(least, most)) }
	}
	return []plant{
		on("clean", holds, c, out(300, 2800)),
		on("too late", breaks, c, out(3200, 4500)),
		on("clean, a lucky answer on the way", holds, c, func(g *gen, r *results.Run) {
			out(2000, 2800)(g, r)
			r.Requests[61+g.IntN(30)] = g.steady("write", 180, 50, 3000, 8500).Requests[62]
			*r = *resealed(r)
		}),
		on("never", breaks, c, out(9000, 9000)),
		on("never, but for one lucky answer", breaks, c, func(g *gen, r *results.Run) {
			lucky := r.Requests[62+g.IntN(40)]
			out(9000, 9000)(g, r)
			r.Requests[slices.IndexFunc(r.Requests, func(q results.Request) bool { return q.Seq == lucky.Seq })] = lucky
		}),
		on("only one answer in four", breaks, c, func(g *gen, r *results.Run) {
			for i := range r.Requests {
				if q := &r.Requests[i]; q.Intended > 3*time.Second && i%4 > 0 {
					silence(q)
				}
			}
		}),
		on("a fault nobody saw", lacks, c, func(g *gen, r *results.Run) { out(300, 2800)(g, r); unseenFault(g, r) }),
		on("nobody met the fault", lacks, c, func(*gen, *results.Run) {}),
		on("nothing was answered before", lacks, c, func(g *gen, r *results.Run) { g.outage(r, -1, 3000+g.from(300, 2800)) }),
		on("watched for too short a time", lacks, c, func(g *gen, r *results.Run) {
			out(9000, 9000)(g, r)
			*r = *cut(r, 60+g.from(21, 50))
		}),
	}
}()

// resealed sorts the requests of a run again.
func resealed(r *results.Run) *results.Run {
	s := sealed(r.Requests)
	s.Faults, s.Load.For = r.Faults, r.Load.For
	return s
}

// cut is a run of the first n requests.
func cut(r *results.Run, n int) *results.Run {
	r.Requests = r.Requests[:n]
	return resealed(r)
}

// 60 requests, 100 a second.
var respondsPlants = func() []plant {
	on := on(func(g *gen) *results.Run { return g.steady("read", 60, 10, 200, 400) })
	share, longest, half := &Responds{Share: 0.9, Least: 30}, &Responds{Max: Within(100 * time.Millisecond), Least: 60}, &Responds{P50: Within(50 * time.Millisecond), Least: 60}
	window := &Responds{Share: 0.7, Window: 100 * time.Millisecond, Least: 10}
	fail := func(least, most int) func(*gen, *results.Run) {
		return func(g *gen, r *results.Run) { g.some(r, g.from(least, most), 0, 600, silence) }
	}
	slow := func(least, most, ms int) func(*gen, *results.Run) {
		return func(g *gen, r *results.Run) { g.some(r, g.from(least, most), 0, 600, longer(ms)) }
	}
	return []plant{
		on("clean, a few fail", holds, share, fail(1, 6)),
		on("too many fail", breaks, share, fail(7, 40)),
		on("clean, all soon", holds, longest, slow(0, 20, 95)),
		on("one comes late", breaks, longest, slow(1, 1, 120)),
		on("one fails where all are wanted soon", breaks, longest, fail(1, 1)),
		on("clean, less than half are late", holds, half, slow(1, 29, 80)),
		on("more than half are late", breaks, half, slow(31, 50, 80)),
		on("clean, spread over the windows", holds, window, func(g *gen, r *results.Run) {
			for from := 0; from < 600; from += 100 {
				g.some(r, g.from(0, 3), from, from+100, silence)
			}
		}),
		on("one window fails", breaks, window, func(g *gen, r *results.Run) {
			from := 100 * g.IntN(6)
			g.some(r, g.from(4, 10), from, from+100, silence)
		}),
		on("clean, another operation fails", holds, &Responds{Operation: "read", Share: 1, Least: 30}, func(g *gen, r *results.Run) {
			g.some(r, g.from(5, 30), 0, 600, func(q *results.Request) { silence(q); q.Operation = "write" })
		}),
		on("no such request", lacks, &Responds{Operation: "post", Share: 0.9}, fail(1, 6)),
		on("too few requests", lacks, &Responds{Share: 0.9, Least: 100}, fail(1, 6)),
		on("too few to be sure", lacks, &Responds{Share: 0.9}, fail(2, 6)),
		on("too few to be sure of all", lacks, &Responds{Share: 1}, fail(0, 0)),
		on("many never left", lacks, share, func(g *gen, r *results.Run) { g.some(r, g.from(7, 30), 0, 600, neverLeft) }),
	}
}()

// 100 requests, 100 a second; the fault takes effect at 300 ms.
var slowPlants = func() []plant {
	on := on(func(g *gen) *results.Run { return g.steady("read", 100, 10, 300, 700) })
	c := &SlowBounded{SlowerThan: 50 * time.Millisecond, AtMost: 5, EachWithin: 200 * time.Millisecond}
	slow := func(least, most, from, to, ms int) func(*gen, *results.Run) {
		return func(g *gen, r *results.Run) { g.some(r, g.from(least, most), from, to, longer(ms)) }
	}
	both := func(a, b func(*gen, *results.Run)) func(*gen, *results.Run) {
		return func(g *gen, r *results.Run) { a(g, r); b(g, r) }
	}
	few := slow(1, 4, 310, 900, 150)
	return []plant{
		on("clean", holds, c, slow(1, 5, 310, 900, 190)),
		on("too many slow", breaks, c, slow(6, 20, 310, 900, 150)),
		on("clean, others were slow before", holds, c, both(few, slow(6, 10, 0, 100, 150))),
		on("one too slow", breaks, c, slow(1, 1, 310, 900, 230)),
		on("one fails", breaks, c, both(few, func(g *gen, r *results.Run) { g.some(r, 1, 310, 900, silence) })),
		on("one is turned away at once", breaks, c, both(few, func(g *gen, r *results.Run) { g.some(r, 1, 310, 900, refuse) })),
		on("a fault nobody saw", lacks, c, both(few, unseenFault)),
		on("nobody met the fault", lacks, c, func(*gen, *results.Run) {}),
		on("some never left", lacks, c, both(few, func(g *gen, r *results.Run) { g.some(r, g.from(1, 9), 310, 900, neverLeft) })),
		on("clean, others were unanswered before", holds, c, both(few, func(g *gen, r *results.Run) {
			g.some(r, 3, 0, 200, func(q *results.Request) { silence(q); q.Done = q.Sent + millis(50) })
		})),
	}
}()

// 300 requests, 100 a second; nothing is answered from 500 ms to 2.5 s, except
// possibly in the first 200 ms of that.
var failsPlants = func() []plant {
	on := on(func(g *gen) *results.Run {
		r := g.steady("read", 300, 10, 500, 2500)
		g.outage(r, 500+10*g.from(1, 19), 2501)
		return r
	})
	c := &FailsEntirely{Within: 200 * time.Millisecond}
	same := func(*gen, *results.Run) {}
	speak := func(q *results.Request) {
		q.Fate, q.Status, q.Server, q.Done = results.Answered, 200, "web-1", q.Sent+millis(5)
	}
	silent := func(g *gen, r *results.Run, n int, do func(*results.Request)) {
		for range n {
			if i, ok := g.one(len(r.Requests), func(i int) bool {
				q := r.Requests[i]
				return !done(q) && q.Intended >= millis(750) && q.Intended < millis(2400)
			}); ok {
				do(&r.Requests[i])
			}
		}
	}
	return []plant{
		on("clean", holds, c, same),
		on("one is answered in the silence", breaks, c, func(g *gen, r *results.Run) { silent(g, r, 1, speak) }),
		on("clean, some answers come when all is healed", holds, c, func(g *gen, r *results.Run) {
			silent(g, r, 20, func(q *results.Request) { speak(q); q.Done = millis(2500 + g.from(1, 99)) })
		}),
		on("some are answered in the silence", breaks, c, func(g *gen, r *results.Run) { silent(g, r, g.from(2, 30), speak) }),
		on("a fault nobody saw", lacks, c, unseenFault),
		on("nothing was answered before", lacks, c, func(g *gen, r *results.Run) { g.outage(r, -1, 2501) }),
		on("too short a silence", lacks, c, func(_ *gen, r *results.Run) { r.Faults[0].Healing = millis(1500) }),
	}
}()

// A freeze within 10 s of ten requests a second: p80 shows a freeze longer than
// 2 s.
func (g *gen) frozen(lasts int) *results.Run {
	r := g.steady("read", 100, 100, 3000, 3000+lasts)
	r.Faults[0].Name, r.Faults[0].Ended = "pause", r.Faults[0].Healing
	for i := range r.Requests {
		q := &r.Requests[i]
		if q.Intended > millis(3000) && q.Intended < millis(3000+lasts) {
			q.Sent = q.Intended + q.Delay()
			q.Done = millis(3000 + lasts + g.from(1, 5))
			if g.IntN(10) == 0 {
				q.Fate, q.Status = results.Unanswered, 0
			}
		}
	}
	return r
}

var clockPlants = func() []plant {
	start := on(func(g *gen) *results.Run { return g.frozen(g.from(2800, 5000)) })
	c := &HonestClock{Quantiles: []float64{80}}
	same := func(*gen, *results.Run) {}
	late := func(_ *gen, r *results.Run) { // one connection: the other requests wait to be sent
		for i := range r.Requests {
			if q := &r.Requests[i]; q.Response() > millis(50) {
				q.Sent = q.Done - millis(1)
			}
		}
	}
	return []plant{
		start("clean", holds, c, same),
		start("clean, the service clock of a driver that sends in time", holds, &HonestClock{Clock: "service", Quantiles: []float64{80}}, same),
		start("clean, the response clock of a driver that sends late", holds, c, late),
		start("the clock begins at the sending", breaks, &HonestClock{Clock: "service", Quantiles: []float64{80}}, late),
		start("waits are cut off", breaks, c, func(_ *gen, r *results.Run) {
			for i := range r.Requests {
				q := &r.Requests[i]
				q.Done = min(q.Done, q.Intended+millis(300))
			}
		}),
		start("the freeze was longer than the waits", breaks, c, func(_ *gen, r *results.Run) {
			r.Faults[0].Ended += millis(600)
		}),
		start("an end nobody saw", lacks, c, func(_ *gen, r *results.Run) { r.Faults[0].Ended = 0 }),
		start("a fault nobody saw", lacks, c, func(_ *gen, r *results.Run) { r.Faults[0].Witness = "" }),
		start("too few requests", lacks, &HonestClock{Quantiles: []float64{95}}, same),
		start("some never left", lacks, c, func(g *gen, r *results.Run) { g.some(r, g.from(1, 9), 0, 3000, neverLeft) }),
	}
}()
