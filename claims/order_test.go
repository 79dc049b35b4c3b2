package claims

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// TestArranged compares with a comparison sort, below and above fewItems, with
// keys of all widths.
func TestArranged(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for _, n := range []int{0, 1, 2, fewItems - 1, fewItems, 5000} {
		for _, bits := range []int{0, 1, 11, 12, 33, 63, 64} {
			keys := make([]uint64, n)
			for i := range keys {
				keys[i] = random.Uint64() >> (64 - bits)
				if bits == 33 {
					keys[i] = keys[i] << 22 & ^uint64(1<<40) // a digit in the middle that is the same in all keys
				}
			}
			got := arranged(places(n), func(i int32) uint64 { return keys[i] })
			want := places(n)
			slices.SortStableFunc(want, func(a, b int32) int { return cmp.Compare(keys[a], keys[b]) })
			if !slices.Equal(got, want) {
				t.Errorf("%d keys of %d bits are out of order", n, bits)
			}
		}
	}
}

func TestSortedInPlace(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for _, n := range []int{3, 5000} {
		d := make([]time.Duration, n)
		for i := range d {
			d[i] = time.Duration(random.Int64()) - never/2
		}
		d[0], d[n-1] = never, -never
		want := slices.Sorted(slices.Values(d))
		if got := sorted(d); !slices.Equal(got, want) || &got[0] != &d[0] {
			t.Errorf("%d durations are out of order, or elsewhere", n)
		}
	}
}

// TestOrderByDefinition compares the claims on the order of reads and writes
// with their definitions, pair by pair, on short random histories.
func TestOrderByDefinition(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	seen := map[string]int{}
	for i := range 3000 {
		r := jumble(random, []string{"v%d", "%dv"}[i%2]) // values that identify their writers, and values that do not
		for _, c := range []struct {
			name string
			got  results.Verdict
			n    int
		}{
			{"monotonic-reads", MonotonicReads{LeastSamples: 1}.Check(r), pairs(r, func(first, then, w, v *results.Request) bool {
				return first.Client == then.Client && newer(w, v)
			})},
			{"monotonic-writes", MonotonicWrites{LeastSamples: 1}.Check(r), pairs(r, func(first, then, w, v *results.Request) bool {
				return (first.Client == then.Client || first.Store == then.Store) && w != nil && v != nil && w.Client == v.Client && newer(w, v)
			}) + turned(r, func(w, v *results.Request) bool { return w.Client == v.Client })},
			{"queue", Queue{Confirmed: "write", Promise: "in-order", LeastSamples: 1}.Check(r), turned(r, func(w, v *results.Request) bool { return w.Key == v.Key })},
			{"reads-not-stale", ReadsNotStale{LeastSamples: 1}.Check(r), stale(r, false)},
			{"read-your-writes", ReadYourWrites{LeastSamples: 1}.Check(r), stale(r, true)},
		} {
			if broken := c.got.Outcome == results.Broken; broken != (c.n > 0) {
				t.Fatalf("%s: %v (%s), but %d by definition, of %+v", c.name, c.got.Outcome, c.got.Why, c.n, r.Requests)
			}
			seen[fmt.Sprint(c.name, c.n > 0)]++
		}
	}
	for what, n := range seen {
		if n < 150 || len(seen) != 10 {
			t.Errorf("the histories are too much alike: %d %s of %v", n, what, seen)
		}
	}
}

// jumble is a history of two keys, three clients and two stores, in which a
// read returns something written before it ended, and a store keeps the writes
// in random order.
func jumble(random *rand.Rand, value string) *results.Run {
	r := story()
	values := map[string][]string{"1": {seed}, "2": {seed}}
	var kept []string
	for n := range 6 + random.IntN(12) {
		sent := n*3 + random.IntN(6)
		q := session("read", sent, sent+1+random.IntN(5), fmt.Sprint(1+random.IntN(2)), "", random.IntN(3))
		q.Seq, q.Store = uint64(n), []string{"a", "b"}[random.IntN(2)]
		if random.IntN(2) == 0 {
			q.Operation, q.Value = "write", fmt.Sprintf(value, n)
			kept = append(kept, q.Value)
			if random.IntN(4) == 0 {
				q.Fate = results.Unanswered
			}
		} else {
			from := values[q.Key]
			q.Value = from[len(from)-1-random.IntN(min(2, len(from)))]
			if w := writer(r, q.Value); w != nil {
				q.Done = max(q.Done, w.Sent+time.Millisecond)
			}
		}
		r.Requests = append(r.Requests, q)
		if q.Operation == "write" {
			values[q.Key] = append(values[q.Key], q.Value)
		}
	}
	r.Load.Planned = uint64(len(r.Requests))
	if len(kept) > 1 && random.IntN(2) == 0 {
		i := random.IntN(len(kept) - 1)
		kept[i], kept[i+1] = kept[i+1], kept[i]
	}
	r.Final = &results.Audit{Stable: true, Stores: []results.Store{{Node: "a", Role: "primary", Values: map[string][]string{"write": kept}}}}
	return r
}

func writer(r *results.Run, value string) *results.Request {
	for i := range r.Requests {
		if q := &r.Requests[i]; q.Operation == "write" && q.Value == value {
			return q
		}
	}
	return nil
}

// newer reports whether w is newer than v (nil: from before the run): it was
// sent after v was acknowledged.
func newer(w, v *results.Request) bool {
	return w != nil && (v == nil || v.Fate == results.Answered && v.Done < w.Sent)
}

// pairs counts the reads of a key that followed another that had ended, and for
// whose writes bad is true.
func pairs(r *results.Run, bad func(first, then, w, v *results.Request) bool) int {
	n := 0
	for i := range r.Requests {
		for j := range r.Requests {
			first, then := &r.Requests[i], &r.Requests[j]
			if i != j && first.Operation == "read" && then.Operation == "read" && first.Key == then.Key && first.Done <= then.Sent &&
				bad(first, then, writer(r, first.Value), writer(r, then.Value)) {
				n++
			}
		}
	}
	return n
}

// turned counts the pairs that the store keeps in the wrong order.
func turned(r *results.Run, together func(w, v *results.Request) bool) int {
	n := 0
	kept := r.Final.Stores[0].Values["write"]
	for i := range kept {
		for _, value := range kept[i+1:] {
			if w, v := writer(r, kept[i]), writer(r, value); together(w, v) && newer(w, v) {
				n++
			}
		}
	}
	return n
}

// stale counts the reads before which a newer write had been acknowledged.
func stale(r *results.Run, own bool) int {
	n := 0
	for i := range r.Requests {
		for j := range r.Requests {
			read, w := &r.Requests[i], &r.Requests[j]
			if read.Operation == "read" && w.Operation == "write" && w.Fate == results.Answered && w.Key == read.Key && w.Done < read.Sent &&
				(!own || w.Client == read.Client) && newer(w, writer(r, read.Value)) {
				n++
				break
			}
		}
	}
	return n
}
