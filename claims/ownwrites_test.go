package claims

import (
	"testing"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// lost makes a request one that may have been done.
func lost(q results.Request) results.Request { q.Fate = results.Unanswered; return q }

func TestReadYourWrites(t *testing.T) {
	w := func(sent, done int, value string, client int) results.Request {
		return session("write", sent, done, "7", value, client)
	}
	r := func(sent, done int, value string) results.Request { return session("read", sent, done, "7", value, 2) }
	c := ReadYourWrites{LeastSamples: 1}
	try(t, []trial{
		{"one's own write", c, story(w(0, 1, "a", 2), r(2, 3, "a")), results.Held, ""},
		{"what was there before it", c, story(w(0, 1, "a", 2), r(4, 5, "seed")), results.Broken, "request 0 read seed of key 7"},
		{"one's own write before it", c, story(w(0, 1, "a", 2), w(2, 3, "b", 2), r(4, 5, "a")), results.Broken, "read a of key 7"},
		{"another's later write", c, story(w(0, 1, "a", 2), w(2, 3, "b", 1), r(4, 5, "b")), results.Held, ""},
		{"another's earlier write", c, story(w(0, 1, "b", 1), w(2, 3, "a", 2), r(4, 5, "b")), results.Broken, "read b of key 7"},
		{"another's write at the same time", c, story(w(0, 5, "b", 1), w(2, 3, "a", 2), r(4, 5, "b")), results.Held, ""},
		{"a write that was never answered", c, story(w(0, 1, "a", 2), lost(w(2, 3, "b", 2)), r(4, 5, "a")), results.Held, ""},
		{"late, but within the bound", ReadYourWrites{LeastSamples: 1, StaleWithin: 50 * time.Millisecond}, story(w(0, 1, "a", 2), r(51, 60, "seed")), results.Held, ""},
		{"beyond the bound", ReadYourWrites{LeastSamples: 1, StaleWithin: 50 * time.Millisecond}, story(w(0, 1, "a", 2), r(52, 60, "seed")), results.Broken, "overwritten too long before"},
		{"what nobody wrote", c, story(w(0, 1, "a", 2), r(2, 3, "x")), results.Broken, "never written"},
		{"only another wrote", c, story(w(0, 1, "a", 1), r(4, 5, "seed")), results.Unproven, "only 0 reads"},
		{"too few", ReadYourWrites{}, story(w(0, 1, "a", 2), r(2, 3, "a")), results.Unproven, "at least 100 are required"},
	})
	v := c.Check(story(w(0, 1, "a", 2), r(2, 3, "seed"), r(11, 12, "seed"), r(1501, 1502, "seed"), r(1600, 1601, "a")))
	if want := "3 of 4 stale: p50 10ms, p99 1.5s, max 1.5s (1 up to 1ms, 1 up to 10ms, 1 up to 10s); 1 writes missed"; v.Measured != want || v.Name != "read-your-writes" {
		t.Errorf("%s measured %q, want %q", v.Name, v.Measured, want)
	}
}
