package claims

import (
	"slices"

	"github.com/holdfast-lab/holdfast/results"
)

// stored adds a final audit: the writes in the order in which they took effect.
func (g *gen) stored() *results.Run {
	h, effect := g.traffic("read", "write", g.from(1, 2))
	apply(h, effect)
	r := sealed(h)
	r.Final = audit("write", inEffect(h, effect, "write"))
	return r
}

// inEffect is the values of an operation in the order in which they took effect.
func inEffect(h results.History, effect []int, op string) []string {
	var order []int
	for i := range h {
		if h[i].Operation == op && effect[i] >= 0 {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return effect[a] - effect[b] })
	var values []string
	for _, i := range order {
		values = append(values, h[i].Value)
	}
	return values
}

func audit(op string, values []string) *results.Audit {
	return &results.Audit{Stable: true, Stores: []results.Store{{Node: "pg", Role: "primary", Values: map[string][]string{op: values}}}}
}

// reorder moves one of two acknowledged values before another that was
// acknowledged before it was sent, if alike accepts the two.
func (g *gen) reorder(h results.History, values []string, alike func(a, b results.Request) bool) bool {
	wrote := map[string]results.Request{}
	for _, q := range h {
		if q.Value != "" && q.Operation != "read" {
			wrote[q.Value] = q
		}
	}
	type pair struct{ i, j int }
	var all []pair
	for i := range values {
		for j := i + 1; j < len(values); j++ {
			a, b := wrote[values[i]], wrote[values[j]]
			if a.Fate == results.Answered && b.Fate == results.Answered && a.Done < b.Sent && alike(a, b) {
				all = append(all, pair{i, j})
			}
		}
	}
	if len(all) == 0 {
		return false
	}
	p := all[g.IntN(len(all))]
	late := values[p.j]
	copy(values[p.i+1:p.j+1], slices.Clone(values[p.i:p.j]))
	values[p.i] = late
	return true
}

func onStore(name string, want results.Outcome, c Claim, change func(*gen, *results.Run) bool) plant {
	return plant{name, want, func(g *gen) (Claim, *results.Run, bool) {
		r := g.stored()
		return c, r, change(g, r)
	}}
}

var monotonicWritesPlants = func() []plant {
	c, few := &MonotonicWrites{LeastSamples: 1}, &MonotonicWrites{LeastSamples: many}
	return []plant{
		onStore("clean", holds, c, asItWas),
		onStore("clean, two sessions' writes swapped in the store", holds, c, func(g *gen, r *results.Run) bool {
			v := r.Final.Stores[0].Values["write"]
			i, ok := g.one(max(len(v)-1, 0), func(i int) bool {
				return clientOf(r.Requests, v[i]) != clientOf(r.Requests, v[i+1])
			})
			if ok {
				v[i], v[i+1] = v[i+1], v[i]
			}
			return ok
		}),
		onStore("a session reads a later write, then an earlier one", breaks, c, back(samePair, oneWriter)),
		onStore("a store shows a later write, then an earlier one", breaks, c, back(otherPair, oneWriter)),
		onStore("a store keeps a session's writes out of order", breaks, c, func(g *gen, r *results.Run) bool {
			return g.reorder(r.Requests, r.Final.Stores[0].Values["write"], func(a, b results.Request) bool { return a.Client == b.Client })
		}),
		onRegister("nothing written", lacks, c, 0, noWrites),
		onStore("too few", lacks, few, asItWas),
	}
}()

func clientOf(h results.History, value string) int {
	return h[slices.IndexFunc(h, func(q results.Request) bool { return q.Value == value && q.Operation == "write" })].Client
}

// afterLogin reports whether a session had written to the key of the read
// before.
func afterLogin(h results.History, q results.Request) bool {
	return slices.ContainsFunc(h, func(w results.Request) bool {
		return isWrite(w) && w.Key == q.Key && w.Client == q.Client && w.Done < q.Sent
	})
}

// known changes the value or the outcome of a read after a login.
func known(change func(*results.Request, results.History) bool) func(*gen, *results.Run) bool {
	return func(g *gen, r *results.Run) bool {
		h := r.Requests
		i, ok := g.one(len(h), func(i int) bool { return isRead(h[i]) && afterLogin(h, h[i]) })
		return ok && change(&h[i], h)
	}
}

var sessionPlants = func() []plant {
	c, few := &SessionKept{LeastSamples: 1}, &SessionKept{LeastSamples: many}
	value := func(v string) func(*results.Request, results.History) bool {
		return func(q *results.Request, _ results.History) bool { q.Value = v; return true }
	}
	refused := func(status int) func(*results.Request, results.History) bool {
		return func(q *results.Request, _ results.History) bool {
			q.Fate, q.Status, q.Value = results.Refused, status, ""
			return true
		}
	}
	stranger := func(q *results.Request, h results.History) bool {
		i := slices.IndexFunc(h, func(w results.Request) bool { return isWrite(w) && w.Key != q.Key && w.Done < q.Sent })
		if i >= 0 {
			q.Value = h[i].Value
		}
		return i >= 0
	}
	some := func(_ *gen, r *results.Run) bool {
		return slices.ContainsFunc(r.Requests, func(q results.Request) bool { return isRead(q) && afterLogin(r.Requests, q) })
	}
	return []plant{
		onRegister("clean", holds, c, 0, some),
		onRegister("a session comes back empty", breaks, c, 0, known(value(""))),
		onRegister("a session is begun no more", breaks, c, 0, known(value(seed))),
		onRegister("clean", holds, c, 0, some),
		onRegister("a session is unknown", breaks, c, 0, known(refused(401))),
		onRegister("a session is not found", breaks, c, 0, known(refused(404))),
		onRegister("a session is somebody else's", breaks, c, 0, known(stranger)),
		onRegister("a session is nobody's", breaks, c, 0, known(value("other-run-7"))),
		onRegister("nobody logs in", lacks, c, 0, noWrites),
		onRegister("too few reads", lacks, few, 0, asItWas),
	}
}()
