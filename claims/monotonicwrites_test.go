package claims

import (
	"testing"

	"github.com/holdfast-lab/holdfast/results"
)

func TestMonotonicWrites(t *testing.T) {
	w := func(sent, done int, value string, client int) results.Request {
		return session("write", sent, done, "7", value, client)
	}
	r := func(sent, done int, value string, client int) results.Request {
		return session("read", sent, done, "7", value, client)
	}
	from := func(store string, q results.Request) results.Request { q.Store = store; return q }
	keeping := func(r *results.Run, stores ...results.Store) *results.Run {
		r.Final = &results.Audit{Stable: true, Stores: stores}
		return r
	}
	store := func(node, role string, values ...string) results.Store {
		return results.Store{Node: node, Role: role, Values: map[string][]string{"write": values}}
	}
	two := func() *results.Run { return story(w(0, 1, "a", 1), w(2, 3, "b", 1)) }
	c := MonotonicWrites{LeastSamples: 1}
	try(t, []trial{
		{"in their order", c, story(w(0, 1, "a", 1), w(2, 3, "b", 1), r(4, 5, "a", 2), r(6, 7, "b", 2)), results.Held, ""},
		{"the later one first", c, story(w(0, 1, "a", 1), w(2, 3, "b", 1), r(4, 5, "b", 2), r(6, 7, "a", 2)), results.Broken, "read a of key 7"},
		{"by two readers", c, story(w(0, 1, "a", 1), w(2, 3, "b", 1), r(4, 5, "b", 2), r(6, 7, "a", 3), r(8, 9, "a", 3)), results.Held, ""},
		{"by two readers of one store", c, story(w(0, 1, "a", 1), w(2, 3, "b", 1), from("pg-1", r(4, 5, "b", 2)), from("pg-1", r(6, 7, "a", 3))), results.Broken, "from pg-1"},
		{"by two readers of two stores", c, story(w(0, 1, "a", 1), w(2, 3, "b", 1), from("pg-1", r(4, 5, "b", 2)), from("pg-2", r(6, 7, "a", 3)), from("pg-2", r(8, 9, "a", 3))), results.Held, ""},
		{"writes of two sessions", c, story(w(0, 1, "a", 1), w(2, 3, "b", 2), r(4, 5, "b", 2), r(6, 7, "a", 2), r(8, 9, "a", 2)), results.Held, ""},
		{"reads at the same time", c, story(w(0, 1, "a", 1), w(2, 3, "b", 1), r(4, 9, "b", 2), r(6, 7, "a", 2), r(10, 11, "b", 2)), results.Held, ""},
		{"seen by the first that had ended", c, story(w(0, 1, "a", 1), w(2, 3, "b", 1), w(4, 5, "c", 1), r(6, 7, "b", 2), r(6, 9, "c", 2), r(8, 9, "a", 2)), results.Broken, "read a"},
		{"an earlier one that was never answered", c, story(lost(w(0, 1, "a", 1)), w(2, 3, "b", 1), r(4, 5, "b", 2), r(6, 7, "a", 2)), results.Held, ""},
		{"a later one that was never answered", c, story(w(0, 1, "a", 1), lost(w(2, 3, "b", 1)), r(4, 5, "b", 2), r(6, 7, "a", 2)), results.Broken, "read a"},
		{"a store keeps the order", c, keeping(two(), store("pg-1", "primary", "seed", "a", "b")), results.Held, ""},
		{"a store turns it round", c, keeping(two(), store("pg-1", "primary", "b", "a")), results.Broken, "pg-1 keeps b before a"},
		{"a copy turns it round", c, keeping(two(), store("pg-1", "primary", "a", "b"), store("pg-2", "replica", "b", "a")), results.Broken, "pg-2 keeps b before a"},
		{"a store keeps two sessions", c, keeping(story(w(0, 1, "a", 1), w(2, 3, "b", 2), w(4, 5, "c", 2)), store("pg-1", "primary", "b", "a", "c")), results.Held, ""},
		{"a store keeps one that was never answered", c, keeping(story(lost(w(0, 1, "a", 1)), w(2, 3, "b", 1)), store("pg-1", "primary", "b", "a")), results.Unproven, "only 0 observations"},
		{"a store that could not be read", c, keeping(two(), results.Store{Node: "pg-1", Role: "primary", Err: "refused", Values: map[string][]string{"write": {"b", "a"}}}), results.Unproven, "only 0 observations"},
		{"what nobody wrote", c, story(w(0, 1, "a", 1), r(2, 3, "x", 2)), results.Unproven, "1 reads returned values"},
		{"nothing written twice", c, keeping(story(w(0, 1, "a", 1), r(2, 3, "a", 2)), store("pg-1", "primary", "a")), results.Unproven, "only 0 observations"},
		{"too few", MonotonicWrites{}, keeping(two(), store("pg-1", "primary", "a", "b")), results.Unproven, "only 1 observations of two writes of one session; at least 100 are required"},
	})
	v := c.Check(keeping(story(w(0, 1, "a", 1), w(2, 3, "b", 1), w(4, 5, "c", 1), r(6, 7, "c", 2), r(8, 9, "a", 2), r(10, 11, "b", 2), r(12, 13, "c", 2)),
		store("pg-1", "primary", "a", "c", "b")))
	if want := "2 of 3 reads and 1 of 2 kept writes out of order"; v.Measured != want {
		t.Errorf("measured %q, want %q", v.Measured, want)
	}
}
