package claims

import (
	"testing"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

func TestConvergence(t *testing.T) {
	store := func(node string, values ...string) results.Store {
		return results.Store{Node: node, Role: "replica", Values: map[string][]string{"write": values, "post": {"p"}}}
	}
	ending := func(stores ...results.Store) *results.Run {
		r := specimen("write", 300, 3*time.Second) // its fault ends after 2 s, its last write at 2.991 s
		r.Final = &results.Audit{Stable: true, At: 13 * time.Second, Stores: stores}
		return r
	}
	var c Convergence
	within := func(s int) Convergence { return Convergence{Within: time.Duration(s) * time.Second} }
	broken := results.Store{Node: "c", Err: "refused"}
	try(t, []trial{
		{"the same", c, ending(store("a", "x", "y"), store("b", "x", "y")), results.Held, ""},
		{"the same in another order", c, ending(store("a", "x", "y"), store("b", "y", "x")), results.Held, ""},
		{"one is missing", c, ending(store("a", "x", "y"), store("b", "x")), results.Broken, "a and b differ in 1 of their writes, one of them y"},
		{"one stands twice", c, ending(store("a", "x", "y"), store("b", "x", "x", "y")), results.Broken, "a and b differ in 1 of their writes, one of them x"},
		{"the third has another", c, ending(store("a", "x"), store("b", "x"), store("c", "z")), results.Broken, "a and c differ in 2 of their writes, one of them x"},
		{"of an operation that is the same", Convergence{Operation: "post"}, ending(store("a", "x"), store("b", "y")), results.Held, ""},
		{"of an operation that one has not", c, ending(store("a", "x"), results.Store{Node: "b", Values: map[string][]string{"write": {"x"}}}), results.Broken, "in 1 of their posts"},
		{"in time", within(11), ending(store("a", "x"), store("b", "x")), results.Held, ""},
		{"just in time", Convergence{Within: 10009 * time.Millisecond}, ending(store("a", "x"), store("b", "x")), results.Held, ""},
		{"just not in time", Convergence{Within: 10009 * time.Millisecond}, ending(store("a", "x"), store("b", "y")), results.Broken, "a and b differ in 2"},
		{"perhaps in time", within(10), ending(store("a", "x"), store("b", "x")), results.Unproven, "they agree, but were read 10.009s after"},
		{"not in time", within(10), ending(store("a", "x"), store("b", "y")), results.Broken, "a and b differ in 2"},
		{"time not over", within(11), ending(store("a", "x"), store("b", "y")), results.Unproven, "but the stores had only 10.009s to converge"},
		{"no time on record", within(11), changed(ending(store("a", "x"), store("b", "x")), func(r *results.Run) { r.Final.At = 0 }), results.Unproven, "when they converged is unknown"},
		{"a fault after the last write", within(11), changed(ending(store("a", "x"), store("b", "y")), func(r *results.Run) { r.Faults[0].Ended = 3 * time.Second }), results.Unproven, "only 10s to converge"},
		{"a fault that never ended", c, changed(ending(store("a", "x"), store("b", "y")), func(r *results.Run) { r.Faults[0].Ended = 0 }), results.Unproven, "kill was never seen to end"},
		{"one that could not be read", c, ending(store("a", "x"), store("b", "x"), broken), results.Unproven, "could not read c: refused"},
		{"one that could not be read, while others differ", c, ending(store("a", "x"), store("b", "y"), broken), results.Broken, "a and b differ"},
		{"one store", c, ending(store("a", "x")), results.Unproven, "only 1 store was read"},
		{"stores that hold nothing", Convergence{Operation: "read"}, ending(store("a", "x"), store("b", "x")), results.Unproven, "hold nothing"},
		{"no audit", c, story(), results.Unproven, "no final audit"},
		{"an unstable audit", c, changed(ending(store("a", "x"), store("b", "y")), func(r *results.Run) { r.Final.Stable = false }), results.Unproven, "final reads"},
	})
	v := c.Check(ending(store("a", "x", "y", "z"), store("b", "x", "v", "v")))
	if want := "4 values differ in 2 of 2 stores that hold 8, read 10.009s after the last disturbance"; v.Measured != want || v.N != 8 {
		t.Errorf("measured %q (%d), want %q", v.Measured, v.N, want)
	}
}

// TestConvergenceEdges covers the exceptions: stores read 10.009 s after the
// last write.
func TestConvergenceEdges(t *testing.T) {
	store := func(node string, writes, posts []string) results.Store {
		return results.Store{Node: node, Role: "replica", Values: map[string][]string{"write": writes, "post": posts}}
	}
	ending := func(change func(*results.Run), stores ...results.Store) *results.Run {
		r := specimen("write", 300, 3*time.Second)
		r.Final = &results.Audit{Stable: true, At: 13 * time.Second, Stores: stores}
		change(r)
		return r
	}
	asIs := func(*results.Run) {}
	unended := func(r *results.Run) { r.Faults[0].Ended = 0 }
	xy, yx, x, z := []string{"x", "y"}, []string{"y", "x"}, []string{"x"}, []string{"z"}
	const after = ", read 10.009s after the last disturbance"
	exactly(t, []reading{
		{"nothing held, so nothing to tell the time of", Convergence{}, ending(asIs, store("a", nil, nil), store("b", nil, nil)), results.Unproven, 0, "0 values differ in 2 of 2 stores that hold 0", "the stores hold nothing"},
		{"no time on record", Convergence{}, ending(func(r *results.Run) { r.Final.At = 0 }, store("a", x, nil), store("b", x, nil)), results.Held, 2, "0 values differ in 2 of 2 stores that hold 2", ""},
		{"a fault that never ended, and they agree", Convergence{}, ending(unended, store("a", x, nil), store("b", x, nil)), results.Held, 2, "0 values differ in 2 of 2 stores that hold 2", ""},
		{"a fault that never ended, and they agree in time", Convergence{Within: time.Hour}, ending(unended, store("a", x, nil), store("b", x, nil)), results.Unproven, 2, "0 values differ in 2 of 2 stores that hold 2",
			"they agree, but were read 0s after the last disturbance, so when they converged is unknown"},
		{"a fault that nobody saw and that never ended", Convergence{}, ending(func(r *results.Run) {
			unended(r)
			r.Faults[0].Witness = ""
		}, store("a", x, nil), store("b", z, nil)), results.Broken, 2, "2 values differ in 2 of 2 stores that hold 2" + after, "a and b differ in 2 of their writes, one of them x"},
		{"the second in another order, the third with another value", Convergence{}, ending(asIs, store("a", xy, nil), store("b", yx, nil), store("c", x, nil)), results.Broken, 5,
			"1 values differ in 3 of 3 stores that hold 5" + after, "a and c differ in 1 of their writes, one of them y"},
		{"the second and the third", Convergence{}, ending(asIs, store("a", xy, nil), store("b", x, nil), store("c", z, nil)), results.Broken, 4,
			"4 values differ in 3 of 3 stores that hold 4" + after, "a and b differ in 1 of their writes, one of them y"},
		{"the least value, wherever it is", Convergence{}, ending(asIs, store("a", z, nil), store("b", yx, nil)), results.Broken, 3,
			"3 values differ in 2 of 2 stores that hold 3" + after, "a and b differ in 3 of their writes, one of them x"},
		{"they had just as long as they may take", Convergence{Within: 10_009 * time.Millisecond}, ending(asIs, store("a", x, nil), store("b", z, nil)), results.Broken, 2,
			"2 values differ in 2 of 2 stores that hold 2" + after, "a and b differ in 2 of their writes, one of them x"},
	})
	for range 20 { // operations are read from a map, in random order
		v := (Convergence{}).Check(ending(asIs, store("a", x, x), store("b", z, z)))
		if want := "a and b differ in 2 of their posts, one of them x"; v.Why != want {
			t.Fatalf("%q, want %q", v.Why, want)
		}
	}
}
