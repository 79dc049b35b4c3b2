package claims

import (
	"testing"

	"github.com/holdfast-lab/holdfast/results"
)

func TestCounter(t *testing.T) {
	add := func(sent, done int) results.Request {
		return session("increment", sent, done, "7", "", 1)
	}
	r := func(sent, done int, value string) results.Request {
		return session("count", sent, done, "7", value, 2)
	}
	keeping := func(r *results.Run, values ...string) *results.Run {
		r.Final = &results.Audit{Stable: true, Stores: []results.Store{{Node: "db", Role: "primary", Values: map[string][]string{"count": values}}}}
		return r
	}
	cut := func(r *results.Run) *results.Run { r.Finished = false; return r }
	c := Counter{LeastSamples: 1}
	try(t, []trial{
		{"all are counted", c, story(add(0, 1), add(2, 3), r(4, 5, "2")), results.Held, ""},
		{"one is not", c, story(add(0, 1), add(2, 3), r(4, 5, "1")), results.Broken, "request 0 read 1 of key 7, which is not between 2 and 2"},
		{"one too many", c, story(add(0, 1), add(2, 3), r(4, 5, "3")), results.Broken, "is not between 2 and 2"},
		{"one on its way, counted", c, story(add(0, 1), add(2, 9), r(4, 5, "2")), results.Held, ""},
		{"one on its way, not counted", c, story(add(0, 1), add(2, 9), r(4, 5, "1")), results.Held, ""},
		{"one that was never answered, counted", c, story(add(0, 1), lost(add(2, 3)), r(4, 5, "2")), results.Held, ""},
		{"one that was never answered, not counted", c, story(add(0, 1), lost(add(2, 3)), r(4, 5, "1")), results.Held, ""},
		{"one acknowledged as the read left", c, story(add(0, 1), add(2, 4), r(4, 5, "1")), results.Held, ""},
		{"one sent as the read ended", c, story(add(0, 1), r(4, 5, "2"), add(5, 6)), results.Held, ""},
		{"as many reads as wanted", Counter{LeastSamples: 2}, story(add(0, 1), r(4, 5, "1"), r(4, 5, "1")), results.Held, ""},
		{"the first too low, before the first too high", c, story(add(0, 1), r(4, 5, "3"), r(6, 7, "0"), r(8, 9, "-1")), results.Broken, "read 0 of key 7"},
		{"one that was refused", c, story(add(0, 1), changedTo(add(2, 3), results.Refused), r(4, 5, "2")), results.Broken, "between 1 and 1"},
		{"one that is sent only later", c, story(add(0, 1), r(4, 5, "2"), add(6, 7)), results.Broken, "between 1 and 1"},
		{"one of another key", c, story(add(0, 1), session("increment", 0, 1, "8", "", 1), r(4, 5, "2")), results.Broken, "between 1 and 1"},
		{"before any", c, story(r(0, 1, "seed"), r(0, 1, "0"), add(2, 3), r(4, 5, "1")), results.Held, ""},
		{"too many, in a run cut short", c, cut(story(add(0, 1), r(4, 5, "2"))), results.Unproven, "record is incomplete"},
		{"too few, in a run cut short", c, cut(story(add(0, 1), r(2, 3, "2"), r(4, 5, "0"))), results.Broken, "read 0 of key 7, which is not between 1 and 1"},
		{"no number", c, story(add(0, 1), r(4, 5, "1"), r(6, 7, "one")), results.Unproven, "1 reads returned no number, one of them \"one\""},
		{"nothing counted yet", c, story(r(0, 1, "0"), add(2, 3)), results.Unproven, "only 0 reads came after an acknowledged increment"},
		{"too few reads", Counter{}, story(add(0, 1), r(4, 5, "1")), results.Unproven, "at least 100 are required"},
		{"kept", c, keeping(story(add(0, 1), lost(add(2, 3)), r(4, 5, "1")), "1"), results.Held, ""},
		{"kept, by keys", c, keeping(story(add(0, 1), session("increment", 2, 3, "8", "", 1), r(4, 5, "1")), "7=1", "8=1"), results.Held, ""},
		{"one is not kept", c, keeping(story(add(0, 1), add(2, 3), r(4, 5, "2")), "1"), results.Broken, "1 were kept, but 2 acknowledged"},
		{"one too many is kept", c, keeping(story(add(0, 1), lost(add(2, 3)), r(4, 5, "1")), "3"), results.Broken, "3 were kept, but only 2 sent"},
		{"one too many is kept, in a run cut short", c, cut(keeping(story(add(0, 1), r(4, 5, "1")), "3")), results.Unproven, "incomplete"},
		{"no number is kept", c, keeping(story(add(0, 1), r(4, 5, "1")), "x"), results.Unproven, "no number, but \"x\""},
		{"an audit that failed", c, changed(keeping(story(add(0, 1), r(4, 5, "1")), "1"), func(r *results.Run) { r.Final.Stable = false }), results.Unproven, "final reads"},
		{"none kept on record", c, keeping(story(add(0, 1), r(4, 5, "1"))), results.Held, ""},
	})
	v := c.Check(keeping(story(add(0, 1), lost(add(0, 1)), r(4, 5, "0"), r(4, 5, "3"), r(4, 5, "2")), "2"))
	if want := "1 of 3 reads too low, 1 too high, 2 kept of 1 to 2"; v.Measured != want {
		t.Errorf("measured %q, want %q", v.Measured, want)
	}
}

func changedTo(q results.Request, fate results.Fate) results.Request { q.Fate = fate; return q }

func TestCounterEdges(t *testing.T) {
	add := func(sent int, key string) results.Request {
		return session("increment", sent, sent+1, key, "", 1)
	}
	r := func(sent int, key, value string) results.Request {
		return session("count", sent, sent+1, key, value, 2)
	}
	told := func(q results.Request, seq uint64) results.Request { q.Seq = seq; return q }
	c := Counter{LeastSamples: 1}
	exactly(t, []reading{
		{"nothing kept on record", c, story(add(0, "7"), r(2, "7", "1")), results.Held, 1, "0 of 1 reads too low, 0 too high, none kept on record", ""},
		{"three keys, each its own", c, story(add(0, "7"), add(0, "8"), add(0, "8"), add(0, "9"), add(0, "9"), add(0, "9"), r(2, "7", "1"), r(2, "8", "2"), r(2, "9", "3")), results.Held, 3,
			"0 of 3 reads too low, 0 too high, none kept on record", ""},
		{"the first of two that are too high", c, story(add(0, "7"), told(r(2, "7", "2"), 1), told(r(4, "7", "3"), 2)), results.Broken, 2, "0 of 2 reads too low, 2 too high, none kept on record",
			"request 1 read 2 of key 7, which is not between 1 and 1"},
		{"the first of two that are too low", c, story(add(0, "7"), told(r(2, "7", "0"), 1), told(r(4, "7", "-1"), 2)), results.Broken, 2, "2 of 2 reads too low, 0 too high, none kept on record",
			"request 1 read 0 of key 7, which is not between 1 and 1"},
		{"too high, then too low twice", c, story(add(0, "7"), told(r(2, "7", "2"), 1), told(r(4, "7", "0"), 2), told(r(6, "7", "-1"), 3)), results.Broken, 3, "2 of 3 reads too low, 1 too high, none kept on record",
			"request 2 read 0 of key 7, which is not between 1 and 1"},
	})
}
