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
		{"time not over", within(11), ending(store("a", "x"), store("b", "y")), results.Unproven, "but had only 10.009s to agree"},
		{"no time on record", within(11), changed(ending(store("a", "x"), store("b", "x")), func(r *results.Run) { r.Final.At = 0 }), results.Unproven, "not on record"},
		{"a fault after the last write", within(11), changed(ending(store("a", "x"), store("b", "y")), func(r *results.Run) { r.Faults[0].Ended = 3 * time.Second }), results.Unproven, "only 10s to agree"},
		{"a fault that never ended", c, changed(ending(store("a", "x"), store("b", "y")), func(r *results.Run) { r.Faults[0].Ended = 0 }), results.Unproven, "kill was never seen to end"},
		{"one that could not be read", c, ending(store("a", "x"), store("b", "x"), broken), results.Unproven, "could not read c: refused"},
		{"one that could not be read, while others differ", c, ending(store("a", "x"), store("b", "y"), broken), results.Broken, "a and b differ"},
		{"one store", c, ending(store("a", "x")), results.Unproven, "1 store, which has nothing to agree with"},
		{"stores that hold nothing", Convergence{Operation: "read"}, ending(store("a", "x"), store("b", "x")), results.Unproven, "hold nothing"},
		{"no audit", c, story(), results.Unproven, "no final audit"},
		{"an unstable audit", c, changed(ending(store("a", "x"), store("b", "y")), func(r *results.Run) { r.Final.Stable = false }), results.Unproven, "same twice"},
	})
	v := c.Check(ending(store("a", "x", "y", "z"), store("b", "x", "v", "v")))
	if want := "4 values differ in 2 stores that hold 8, read 10.009s after the last disturbance"; v.Measured != want || v.N != 8 {
		t.Errorf("measured %q (%d), want %q", v.Measured, v.N, want)
	}
}
