package claims

import (
	"slices"
	"testing"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// TestStalenessEdges checks whole verdicts about one key, in milliseconds.
func TestStalenessEdges(t *testing.T) {
	w := func(sent, done int, value string) results.Request { return session("write", sent, done, "7", value, 1) }
	r := func(sent, done int, value string) results.Request { return session("read", sent, done, "7", value, 2) }
	told := func(q results.Request, seq uint64) results.Request { q.Seq, q.Store = seq, "pg-2"; return q }
	c := ReadsNotStale{LeastSamples: 1}
	within := ReadsNotStale{LeastSamples: 1, StaleWithin: time.Hour}
	exactly(t, []reading{
		{"one of each", within, story(w(0, 1, "a"), w(2, 3, "b"), r(4, 5, "seed"), r(4, 5, "a"), r(4, 5, "b")), results.Held, 3, "2 of 3 stale: p50 1ms, p99 3ms, max 3ms (1 up to 1ms, 1 up to 10ms); 2 writes missed", ""},
		{"by nothing", c, story(w(0, 1, "a"), w(2, 4, "b"), r(4, 5, "a")), results.Held, 1, "0 of 1 stale", ""},
		{"by a little", c, story(w(0, 1, "a"), w(2, 4, "b"), told(r(5, 6, "a"), 9)), results.Broken, 1, "1 of 1 stale: p50 1ms, p99 1ms, max 1ms (1 up to 1ms); 1 writes missed", "request 9 read a of key 7 from pg-2, overwritten too long before"},
		{"sent as the first write was acknowledged", c, story(w(0, 1, "a"), r(1, 2, "seed")), results.Unproven, 0, "0 of 0 stale", "only 0 reads came after a write to the same key; at least 1 are required"},
		{"the oldest of all is told", c, story(w(0, 1, "a"), told(r(4, 5, "seed"), 1), told(r(8, 9, "seed"), 2), told(r(6, 7, "seed"), 3)), results.Broken, 3, "3 of 3 stale: p50 5ms, p99 7ms, max 7ms (3 up to 10ms); 1 writes missed",
			"request 2 read seed of key 7 from pg-2, overwritten too long before"},
		{"of two as old the first in the record", c, story(w(0, 1, "a"), told(r(4, 6, "seed"), 1), told(r(4, 5, "seed"), 2)), results.Broken, 2, "2 of 2 stale: p50 3ms, p99 3ms, max 3ms (2 up to 10ms); 1 writes missed",
			"request 1 read seed of key 7 from pg-2, overwritten too long before"},
		{"of two as old, of two keys, the first in the record", c, story(session("write", 0, 1, "8", "b", 1), w(0, 1, "a"), told(r(4, 6, "seed"), 1), told(session("read", 4, 6, "8", "seed", 1), 2)), results.Broken, 2,
			"2 of 2 stale: p50 3ms, p99 3ms, max 3ms (2 up to 10ms); 2 writes missed", "request 1 read seed of key 7 from pg-2, overwritten too long before"},
		{"of two strangers the last", c, story(w(0, 1, "a"), told(r(4, 6, "x"), 1), told(r(4, 5, "y"), 2)), results.Broken, 0, "0 of 0 stale", `request 2 read "y", which was never written`},
		{"stale outranks a stranger where the record is not whole", c, changed(story(w(0, 1, "a"), r(4, 6, "x"), told(r(4, 5, "seed"), 2)), func(r *results.Run) { r.Finished = false }), results.Broken, 1,
			"1 of 1 stale: p50 3ms, p99 3ms, max 3ms (1 up to 10ms); 1 writes missed", "request 2 read seed of key 7 from pg-2, overwritten too long before"},
		{"the write acknowledged first is the one", c, story(w(0, 1, "a"), w(2, 20, "b"), w(4, 5, "c"), r(7, 8, "a")), results.Broken, 1, "1 of 1 stale: p50 2ms, p99 2ms, max 2ms (1 up to 10ms); 1 writes missed",
			"request 0 read a of key 7 from , overwritten too long before"},
		{"the first write takes longest, and the second was there", c, story(w(0, 20, "a"), w(2, 3, "b"), r(5, 6, "seed")), results.Broken, 1, "1 of 1 stale: p50 2ms, p99 2ms, max 2ms (1 up to 10ms); 1 writes missed",
			"request 0 read seed of key 7 from , overwritten too long before"},
		{"a write is missed once", c, story(w(0, 1, "a"), r(4, 5, "seed"), r(6, 7, "seed")), results.Broken, 2, "2 of 2 stale: p50 3ms, p99 5ms, max 5ms (2 up to 10ms); 1 writes missed", "request 0 read seed of key 7 from , overwritten too long before"},
		{"what is missed later than its acknowledgement", c, story(w(0, 1, "a"), w(2, 9, "b"), r(9, 10, "seed")), results.Broken, 1, "1 of 1 stale: p50 8ms, p99 8ms, max 8ms (1 up to 10ms); 1 writes missed", "request 0 read seed of key 7 from , overwritten too long before"},
		{"one too few", ReadsNotStale{LeastSamples: 3}, story(w(0, 1, "a"), r(4, 5, "a"), r(4, 5, "a")), results.Unproven, 2, "0 of 2 stale", "only 2 reads came after a write to the same key; at least 3 are required"},
		{"just enough", ReadsNotStale{LeastSamples: 2}, story(w(0, 1, "a"), r(4, 5, "a"), r(4, 5, "a")), results.Held, 2, "0 of 2 stale", ""},
		{"a read that ended as its write was sent", c, story(w(0, 1, "a"), r(4, 5, "b"), w(5, 6, "b")), results.Held, 1, "0 of 1 stale", ""},
	})
	if v := (ReadsNotStale{StaleWithin: time.Second}).Check(story()); v.Wanted != "at most 1s" {
		t.Errorf("wanted %q", v.Wanted)
	}
}

// TestStalenessFigures checks the numbers, with reads judged in any order.
func TestStalenessFigures(t *testing.T) {
	s := staleness{judged: 4, stale: []time.Duration{3 * time.Second, time.Second, 2 * time.Second}, longest: 3 * time.Second, missed: 5}
	want := []results.Figure{{Name: "stale", Value: 3, Unit: "reads"}, {Name: "missed", Value: 5, Unit: "writes"},
		{Name: "staleness-p50", Value: 2, Unit: "s"}, {Name: "staleness-p99", Value: 3, Unit: "s"}, {Name: "staleness-max", Value: 3, Unit: "s"}}
	if got := s.figures(); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := (staleness{judged: 1}).figures(); len(got) != 2 {
		t.Errorf("of none stale: %v", got)
	}
	if got := (staleness{}).figures(); got != nil {
		t.Errorf("of none judged: %v", got)
	}
}

func TestHistogram(t *testing.T) {
	const m = time.Millisecond
	for _, c := range []struct {
		d    []time.Duration
		want string
	}{
		{nil, ""}, {[]time.Duration{m}, "1 up to 1ms"}, {[]time.Duration{m, m + 1, 10 * m}, "1 up to 1ms, 2 up to 10ms"}, {[]time.Duration{1, 1000 * m}, "1 up to 1ms, 1 up to 1s"},
	} {
		if got := histogram(c.d); got != c.want {
			t.Errorf("%v: %q, want %q", c.d, got, c.want)
		}
	}
}
