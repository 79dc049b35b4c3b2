package claims

import (
	"fmt"
	"slices"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// 60 answers by three servers in turn, and some unanswered requests.
var spreadPlants = func() []plant {
	start := on(func(g *gen) *results.Run {
		r := g.steady("read", 75, 10, 200, 400)
		turn := g.IntN(3)
		lost := g.Perm(75)[:15]
		for i := range r.Requests {
			q := &r.Requests[i]
			if q.Server = fmt.Sprint("web-", turn%3); slices.Contains(lost, i) {
				silence(q)
				continue
			}
			turn++
		}
		return r
	})
	c := &SpreadEvenly{Servers: 3}
	move := func(n int, to string) func(*gen, *results.Run) {
		return func(g *gen, r *results.Run) {
			for range n {
				if i, ok := g.one(len(r.Requests), func(i int) bool { return done(r.Requests[i]) && r.Requests[i].Server != to }); ok {
					r.Requests[i].Server = to
				}
			}
		}
	}
	return []plant{
		start("clean", holds, c, func(*gen, *results.Run) {}),
		start("clean, one more at one of them", holds, c, move(1, "web-2")),
		start("one gets all", breaks, c, move(40, "web-1")),
		start("one gets twice its share", breaks, c, move(20, "web-2")),
		start("one never answers", breaks, c, func(_ *gen, r *results.Run) {
			for i := range r.Requests {
				if q := &r.Requests[i]; q.Server == "web-0" {
					q.Server = fmt.Sprint("web-", 1+i%2)
				}
			}
		}),
		start("one that is not there", breaks, &SpreadEvenly{Servers: 4}, func(*gen, *results.Run) {}),
		start("too few answers", lacks, c, func(g *gen, r *results.Run) { *r = *cut(r, g.from(5, 14)) }),
		start("an answer without a name", lacks, c, move(1, "")),
		start("one more than there are", lacks, c, move(2, "web-3")),
	}
}()

// walled is attempts by a visitor to open ports of four nodes, and attempts by
// others.
func (g *gen) walled() *results.Run {
	r := g.steady("read", 10, 10, 30, 60)
	r.Nodes = nodes("visitor", "lb", "web-1", "web-2", "db-1", "db-2")
	for _, to := range []string{"web-1", "web-2", "db-1", "db-2"} {
		r.Reaches = append(r.Reaches, results.Reach{At: millis(g.from(0, 90)), From: "visitor", To: to, Tried: g.from(1000, 2000)})
	}
	r.Reaches = append(r.Reaches,
		results.Reach{At: millis(g.from(0, 90)), From: "visitor", To: "lb", Tried: 1, Open: []int{80}, Control: true},
		results.Reach{At: millis(g.from(0, 90)), From: "lb", To: "web-1", Tried: 1000, Open: []int{8080}})
	g.some(r, g.from(1, 5), 0, 90, silence)
	g.Shuffle(len(r.Reaches), func(i, j int) { r.Reaches[i], r.Reaches[j] = r.Reaches[j], r.Reaches[i] })
	return r
}

// reach changes one attempt at a node that should be unreachable.
func reach(which func(results.Reach) bool, to func(*gen, *results.Reach)) func(*gen, *results.Run) {
	return func(g *gen, r *results.Run) {
		if i, ok := g.one(len(r.Reaches), func(i int) bool { return r.Reaches[i].From == "visitor" && which(r.Reaches[i]) }); ok {
			to(g, &r.Reaches[i])
		}
	}
}

var unreachablePlants = func() []plant {
	start := on(func(g *gen) *results.Run { return g.walled() })
	c := &Unreachable{From: "visitor", To: []string{"web", "db"}}
	target := func(r results.Reach) bool { return !r.Control }
	control := func(r results.Reach) bool { return r.Control }
	return []plant{
		start("clean", holds, c, func(*gen, *results.Run) {}),
		start("one port is open", breaks, c, reach(target, func(g *gen, r *results.Reach) { r.Open = []int{g.from(1, 65535)} })),
		start("clean, ports of others are open", holds, c, func(g *gen, r *results.Run) {
			r.Reaches = append(r.Reaches, results.Reach{From: "visitor", To: "cdn-1", Tried: 1000, Open: []int{80, 443}})
		}),
		start("some ports are open", breaks, c, reach(target, func(g *gen, r *results.Reach) { r.Open = []int{22, g.from(1000, 65535)} })),
		start("the control was not reached", lacks, c, reach(control, func(_ *gen, r *results.Reach) { r.Open = nil })),
		start("a try failed", lacks, c, reach(target, func(_ *gen, r *results.Reach) { r.Err = "no such host" })),
		start("too few ports", lacks, c, reach(target, func(g *gen, r *results.Reach) { r.Tried = g.from(1, 999) })),
		start("a node that is not there", lacks, &Unreachable{From: "visitor", To: []string{"web", "cache"}}, func(*gen, *results.Run) {}),
		start("a node that was not tried", lacks, c, func(g *gen, r *results.Run) {
			r.Nodes = append(r.Nodes, nodes(fmt.Sprint([]string{"web-", "db-"}[g.IntN(2)], g.from(3, 9)))...)
		}),
	}
}()

// failover is three nodes whose role is sampled every 100 ms: pg-1 is primary
// until it is killed at 1 s, pg-2 from some time after.
func (g *gen) failover() *results.Run {
	r := g.steady("write", 100, 40, 1000, 3000)
	taken := g.from(1200, 2000)
	for i := range r.Requests {
		q := &r.Requests[i]
		switch at := int(q.Intended / time.Millisecond); {
		case at >= taken+30:
			q.Store = "pg-2"
		case at > 980:
			silence(q)
		}
	}
	for at := 0; at < 4000; at += 100 {
		for n := 1; n <= 3; n++ {
			s := results.RoleSample{At: millis(at + g.from(0, 40)), Node: fmt.Sprint("pg-", n), Role: "replica", Term: 1}
			now := int(s.At / time.Millisecond)
			switch {
			case n == 1 && now < 1000:
				s.Role = "primary"
			case n == 1 && now < 3100:
				s.Role, s.Term = "", 0
			case now > taken:
				if s.Term = 2; n == 2 {
					s.Role = "primary"
				}
			}
			r.Roles = append(r.Roles, s)
		}
	}
	return r
}

// resample changes the samples of a node in a span, in ms.
func resample(node string, from, to int, change func(*results.RoleSample)) func(*gen, *results.Run) {
	return func(_ *gen, r *results.Run) {
		for i := range r.Roles {
			if s := &r.Roles[i]; s.Node == node && s.At >= millis(from) && s.At < millis(to) {
				change(s)
			}
		}
	}
}

var primaryPlants = func() []plant {
	start := on(func(g *gen) *results.Run { return g.failover() })
	c := &OnePrimary{}
	primary := func(term uint64) func(*results.RoleSample) {
		return func(s *results.RoleSample) { s.Role, s.Term = "primary", term }
	}
	silent := func(s *results.RoleSample) { s.Role, s.Term = "", 0 }
	return []plant{
		start("clean", holds, c, func(*gen, *results.Run) {}),
		start("the old primary goes on", breaks, c, func(g *gen, r *results.Run) {
			from := g.from(2100, 3000)
			resample("pg-1", from, from+g.from(400, 900), primary(1))(g, r)
		}),
		start("clean, the old primary's last word comes late", holds, c, func(g *gen, r *results.Run) {
			from := 100 * g.from(21, 29)
			resample("pg-1", from, from+100, primary(1))(g, r)
		}),
		start("two primaries that know no terms", breaks, c, func(g *gen, r *results.Run) {
			resample("pg-3", 2100, 2100+g.from(500, 1500), primary(0))(g, r)
			for i := range r.Roles {
				r.Roles[i].Term = 0
			}
		}),
		start("the loser answers a write", breaks, c, func(g *gen, r *results.Run) {
			i, _ := g.one(len(r.Requests), func(i int) bool { return r.Requests[i].Intended > millis(2200) && done(r.Requests[i]) })
			r.Requests[i].Store = "pg-1"
		}),
		start("a node is never heard", lacks, c, resample("pg-3", 0, 4000, silent)),
		start("a fault nobody saw", lacks, c, func(_ *gen, r *results.Run) { r.Faults[0].Witness = "" }),
		start("nobody was asked for a while", lacks, c, func(g *gen, r *results.Run) {
			from := millis(g.from(1100, 2200))
			r.Roles = slices.DeleteFunc(r.Roles, func(s results.RoleSample) bool { return s.At >= from && s.At < from+millis(600) })
		}),
		start("no node was ever primary", lacks, c, func(_ *gen, r *results.Run) {
			for i := range r.Roles {
				r.Roles[i].Role = "replica"
			}
		}),
	}
}()
