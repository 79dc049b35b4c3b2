package claims

import (
	"testing"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// roles samples three nodes every 100 ms for 9 s, a millisecond apart, with the
// given roles, in a run with a fault on pg-1 from 3 s to 6 s.
func roles(role func(node int, at time.Duration) (string, uint64)) *results.Run {
	r := specimen("write", 900, 9*time.Second)
	r.Faults[0].Targets = []string{"pg-1"}
	names := []string{"pg-1", "pg-2", "pg-3"}
	for at := time.Duration(0); at < 9*time.Second; at += 100 * time.Millisecond {
		for n, name := range names {
			say, term := role(n, at)
			r.Roles = append(r.Roles, results.RoleSample{At: at + time.Duration(n)*time.Millisecond, Node: name, Role: say, Term: term})
		}
	}
	for i := range r.Requests {
		q := &r.Requests[i]
		q.Store = "pg-1"
		if q.Intended > 3*time.Second {
			q.Store = "pg-2"
		}
	}
	return r
}

// failover has pg-1 as primary until 3 s and again in zombie's span, otherwise
// silent, and pg-2 from 3.5 s on.
func failover(from, to time.Duration, terms bool) func(int, time.Duration) (string, uint64) {
	return func(node int, at time.Duration) (string, uint64) {
		old, young := uint64(1), uint64(2)
		if !terms {
			old, young = 0, 0
		}
		switch {
		case node == 0 && (at < 3*time.Second || at >= from && at < to):
			return "primary", old
		case node == 0:
			return "", 0
		case node == 1 && at >= 3500*time.Millisecond:
			return "primary", young
		}
		return "replica", old
	}
}

func TestOnePrimary(t *testing.T) {
	const sec, m = time.Second, time.Millisecond
	clean := func() *results.Run { return roles(failover(0, 0, true)) }
	write := func(r *results.Run, at int, store string) *results.Run {
		r.Requests[at].Store = store
		return r
	}
	var one OnePrimary
	try(t, []trial{
		{"a clean failover", one, clean(), results.Held, ""},
		{"a clean failover without terms", one, roles(failover(0, 0, false)), results.Held, ""},
		{"a zombie of an older term", one, roles(failover(5*sec, 5500*m, true)), results.Broken, "pg-1 still claimed to be primary at 5.1s, when pg-2 was"},
		{"a zombie without terms", one, roles(failover(5*sec, 5500*m, false)), results.Broken, "pg-1 still claimed"},
		{"one late answer of the old primary", one, roles(failover(3500*m, 3600*m, true)), results.Held, ""},
		{"a switch within a tick", one, roles(func(n int, at time.Duration) (string, uint64) {
			// pg-2 answers first in the sample of the failover, and pg-1's old
			// answer comes after it
			if n == 1 && at >= 4*sec || n == 0 && at <= 4*sec {
				return "primary", 0
			}
			return "replica", 0
		}), results.Held, ""},
		{"there and back again", one, roles(func(n int, at time.Duration) (string, uint64) {
			switch second := at / sec; {
			case n == 0 && second < 4:
				return "primary", 1
			case n == 1 && second >= 4 && second < 6:
				return "primary", 2
			case n == 0 && second >= 6:
				return "primary", 3
			}
			return "replica", 1
		}), results.Held, ""},
		{"a write on the loser", one, write(clean(), 500, "pg-1"), results.Broken, "pg-1 answered specimen-500"},
		{"a write on its way to the loser", one, changed(write(clean(), 300, "pg-1"), func(r *results.Run) { r.Requests[300].Done = 4 * sec }), results.Held, ""},
		{"no samples", one, changed(clean(), func(r *results.Run) { r.Roles = nil }), results.Unproven, "no node ever reported"},
		{"nobody is primary", one, roles(func(int, time.Duration) (string, uint64) { return "replica", 1 }), results.Unproven, "no node ever reported"},
		{"sampled too seldom", one, changed(clean(), func(r *results.Run) {
			var seldom []results.RoleSample
			for _, s := range r.Roles {
				if s.At%(500*m) < 100*m {
					seldom = append(seldom, s)
				}
			}
			r.Roles = seldom
		}), results.Unproven, "reported in only 6 of 15 intervals"},
		{"not sampled in the fault", one, changed(clean(), func(r *results.Run) { r.Roles = r.Roles[:90] }), results.Unproven, "the roles were reported in only"},
		{"silence is no evidence", one, roles(func(n int, at time.Duration) (string, uint64) {
			if n == 0 && at < 3*sec {
				return "primary", 1
			}
			return "", 0
		}), results.Unproven, "pg-2 reported its role only 0 of 90 times"},
		{"a fault nobody saw", one, changed(clean(), func(r *results.Run) { r.Faults[0].Witness = "" }), results.Unproven, "no fault was seen"},
	})
}
