package claims

import (
	"fmt"
	"slices"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// traffic is what sessions, each with one request at a time, saw of a system
// that answers after a while, never, or with a refusal. Effects are when each
// request takes effect, in ms; negative: never. Every instant is a whole ms,
// and an effect lies strictly within its request if that was answered.
func (g *gen) traffic(reader, writer string, keys int) (h results.History, effect []int) {
	type timed struct {
		q      results.Request
		effect int
	}
	var all []timed
	for client := range g.from(2, 5) {
		at := 300 + g.from(0, 10)
		for range g.from(8, 14) {
			took := g.from(2, 14)
			e := timed{session(reader, at, at+took, fmt.Sprint(g.IntN(keys)), "", client), at + g.from(1, took-1)}
			e.q.Intended, e.q.Server, e.q.Store = e.q.Sent-millis(g.IntN(2)), "web", "pg"
			if g.IntN(5) < 2 {
				e.q.Operation = writer
			}
			switch g.IntN(20) {
			case 0, 1, 2:
				took = 30
				e.q.Fate, e.q.Done, e.effect = results.Unanswered, millis(at+took), at+g.from(1, 90)
				if g.IntN(3) == 0 {
					e.effect = -1
				}
			case 3:
				e.q.Fate, e.q.Status, e.effect = results.Refused, 503, -1
			}
			all = append(all, e)
			at += took + g.from(1, 10)
		}
	}
	slices.SortStableFunc(all, func(a, b timed) int { return int(a.q.Intended - b.q.Intended) })
	for i, e := range all {
		if e.q.Operation == writer {
			e.q.Value = fmt.Sprint("v", i)
		}
		h, effect = append(h, e.q), append(effect, e.effect)
	}
	return h, effect
}

// register is traffic with correct registers; each session reads a replica with
// a fixed lag of up to the given ms.
func (g *gen) register(lag int) *results.Run {
	h, effect := g.traffic("read", "write", g.from(1, 2))
	var lags [8]int
	for i := range lags {
		lags[i] = g.from(0, lag)
	}
	for i, q := range h {
		if q.Operation == "read" && effect[i] >= 0 {
			effect[i] -= lags[q.Client]
		}
	}
	apply(h, effect)
	return sealed(h)
}

func isRead(q results.Request) bool {
	return q.Operation == "read" && q.Fate == results.Answered
}

func isWrite(q results.Request) bool {
	return q.Operation == "write" && q.Fate == results.Answered
}

// staleBy is how long before a read the first counted write was acknowledged
// that was sent after an instant; negative: there is none.
func staleBy(h results.History, q results.Request, after time.Duration, counts func(results.Request) bool) time.Duration {
	by := time.Duration(-1)
	for _, w := range h {
		if isWrite(w) && w.Key == q.Key && counts(w) && w.Sent > after {
			by = max(by, q.Sent-w.Done)
		}
	}
	return by
}

// overwritten changes a random read to the seed or an acknowledged write,
// chosen so that right accepts how stale that is compared with the sessions'
// own writes and with all writes. It reports whether one was found.
func (g *gen) overwritten(h results.History, right func(own, all time.Duration) bool) bool {
	type choice struct {
		read  int
		value string
	}
	var choices []choice
	for i, q := range h {
		if !isRead(q) {
			continue
		}
		consider := func(value string, done time.Duration) {
			own := staleBy(h, q, done, func(w results.Request) bool { return w.Client == q.Client })
			if right(own, staleBy(h, q, done, func(results.Request) bool { return true })) {
				choices = append(choices, choice{i, value})
			}
		}
		consider(seed, -1)
		for _, w := range h {
			if isWrite(w) && w.Key == q.Key && w.Sent <= q.Done {
				consider(w.Value, w.Done)
			}
		}
	}
	if len(choices) == 0 {
		return false
	}
	c := choices[g.IntN(len(choices))]
	h[c.read].Value = c.value
	return true
}

// setRead changes a random answered read to a value that value finds for it.
func (g *gen) setRead(h results.History, value func(results.Request) (string, bool)) bool {
	i, ok := g.one(len(h), func(i int) bool {
		if !isRead(h[i]) {
			return false
		}
		_, ok := value(h[i])
		return ok
	})
	if ok {
		h[i].Value, _ = value(h[i])
	}
	return ok
}

// back changes a read that followed another of the key to something certainly
// written before the other's value: the seed, or a write acknowledged before
// the other's write was sent. Pair says which two reads, and which two writes,
// count.
func (g *gen) back(h results.History, pair func(first, second results.Request) bool, writes func(newer, older *results.Request) bool) bool {
	wrote := map[string]*results.Request{}
	for i := range h {
		if h[i].Operation == "write" {
			wrote[h[i].Value] = &h[i]
		}
	}
	type choice struct {
		read  int
		value string
	}
	var choices []choice
	for _, a := range h {
		newer := wrote[a.Value]
		if !isRead(a) || newer == nil {
			continue
		}
		for i, b := range h {
			if !isRead(b) || b.Key != a.Key || b.Sent <= a.Done || !pair(a, b) {
				continue
			}
			if writes(newer, nil) {
				choices = append(choices, choice{i, seed})
			}
			for j := range h {
				if older := &h[j]; isWrite(*older) && older.Key == a.Key && older.Done < newer.Sent && writes(newer, older) {
					choices = append(choices, choice{i, older.Value})
				}
			}
		}
	}
	if len(choices) == 0 {
		return false
	}
	c := choices[g.IntN(len(choices))]
	h[c.read].Value = c.value
	return true
}

// onRegister makes one error in a history of correct registers.
func onRegister(name string, want results.Outcome, c Claim, lag int, change func(*gen, *results.Run) bool) plant {
	return plant{name, want, func(g *gen) (Claim, *results.Run, bool) {
		r := g.register(lag)
		return c, r, change(g, r) && slices.ContainsFunc(r.Requests, func(q results.Request) bool { return q.Fate == results.Unanswered })
	}}
}

func asItWas(*gen, *results.Run) bool { return true }

func ghost(g *gen, r *results.Run) bool {
	return g.setRead(r.Requests, func(results.Request) (string, bool) { return "other-run-7", true })
}

func ghostInPart(g *gen, r *results.Run) bool {
	if g.IntN(2) == 0 {
		r.Finished = false
	} else {
		r.Load.Planned++
	}
	return ghost(g, r)
}

// fromWrite changes a read to the value of a write that suits.
func fromWrite(suits func(w, read results.Request) bool) func(*gen, *results.Run) bool {
	return func(g *gen, r *results.Run) bool {
		return g.setRead(r.Requests, func(q results.Request) (string, bool) {
			i := slices.IndexFunc(r.Requests, func(w results.Request) bool { return w.Operation == "write" && suits(w, q) })
			if i < 0 {
				return "", false
			}
			return r.Requests[i].Value, true
		})
	}
}

var (
	refusedWrite = fromWrite(func(w, q results.Request) bool { return w.Key == q.Key && w.Fate == results.Refused })
	otherKey     = fromWrite(func(w, q results.Request) bool { return w.Key != q.Key && isWrite(w) && w.Done < q.Sent })
	notYet       = fromWrite(func(w, q results.Request) bool { return w.Key == q.Key && isWrite(w) && w.Sent > q.Done })
)

func noWrites(g *gen, r *results.Run) bool {
	for i := range r.Requests {
		q := &r.Requests[i]
		if q.Operation == "write" {
			q.Operation = "read"
		}
		q.Value = ""
		if isRead(*q) {
			q.Value = seed
		}
	}
	return true
}

func outdated(right func(own, all time.Duration) bool) func(*gen, *results.Run) bool {
	return func(g *gen, r *results.Run) bool { return g.overwritten(r.Requests, right) }
}

func back(pair func(a, b results.Request) bool, writes func(newer, older *results.Request) bool) func(*gen, *results.Run) bool {
	return func(g *gen, r *results.Run) bool { return g.back(r.Requests, pair, writes) }
}

func anyPair(a, b results.Request) bool            { return true }
func samePair(a, b results.Request) bool           { return a.Client == b.Client }
func otherPair(a, b results.Request) bool          { return a.Client != b.Client }
func anyWrites(newer, older *results.Request) bool { return true }

func unansweredNewer(newer, _ *results.Request) bool { return newer.Fate == results.Unanswered }

func oneWriter(newer, older *results.Request) bool {
	return older != nil && newer.Client == older.Client
}

const (
	holds, breaks, lacks = results.Held, results.Broken, results.Unproven

	many = 1000 // more samples than exist
)

var linearizablePlants = func() []plant {
	c, few := &Linearizable{LeastSamples: 1}, &Linearizable{LeastSamples: many}
	return []plant{
		onRegister("clean", holds, c, 0, asItWas),
		onRegister("stale read", breaks, c, 0, outdated(func(_, all time.Duration) bool { return all > 0 })),
		onRegister("clean", holds, c, 0, asItWas),
		onRegister("new, then old", breaks, c, 0, back(anyPair, anyWrites)),
		onRegister("an unanswered write comes and goes", breaks, c, 0, back(anyPair, unansweredNewer)),
		onRegister("nothing written", lacks, c, 0, noWrites),
		onRegister("what nobody wrote", breaks, c, 0, ghost),
		onRegister("what was refused", breaks, c, 0, refusedWrite),
		onRegister("what another key holds", breaks, c, 0, otherKey),
		onRegister("what is written later", breaks, c, 0, notYet),
		onRegister("too few reads", lacks, few, 0, asItWas),
		onRegister("what nobody wrote, in part of a record", lacks, c, 0, ghostInPart),
	}
}()

var notStalePlants = func() []plant {
	c, few := &ReadsNotStale{LeastSamples: 1}, &ReadsNotStale{LeastSamples: many}
	within := &ReadsNotStale{LeastSamples: 1, StaleWithin: 40 * time.Millisecond}
	return []plant{
		onRegister("clean", holds, c, 0, asItWas),
		onRegister("clean, copies lag less than the bound", holds, within, 40, asItWas),
		onRegister("stale read", breaks, c, 0, outdated(func(_, all time.Duration) bool { return all > 0 })),
		onRegister("stale beyond the bound", breaks, within, 20, outdated(func(_, all time.Duration) bool { return all > 40*time.Millisecond })),
		onRegister("clean, one read just within the bound", holds, within, 20, outdated(func(_, all time.Duration) bool {
			return all > 20*time.Millisecond && all <= 40*time.Millisecond
		})),
		onRegister("nothing written", lacks, c, 0, noWrites),
		onRegister("what nobody wrote", breaks, c, 0, ghost),
		onRegister("what was refused", breaks, c, 0, refusedWrite),
		onRegister("what another key holds", breaks, c, 0, otherKey),
		onRegister("what is written later", breaks, c, 0, notYet),
		onRegister("too few reads", lacks, few, 0, asItWas),
		onRegister("what nobody wrote, in part of a record", lacks, c, 0, ghostInPart),
	}
}()

var ownWritesPlants = func() []plant {
	c, few := &ReadYourWrites{LeastSamples: 1}, &ReadYourWrites{LeastSamples: many}
	within := &ReadYourWrites{LeastSamples: 1, StaleWithin: 40 * time.Millisecond}
	return []plant{
		onRegister("clean", holds, c, 0, asItWas),
		onRegister("clean, another's write is not seen", holds, c, 0, outdated(func(own, all time.Duration) bool { return own <= 0 && all > 0 })),
		onRegister("one's own write is not seen", breaks, c, 0, outdated(func(own, _ time.Duration) bool { return own > 0 })),
		onRegister("clean, copies lag less than the bound", holds, within, 40, asItWas),
		onRegister("one's own write is not seen in time", breaks, within, 20, outdated(func(own, _ time.Duration) bool { return own > 40*time.Millisecond })),
		onRegister("nothing written", lacks, c, 0, noWrites),
		onRegister("what nobody wrote", breaks, c, 0, ghost),
		onRegister("too few reads", lacks, few, 0, asItWas),
		onRegister("what nobody wrote, in part of a record", lacks, c, 0, ghostInPart),
	}
}()

var monotonicReadsPlants = func() []plant {
	c, few := &MonotonicReads{LeastSamples: 1}, &MonotonicReads{LeastSamples: many}
	return []plant{
		onRegister("clean", holds, c, 0, asItWas),
		onRegister("clean, each session at a copy of its own lag", holds, c, 60, asItWas),
		onRegister("a session goes back", breaks, c, 0, back(samePair, anyWrites)),
		onRegister("a session at a lagging copy goes back", breaks, c, 60, back(samePair, anyWrites)),
		onRegister("back from an unanswered write", breaks, c, 0, back(samePair, unansweredNewer)),
		onRegister("nothing written", lacks, c, 0, noWrites),
		onRegister("too few reads", lacks, few, 0, asItWas),
	}
}()
