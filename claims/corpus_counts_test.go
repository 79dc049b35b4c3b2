package claims

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/holdfast-lab/holdfast/results"
)

// inTurn calls each with the requests in the order in which they take effect.
func inTurn(h results.History, effect []int, each func(*results.Request)) {
	order := make([]int, len(h))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return effect[a] - effect[b] })
	for _, i := range order {
		if effect[i] >= 0 {
			each(&h[i])
		}
	}
}

// bank is a bank of three accounts, 100 in total, between which money moves.
func (g *gen) bank() *results.Run {
	h, effect := g.traffic("balance", "transfer", 1)
	accounts := [3]int{50, 30, 20}
	inTurn(h, effect, func(q *results.Request) {
		if q.Operation == "transfer" {
			from, amount := g.IntN(3), g.from(1, 20)
			accounts[from] -= amount
			accounts[(from+g.from(1, 2))%3] += amount
		} else if done(*q) {
			q.Value = fmt.Sprintf("a=%d,b=%d,c=%d", accounts[0], accounts[1], accounts[2])
		}
	})
	return sealed(h)
}

func onBank(name string, want results.Outcome, c Claim, change func(*gen, *results.Run) bool) plant {
	return plant{name, want, func(g *gen) (Claim, *results.Run, bool) {
		r := g.bank()
		values := map[string]bool{}
		for _, q := range r.Requests {
			if q.Operation == "balance" && done(q) {
				values[q.Value] = true
			}
		}
		return c, r, len(values) > 2 && change(g, r)
	}}
}

// balance changes a random read of all balances.
func balance(to func(g *gen, a, b, c int) string) func(*gen, *results.Run) bool {
	return func(g *gen, r *results.Run) bool {
		i, ok := g.one(len(r.Requests), func(i int) bool { return r.Requests[i].Operation == "balance" && done(r.Requests[i]) })
		if ok {
			var a, b, c int
			_, err := fmt.Sscanf(r.Requests[i].Value, "a=%d,b=%d,c=%d", &a, &b, &c)
			r.Requests[i].Value, ok = to(g, a, b, c), err == nil
		}
		return ok
	}
}

var bankPlants = func() []plant {
	c, total := &Bank{LeastSamples: 1}, &Bank{LeastSamples: 1, Total: 100}
	gone := balance(func(g *gen, a, b, c int) string { return fmt.Sprintf("a=%d,b=%d,c=%d", a, b-g.from(1, 9), c) })
	return []plant{
		onBank("clean", holds, c, asItWas),
		onBank("clean, the total given", holds, total, asItWas),
		onBank("money is gone", breaks, c, gone),
		onBank("money is made", breaks, total, balance(func(g *gen, a, b, c int) string {
			return fmt.Sprintf("a=%d,b=%d,c=%d", a+g.from(1, 9), b, c)
		})),
		onBank("a read misses an account", breaks, total, func(g *gen, r *results.Run) bool {
			found := false
			return balance(func(_ *gen, a, b, c int) string { found = c != 0; return fmt.Sprintf("a=%d,b=%d", a, b) })(g, r) && found
		}),
		onBank("a read that is no balance", lacks, c, balance(func(*gen, int, int, int) string { return "<html>" })),
		onBank("no money moved", lacks, c, change(func(r *results.Run) {
			for i := range r.Requests {
				if r.Requests[i].Value != "" {
					r.Requests[i].Value = "a=50,b=50"
				}
			}
		})),
		onBank("too few reads", lacks, &Bank{LeastSamples: many}, asItWas),
	}
}()

// counters is counters that are read; in half of the cases with a final audit.
func (g *gen) counters() *results.Run {
	h, effect := g.traffic("count", "increment", 2)
	value := map[string]int{}
	inTurn(h, effect, func(q *results.Request) {
		if q.Operation == "increment" {
			value[q.Key]++
		} else if done(*q) {
			q.Value = strconv.Itoa(value[q.Key])
		}
	})
	for i := range h {
		if h[i].Operation == "increment" {
			h[i].Value = ""
		}
	}
	r := sealed(h)
	if g.IntN(2) == 0 {
		r.Final = audit("count", []string{strconv.Itoa(value["0"]), strconv.Itoa(value["1"])})
	}
	return r
}

// bounds is how many increments of the key were acknowledged before the read
// was sent, and how many may have been done by its end.
func bounds(h results.History, q results.Request) (least, most int) {
	for _, p := range h {
		if p.Operation != "increment" || p.Key != q.Key || p.Fate != results.Answered && p.Fate != results.Unanswered {
			continue
		}
		if p.Fate == results.Answered && p.Done < q.Sent {
			least++
		}
		if p.Sent <= q.Done {
			most++
		}
	}
	return least, most
}

