package claims

import (
	"fmt"
	"slices"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// posts is writes to a store, with a fault in the middle and the final content
// of the store: acknowledged writes, and unacknowledged ones that were applied,
// in the order in which they took effect.
func (g *gen) posts(op string) *results.Run {
	h, effect := g.traffic("other", op, 2)
	r := sealed(h)
	at := h[len(h)*3/4].Sent
	r.Faults = []results.Fault{{
		Name: "kill", Targets: []string{"pg"}, Asked: at - millis(5), Effect: at, Witness: "exited 137",
		Healing: at + millis(5), Ended: at + millis(6), EndWitness: "started", InFlight: 1,
	}}
	r.Final = audit(op, inEffect(h, effect, op))
	return r
}

// value is a random position in the store of a value whose request suits.
func (g *gen) value(r *results.Run, op string, suits func(results.Request) bool) (int, bool) {
	held := r.Final.Stores[0].Values[op]
	return g.one(len(held), func(i int) bool {
		n := slices.IndexFunc(r.Requests, func(q results.Request) bool { return q.Operation == op && q.Value == held[i] })
		return n >= 0 && suits(r.Requests[n])
	})
}

func done(q results.Request) bool { return q.Fate == results.Answered }

func open(q results.Request) bool { return q.Fate == results.Unanswered }

func lose(op string, suits func(results.Request) bool) func(*gen, *results.Run) bool {
	return func(g *gen, r *results.Run) bool {
		i, ok := g.value(r, op, suits)
		if v := r.Final.Stores[0].Values; ok {
			v[op] = slices.Delete(v[op], i, i+1)
		}
		return ok
	}
}

func repeat(op string, suits func(results.Request) bool) func(*gen, *results.Run) bool {
	return func(g *gen, r *results.Run) bool {
		i, ok := g.value(r, op, suits)
		if v := r.Final.Stores[0].Values; ok {
			v[op] = slices.Insert(v[op], g.from(i, len(v[op])), v[op][i])
		}
		return ok
	}
}

// keep adds a value to the store that should not be there.
func keep(op string, value func(*results.Run) string) func(*gen, *results.Run) bool {
	return func(g *gen, r *results.Run) bool {
		what := value(r)
		if v := r.Final.Stores[0].Values; what != "" {
			v[op] = slices.Insert(v[op], g.IntN(len(v[op])+1), what)
		}
		return what != ""
	}
}

func othersValue(*results.Run) string { return "other-run-7" }

func refusedValue(op string) func(*results.Run) string {
	return func(r *results.Run) string {
		for _, q := range r.Requests {
			if q.Operation == op && q.Fate == results.Refused {
				return q.Value
			}
		}
		return ""
	}
}

func onPosts(name string, want results.Outcome, c Claim, op string, change func(*gen, *results.Run) bool) plant {
	return plant{name, want, func(g *gen) (Claim, *results.Run, bool) {
		r := g.posts(op)
		atRisk := slices.ContainsFunc(r.Requests, func(q results.Request) bool {
			return q.Operation == op && done(q) && q.Done <= r.Faults[0].Effect
		})
		enough := atRisk && len(r.Final.Stores[0].Values[op]) >= 5 && slices.ContainsFunc(r.Requests, open)
		return c, r, enough && change(g, r)
	}}
}

// change is a change that is always possible.
func change(f func(*results.Run)) func(*gen, *results.Run) bool {
	return func(_ *gen, r *results.Run) bool { f(r); return true }
}

var (
	unaudited    = change(func(r *results.Run) { r.Final = nil })
	unsettled    = change(func(r *results.Run) { r.Final.Stable = false })
	unwitnessed  = change(func(r *results.Run) { r.Faults[0].Witness = "" })
	twoPrimaries = change(func(r *results.Run) {
		r.Final.Stores = append(r.Final.Stores, results.Store{Node: "pg-2", Role: "primary"})
	})
)

var keepsPlants = func() []plant {
	c := &KeepsAcknowledgedWrites{AtRisk: 1}
	on := func(name string, want results.Outcome, change func(*gen, *results.Run) bool) plant {
		return onPosts(name, want, c, "write", change)
	}
	return []plant{
		on("clean", holds, asItWas),
		on("an acknowledged write is lost", breaks, lose("write", done)),
		on("clean, one that was not acknowledged is gone", holds, lose("write", open)),
		on("no audit", lacks, unaudited),
		on("what nobody wrote is kept", breaks, keep("write", othersValue)),
		on("what was refused is kept", breaks, keep("write", refusedValue("write"))),
		on("the audit never settled", lacks, unsettled),
		on("two primaries in the audit", lacks, twoPrimaries),
		on("a fault nobody saw", lacks, unwitnessed),
	}
}()

var queuePlants = func() []plant {
	c := &Queue{AtRisk: 1, LeastSamples: 1}
	on := func(name string, want results.Outcome, change func(*gen, *results.Run) bool) plant {
		return onPosts(name, want, c, "post", change)
	}
	return []plant{
		on("clean", holds, asItWas),
		on("lost", breaks, lose("post", done)),
		on("clean, one that was not confirmed is gone", holds, lose("post", open)),
		on("duplicated", breaks, repeat("post", done)),
		on("duplicated, and never confirmed", breaks, repeat("post", open)),
		on("reordered", breaks, func(g *gen, r *results.Run) bool {
			return g.reorder(r.Requests, r.Final.Stores[0].Values["post"], func(a, b results.Request) bool { return a.Key == b.Key })
		}),
		on("unexpected", breaks, keep("post", othersValue)),
		on("what was refused is processed", breaks, keep("post", refusedValue("post"))),
		on("no audit", lacks, unaudited),
		on("the audit never settled", lacks, unsettled),
		on("a fault nobody saw", lacks, unwitnessed),
	}
}()

// flights is posts that are answered, except some of those that were in flight
// at the fault.
func (g *gen) flights() *results.Run {
	r := g.posts("post")
	h := r.Requests[:0]
	var held []string
	for _, q := range r.Requests {
		if q.Operation != "post" {
			continue
		}
		if q.Fate != results.Answered {
			q.Fate, q.Status = results.Answered, 200
		}
		kept := true
		if inFlightAt(r.Faults[0], q) && g.IntN(2) == 0 {
			q.Fate, kept = results.Unanswered, g.IntN(2) == 0
		}
		if h = append(h, q); kept {
			held = append(held, q.Value)
		}
	}
	again := sealed(h)
	again.Faults, again.Final = r.Faults, audit("post", held)
	return again
}

func inFlightAt(f results.Fault, q results.Request) bool {
	return q.Sent <= f.Effect && q.Done > f.Asked
}

func onFlights(name string, want results.Outcome, change func(*gen, *results.Run) bool) plant {
	return plant{name, want, func(g *gen) (Claim, *results.Run, bool) {
		r := g.flights()
		flying := slices.ContainsFunc(r.Requests, func(q results.Request) bool { return inFlightAt(r.Faults[0], q) && open(q) })
		return &NotAppliedTwice{}, r, flying && change(g, r)
	}}
}

// failMore fails one more request that was not in flight than were in flight.
func failMore(g *gen, r *results.Run) bool {
	flying := 0
	for _, q := range r.Requests {
		if inFlightAt(r.Faults[0], q) {
			flying++
		}
	}
	for i := range r.Requests {
		if q := &r.Requests[i]; flying >= 0 && !inFlightAt(r.Faults[0], *q) {
			q.Fate = results.Unanswered
			flying--
		}
	}
	return flying < 0
}

var twicePlants = []plant{
	onFlights("clean", holds, asItWas),
	onFlights("applied twice", breaks, repeat("post", done)),
	onFlights("no audit", lacks, unaudited),
	onFlights("an unanswered one is applied twice", breaks, repeat("post", open)),
	onFlights("more fail than were in flight", breaks, failMore),
	onFlights("a fault nobody saw", lacks, unwitnessed),
	onFlights("the audit never settled", lacks, unsettled),
}

// copies is three stores that hold the same writes, each in its own order.
func (g *gen) copies() *results.Run {
	h, effect := g.traffic("read", "write", 2)
	r := sealed(h)
	values := inEffect(h, effect, "write")
	r.Final = &results.Audit{Stable: true}
	last := time.Duration(0)
	for _, q := range h {
		last = max(last, q.Done)
	}
	r.Final.At = last + millis(2000)
	for n := range 3 {
		mine := slices.Clone(values)
		if g.IntN(2) == 0 {
			g.Shuffle(len(mine), func(i, j int) { mine[i], mine[j] = mine[j], mine[i] })
		}
		r.Final.Stores = append(r.Final.Stores, results.Store{Node: fmt.Sprint("pg-", n), Role: "replica", Values: map[string][]string{"write": mine}})
	}
	r.Final.Stores[0].Role = "primary"
	return r
}

// drift changes what one of the stores holds.
func drift(to func(g *gen, values []string) []string) func(*gen, *results.Run) bool {
	return func(g *gen, r *results.Run) bool {
		v := r.Final.Stores[g.IntN(3)].Values
		if len(v["write"]) < 2 {
			return false
		}
		v["write"] = to(g, v["write"])
		return true
	}
}

var convergencePlants = func() []plant {
	c, within := &Convergence{}, &Convergence{Within: 3 * time.Second}
	on := func(name string, want results.Outcome, c Claim, change func(*gen, *results.Run) bool) plant {
		return plant{name, want, func(g *gen) (Claim, *results.Run, bool) {
			r := g.copies()
			return c, r, len(r.Final.Stores[0].Values["write"]) > 0 && change(g, r)
		}}
	}
	misses := drift(func(g *gen, v []string) []string { i := g.IntN(len(v)); return slices.Delete(v, i, i+1) })
	return []plant{
		on("clean", holds, c, asItWas),
		on("a store misses a value", breaks, c, misses),
		on("clean, in time", holds, within, asItWas),
		on("a store has a value of its own", breaks, c, drift(func(g *gen, v []string) []string {
			return slices.Insert(v, g.IntN(len(v)), "its-own")
		})),
		on("a store has a value twice", breaks, c, drift(func(g *gen, v []string) []string {
			return append(v, v[g.IntN(len(v))])
		})),
		on("a store has one value in place of another", breaks, c, drift(func(g *gen, v []string) []string {
			v[g.IntN(len(v))] = "its-own"
			return v
		})),
		on("no audit", lacks, c, unaudited),
		on("the audit never settled", lacks, c, unsettled),
		on("one store could not be read", lacks, c, change(func(r *results.Run) { r.Final.Stores[2].Err = "timeout" })),
		on("one store alone", lacks, c, change(func(r *results.Run) { r.Final.Stores = r.Final.Stores[:1] })),
		on("they differ, but had no time to agree", lacks, within, misses),
	}
}()
