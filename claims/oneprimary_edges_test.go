package claims

import (
	"fmt"
	"testing"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// said is samples of a node that reported to be primary in a term, at
// milliseconds.
func said(term uint64, at ...int) []results.RoleSample {
	var all []results.RoleSample
	for _, m := range at {
		all = append(all, results.RoleSample{At: time.Duration(m) * time.Millisecond, Node: "a", Role: "primary", Term: term})
	}
	return all
}

func TestOverlap(t *testing.T) {
	for _, c := range []struct {
		name string
		a, b []results.RoleSample
		at   int // ms; 0: none
	}{
		{"twice after a newer term", said(1, 100, 200), said(2, 50), 200},
		{"once after it", said(1, 100), said(2, 50), 0},
		{"once after it, and once with it", said(1, 50, 100), said(2, 50), 0},
		{"twice after the same term", said(2, 100, 200), said(2, 50), 0},
		{"twice after an older term", said(3, 100, 200), said(2, 50), 0},
		{"twice, in no term, after one with a term", said(0, 100, 200), said(2, 50), 0},
		{"the other again after a second", said(0, 100, 200), said(0, 50, 1050), 200},
		{"the other again later than that", said(0, 100, 200), said(0, 50, 1051), 0},
		{"the other again with the second time", said(0, 100, 200), said(0, 50, 200), 0},
		{"only at the other's second spell", said(0, 60, 70, 2100, 2200), said(0, 50, 2000, 2500), 2200},
		{"nobody else", said(1, 100, 200), nil, 0},
	} {
		at, found := overlap(c.a, c.b)
		if want := time.Duration(c.at) * time.Millisecond; at != want || found != (c.at > 0) {
			t.Errorf("%s: %v (%v), want %v", c.name, at, found, want)
		}
	}
}

func TestPrimariesByTime(t *testing.T) {
	roles := append(said(1, 300, 100, 200), results.RoleSample{At: 50, Node: "a", Role: "replica"}, results.RoleSample{At: 60, Node: "b"})
	got := primaries(roles)
	if len(got) != 1 || fmt.Sprint(got["a"]) != fmt.Sprint(said(1, 100, 200, 300)) {
		t.Errorf("got %v", got)
	}
}

// TestPromoted checks whether a node, replaced at 20 ms, had become primary
// again when it answered at 30 ms.
func TestPromoted(t *testing.T) {
	for _, c := range []struct {
		name string
		all  []results.RoleSample
		want bool
	}{
		{"never heard", nil, false},
		{"in a new term", said(2, 25), true},
		{"in a new term, as it was replaced", said(2, 20), false},
		{"in the old term", append(said(2, 10), said(2, 25)...), false},
		{"in an older term", append(said(2, 10), said(1, 25)...), false},
		{"in a newer term", append(said(2, 10), said(3, 25)...), true},
		{"without terms", said(0, 10, 25), false},
		{"just heard in time", said(2, 230), true},
		{"heard too late", said(2, 231), false},
	} {
		if got := promoted(c.all, 20*time.Millisecond, 30*time.Millisecond); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestLosers(t *testing.T) {
	at := func(store string, sent, done int) results.Request {
		q := session("write", sent, done, "7", fmt.Sprint(store, sent), 1)
		q.Store = store
		return q
	}
	post := func(q results.Request) results.Request { q.Operation = "post"; return q }
	again := map[string][]results.RoleSample{"a": said(3, 50), "b": said(2, 25)}
	for _, c := range []struct {
		name   string
		run    *results.Run
		claims map[string][]results.RoleSample
		n      int
		first  string
	}{
		{"one store", story(at("a", 0, 1), at("a", 2, 3)), nil, 0, ""},
		{"one after another", story(at("a", 0, 1), at("b", 2, 3), at("c", 4, 5)), nil, 0, ""},
		{"back to the first", story(at("a", 0, 1), at("b", 2, 3), at("a", 4, 5), at("a", 6, 7)), nil, 2, "a4"},
		{"sent as the other answered", story(at("a", 0, 1), at("b", 2, 3), at("a", 3, 5)), nil, 0, ""},
		{"in the order of answers and not of the record", story(at("a", 4, 5), at("b", 2, 3), at("a", 0, 1)), nil, 1, "a4"},
		{"posts count as well", story(at("a", 0, 1), post(at("b", 2, 3)), post(at("a", 4, 5))), nil, 1, "a4"},
		{"reads do not", story(at("a", 0, 1), at("b", 2, 3), session("read", 4, 5, "7", "a4", 1)), nil, 0, ""},
		{"nor what does not say where", story(at("a", 0, 1), at("", 2, 3), at("a", 4, 5)), nil, 0, ""},
		{"nor what was not answered", story(at("a", 0, 1), at("b", 2, 3), lost(at("a", 4, 5))), nil, 0, ""},
		{"promoted again", story(at("a", 0, 1), at("b", 2, 3), at("a", 60, 61), at("a", 62, 63)), again, 0, ""},
		{"the loser of the second change", story(at("a", 0, 1), at("b", 2, 3), at("a", 60, 61), at("b", 70, 71)), again, 1, "b70"},
		{"the second change is later", story(at("a", 0, 1), at("b", 2, 3), at("a", 60, 61), at("b", 61, 71)), again, 0, ""},
	} {
		n, first := oldPrimaryWrites(newIndex(c.run), c.claims)
		if n != c.n || n > 0 && first.Value != c.first {
			t.Errorf("%s: %d, the first %+v, want %d, the first %s", c.name, n, first, c.n, c.first)
		}
	}
	if n, _ := oldPrimaryWrites(newIndex(story(post(at("a", 0, 1)), at("b", 0, 1), at("a", 2, 3))), nil); n != 1 {
		t.Errorf("of two answers at once the first in the record is the first: %d", n)
	}
}

// TestUnseen samples two nodes during a fault from 1 s to 5 s, 20 intervals of
// 200 ms.
func TestUnseen(t *testing.T) {
	sampled := func(change func(*results.Run)) *results.Run {
		r := &results.Run{Faults: []results.Fault{{Targets: []string{"a"}, Effect: time.Second, Ended: 5 * time.Second, Witness: "exited 137"}}}
		for n := range 20 {
			r.Roles = append(r.Roles, results.RoleSample{At: time.Second + time.Duration(n)*200*time.Millisecond, Node: "b", Role: "replica"})
		}
		change(r)
		return r
	}
	silent := func(n int) func(*results.Run) {
		return func(r *results.Run) {
			for i := range n {
				r.Roles = append(r.Roles, results.RoleSample{At: 500*time.Millisecond + time.Duration(i), Node: "b"})
			}
		}
	}
	silences := func(answers ...time.Duration) func(*results.Run) {
		return func(r *results.Run) {
			for _, at := range answers {
				r.Roles = append(r.Roles, results.RoleSample{At: at, Node: "c", Role: "replica"})
			}
		}
	}
	for _, c := range []struct {
		name string
		run  *results.Run
		want string
	}{
		{"in every spell", sampled(func(*results.Run) {}), ""},
		{"in 19 of 20", sampled(func(r *results.Run) { r.Roles = r.Roles[1:] }), ""},
		{"in 18 of 20", sampled(func(r *results.Run) { r.Roles = r.Roles[2:] }), "the roles were reported in only 18 of 20 intervals of 200ms during the fault"},
		{"in 18, and just outside", sampled(func(r *results.Run) {
			r.Roles[0].At, r.Roles[1].At = time.Second-1, 5*time.Second
		}), "the roles were reported in only 18 of 20 intervals of 200ms during the fault"},
		{"in 18 of 20, twice in each", sampled(func(r *results.Run) {
			r.Faults[0].Effect, r.Faults[0].Ended = 1050*time.Millisecond, 5050*time.Millisecond
			r.Roles = r.Roles[2:]
			for i, s := range r.Roles {
				r.Roles[i].At += 50 * time.Millisecond
				s.At += 240 * time.Millisecond
				r.Roles = append(r.Roles, s)
			}
		}), "the roles were reported in only 18 of 20 intervals of 200ms during the fault"},
		{"half of the answers came", sampled(silent(20)), ""},
		{"fewer came", sampled(silent(21)), "b reported its role only 20 of 41 times"},
		{"the one that was struck is silent", sampled(func(r *results.Run) {
			r.Roles = append(r.Roles, results.RoleSample{At: 1, Node: "a", Role: "primary"}, results.RoleSample{At: 2, Node: "a"}, results.RoleSample{At: 3, Node: "a"})
		}), ""},
		{"the one that was struck never said a word", sampled(func(r *results.Run) {
			r.Roles = append(r.Roles, results.RoleSample{At: 2, Node: "a"})
		}), "a reported its role only 0 of 1 times"},
		{"one spell is enough", sampled(func(r *results.Run) { r.Faults[0].Ended = 1200 * time.Millisecond }), ""},
		{"less than one is not", sampled(func(r *results.Run) { r.Faults[0].Ended = 1199 * time.Millisecond }), "the roles were reported in only 1 of 0 intervals of 200ms during the fault"},
		{"a third node was never asked", sampled(func(r *results.Run) {
			r.Nodes = []results.Node{{Name: "a"}, {Name: "b", Asked: true}, {Name: "c", Asked: true}}
		}), "c reports its role, but was never asked"},
		{"a third node was asked before the fault alone", sampled(func(r *results.Run) {
			r.Roles = append(r.Roles, results.RoleSample{At: 1, Node: "c", Role: "replica"})
		}), "c did not report its role for 4s of the fault; at most 2s is allowed"},
		{"a third node was silent for long", sampled(silences(time.Second+time.Millisecond, 3*time.Second+2*time.Millisecond, 4900*time.Millisecond)), "c did not report its role for 2.001s of the fault; at most 2s is allowed"},
		{"a third node was silent for as long as it may", sampled(silences(time.Second+time.Millisecond, 3*time.Second+time.Millisecond, 4900*time.Millisecond)), ""},
		{"no fault", sampled(func(r *results.Run) { r.Faults = nil }), "no fault was seen in effect"},
	} {
		if got, _ := samplingDoubt(c.run); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestFaultsEnd(t *testing.T) {
	for _, c := range []struct {
		ends []time.Duration
		want time.Duration
	}{
		{nil, 0}, {[]time.Duration{5}, 5}, {[]time.Duration{5, 7}, 7}, {[]time.Duration{7, 5}, 7}, {[]time.Duration{5, 0}, 9}, {[]time.Duration{12, 0, 15}, 12},
	} {
		r := &results.Run{Load: results.Load{For: 9}}
		for _, end := range c.ends {
			r.Faults = append(r.Faults, results.Fault{Ended: end})
		}
		if got := faultsEnd(r); got != c.want {
			t.Errorf("%v: %d, want %d", c.ends, got, c.want)
		}
	}
}

// TestOnePrimaryEdges checks the figures of a broken verdict, and the
// exceptions.
func TestOnePrimaryEdges(t *testing.T) {
	clean := func(change func(*results.Run)) *results.Run { return changed(roles(failover(0, 0, true)), change) }
	exactly(t, []reading{
		{"a clean failover", OnePrimary{}, clean(func(*results.Run) {}), results.Held, 270, "1 at a time, 2 nodes in turn, 270 samples, 3 of 3 nodes sampled, longest gap 100ms", ""},
		{"a zombie", OnePrimary{}, roles(failover(5*time.Second, 5500*time.Millisecond, true)), results.Broken, 270, "2 at once", "pg-1 still claimed to be primary at 5.1s, when pg-2 was"},
		{"two writes on the loser", OnePrimary{}, clean(func(r *results.Run) { r.Requests[500].Store, r.Requests[600].Store = "pg-1", "pg-1" }), results.Broken, 270,
			"2 writes accepted by the old primary", "pg-1 answered specimen-500 at 5.001s, after another store had taken over"},
	})
}