// miscount changes a random read to a number derived from its bounds.
func miscount(to func(least, most int) int) func(*gen, *results.Run) bool {
	return func(g *gen, r *results.Run) bool {
		h := r.Requests
		i, ok := g.one(len(h), func(i int) bool {
			least, _ := bounds(h, h[i])
			return h[i].Operation == "count" && done(h[i]) && least > 0
		})
		if ok {
			h[i].Value = strconv.Itoa(to(bounds(h, h[i])))
		}
		return ok
	}
}

// miskeep stores a number of increments derived from the number sent.
func miskeep(to func(least, most int) int) func(*gen, *results.Run) bool {
	return change(func(r *results.Run) {
		least, most := 0, 0
		for _, q := range r.Requests {
			if q.Operation == "increment" && done(q) {
				least++
			}
			if q.Operation == "increment" && (done(q) || open(q)) {
				most++
			}
		}
		r.Final = audit("count", []string{strconv.Itoa(to(least, most))})
	})
}

var counterPlants = func() []plant {
	c := &Counter{LeastSamples: 1}
	on := func(name string, want results.Outcome, c Claim, change func(*gen, *results.Run) bool) plant {
		return plant{name, want, func(g *gen) (Claim, *results.Run, bool) {
			r := g.counters()
			_, seen := g.one(len(r.Requests), func(i int) bool {
				least, _ := bounds(r.Requests, r.Requests[i])
				return r.Requests[i].Operation == "count" && done(r.Requests[i]) && least > 0
			})
			return c, r, seen && slices.ContainsFunc(r.Requests, open) && change(g, r)
		}}
	}
	return []plant{
		on("clean", holds, c, asItWas),
		on("an acknowledged increment is not counted", breaks, c, miscount(func(least, _ int) int { return least - 1 })),
		on("more is counted than was sent", breaks, c, miscount(func(_, most int) int { return most + 1 })),
		on("clean, a read at its lowest", holds, c, miscount(func(least, _ int) int { return least })),
		on("clean, a read at its highest", holds, c, miscount(func(_, most int) int { return most })),
		on("an acknowledged increment is not kept", breaks, c, miskeep(func(least, _ int) int { return least - 1 })),
		on("more is kept than was sent", breaks, c, miskeep(func(_, most int) int { return most + 1 })),
		on("more is counted than was sent, in part of a record", lacks, c, func(g *gen, r *results.Run) bool {
			r.Finished, r.Final = false, nil
			return miscount(func(_, most int) int { return most + 1 })(g, r)
		}),
		on("too few reads", lacks, &Counter{LeastSamples: many}, asItWas),
	}
}()

func onIDs(name string, want results.Outcome, c Claim, change func(*gen, results.History) bool) plant {
	return plant{name, want, func(g *gen) (Claim, *results.Run, bool) {
		h, _ := g.traffic("id", "other", 2)
		for n, i := range g.Perm(len(h)) {
			if h[i].Operation == "id" && done(h[i]) {
				h[i].Value = fmt.Sprintf("id-%d", n)
			}
		}
		return c, sealed(h), change(g, h) && slices.ContainsFunc(h, open)
	}}
}

// twoIDs is two answers that have an id.
func (g *gen) twoIDs(h results.History) (a, b int, ok bool) {
	id := func(i int) bool { return h[i].Operation == "id" && done(h[i]) }
	a, _ = g.one(len(h), id)
	b, ok = g.one(len(h), func(i int) bool { return id(i) && i != a })
	return a, b, ok
}

var idPlants = func() []plant {
	c := &UniqueIDs{LeastSamples: 1}
	return []plant{
		onIDs("clean", holds, c, func(*gen, results.History) bool { return true }),
		onIDs("an id is given twice", breaks, c, func(g *gen, h results.History) bool {
			a, b, ok := g.twoIDs(h)
			h[a].Value = h[b].Value
			return ok
		}),
		onIDs("clean, another operation gives the same", holds, c, func(g *gen, h results.History) bool {
			a, b, ok := g.twoIDs(h)
			h[a].Value, h[a].Operation = h[b].Value, "other"
			return ok
		}),
		onIDs("an answer without an id", lacks, c, func(g *gen, h results.History) bool {
			a, _, ok := g.twoIDs(h)
			h[a].Value = ""
			return ok
		}),
		onIDs("too few", lacks, &UniqueIDs{LeastSamples: many}, func(*gen, results.History) bool { return true }),
	}
}()
