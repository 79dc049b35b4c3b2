package claims

import (
	"fmt"
	"strings"
	"testing"

	"github.com/holdfast-lab/holdfast/results"
)

// TestGoingBackEdges covers reads that overlap, that take no time, or that go
// back at the same instant.
func TestGoingBackEdges(t *testing.T) {
	w := func(sent int, key, value string) results.Request {
		return session("write", sent, sent+1, key, value, 1)
	}
	r := func(sent, done int, key, value string) results.Request {
		return session("read", sent, done, key, value, 2)
	}
	told := func(q results.Request, seq uint64) results.Request { q.Seq = seq; return q }
	c := MonotonicReads{LeastSamples: 1}
	exactly(t, []reading{
		{"a long read before a short one", c, story(w(0, "7", "a"), w(2, "7", "b"), r(4, 20, "7", "a"), r(5, 6, "7", "b"), r(7, 8, "7", "a")), results.Broken, 1, "1 of 1 going back",
			"request 0 read a of key 7 from  after its session had read a newer value"},
		{"the last read takes no time", c, story(w(0, "7", "a"), r(2, 3, "7", "a"), r(4, 4, "7", "a")), results.Held, 1, "0 of 1 going back", ""},
		{"sent as the one before ended", c, story(w(0, "7", "a"), r(2, 4, "7", "a"), r(4, 5, "7", "seed")), results.Broken, 1, "1 of 1 going back",
			"request 0 read seed of key 7 from  after its session had read a newer value"},
		{"acknowledged as the newer was sent", c, story(session("write", 0, 2, "7", "a", 1), w(2, "7", "b"), r(4, 5, "7", "b"), r(6, 7, "7", "a")), results.Held, 1, "0 of 1 going back", ""},
		{"two keys, and the earlier is named", c, story(w(0, "7", "a"), w(0, "8", "b"), r(2, 3, "7", "a"), r(2, 3, "8", "b"), told(r(8, 9, "7", "seed"), 1), told(r(4, 5, "8", "seed"), 2)), results.Broken, 2, "2 of 2 going back",
			"request 2 read seed of key 8 from  after its session had read a newer value"},
		{"two keys, and the later is not", c, story(w(0, "7", "a"), w(0, "8", "b"), r(2, 3, "7", "a"), r(2, 3, "8", "b"), told(r(4, 5, "7", "seed"), 1), told(r(8, 9, "8", "seed"), 2)), results.Broken, 2, "2 of 2 going back",
			"request 1 read seed of key 7 from  after its session had read a newer value"},
		{"two keys at once, and the first is named", c, story(w(0, "7", "a"), w(0, "8", "b"), r(2, 3, "7", "a"), r(2, 3, "8", "b"), told(r(4, 5, "7", "seed"), 1), told(r(4, 5, "8", "seed"), 2)), results.Broken, 2, "2 of 2 going back",
			"request 1 read seed of key 7 from  after its session had read a newer value"},
		{"strangers of two keys", c, story(w(0, "7", "a"), r(2, 3, "7", "x"), r(2, 3, "8", "y")), results.Unproven, 0, "0 of 0 going back", "2 reads returned values that were never written"},
		{"as many as wanted", MonotonicReads{LeastSamples: 2}, story(w(0, "7", "a"), r(2, 3, "7", "a"), r(4, 5, "7", "a"), r(6, 7, "7", "a")), results.Held, 2, "0 of 2 going back", ""},
		{"one too few", MonotonicReads{LeastSamples: 3}, story(w(0, "7", "a"), r(2, 3, "7", "a"), r(4, 5, "7", "a"), r(6, 7, "7", "a")), results.Unproven, 2, "0 of 2 going back",
			"only 2 reads followed another of the same session and key; at least 3 are required"},
		{"reads of the seed show no order", c, story(w(0, "7", "a"), r(2, 3, "7", "seed"), r(4, 5, "7", "seed"), r(6, 7, "7", "a")), results.Held, 1, "0 of 1 going back", ""},
		{"what is no read, no answer, or no value", c, story(w(0, "7", "a"), r(2, 3, "7", "a"), r(4, 5, "7", ""), lost(r(6, 7, "7", "seed")), session("look", 8, 9, "7", "seed", 2), r(10, 11, "7", "a")), results.Held, 1, "0 of 1 going back", ""},
		{"whatever their order in the record", c, story(w(0, "7", "a"), r(4, 5, "7", "seed"), r(2, 3, "7", "a")), results.Broken, 1, "1 of 1 going back",
			"request 0 read seed of key 7 from  after its session had read a newer value"},
	})
}

// TestOutOfOrderEdges covers stores that keep writes of the same instant, or
// one write twice.
func TestOutOfOrderEdges(t *testing.T) {
	w := func(sent, done int, value string, client int) results.Request {
		return session("write", sent, done, "7", value, client)
	}
	keeping := func(r *results.Run, values ...string) *results.Run {
		r.Final = &results.Audit{Stable: true, Stores: []results.Store{{Node: "pg-1", Role: "primary", Values: map[string][]string{"write": values}}}}
		return r
	}
	c := MonotonicWrites{LeastSamples: 1}
	exactly(t, []reading{
		{"two sent at once stand before an older one", c, keeping(story(w(0, 1, "a", 1), w(2, 3, "b", 1), w(2, 3, "c", 1)), "b", "c", "a"), results.Broken, 1, "0 of 0 reads and 1 of 1 kept writes out of order",
			"pg-1 keeps b before a, which its session had seen acknowledged earlier"},
		{"an older one stands before two", c, keeping(story(w(0, 1, "a", 1), w(2, 3, "b", 1), w(4, 5, "c", 1)), "c", "a", "b"), results.Broken, 2, "0 of 0 reads and 2 of 2 kept writes out of order",
			"pg-1 keeps c before a, which its session had seen acknowledged earlier"},
		{"the newest of those before counts", c, keeping(story(w(0, 1, "a", 1), w(2, 3, "b", 1), w(4, 5, "c", 1)), "a", "c", "b"), results.Broken, 2, "0 of 0 reads and 1 of 2 kept writes out of order",
			"pg-1 keeps c before b, which its session had seen acknowledged earlier"},
		{"acknowledged as the other was sent, and behind it", c, keeping(story(w(0, 2, "a", 1), w(2, 3, "b", 1)), "b", "a"), results.Unproven, 0, "0 of 0 reads and 0 of 0 kept writes out of order", "only 0 observations of two writes of one session; at least 1 are required"},
		{"acknowledged as the other was sent, and before it", c, keeping(story(w(0, 2, "a", 1), w(2, 3, "b", 1)), "a", "b"), results.Held, 1, "0 of 0 reads and 0 of 1 kept writes out of order", ""},
		{"one that stands twice is compared once", c, keeping(story(w(0, 1, "a", 1), w(2, 3, "b", 1)), "a", "b", "a"), results.Held, 1, "0 of 0 reads and 0 of 1 kept writes out of order", ""},
		{"strangers and the seed are not", c, keeping(story(w(0, 1, "a", 1), w(2, 3, "b", 1)), "x", "seed", "a", "x", "b"), results.Held, 1, "0 of 0 reads and 0 of 1 kept writes out of order", ""},
		{"two primaries do not agree on what survives, but each on an order", c, changed(keeping(story(w(0, 1, "a", 1), w(2, 3, "b", 1)), "b", "a"), func(r *results.Run) {
			r.Final.Stores = append(r.Final.Stores, results.Store{Node: "pg-2", Role: "primary"})
		}), results.Broken, 1, "0 of 0 reads and 1 of 1 kept writes out of order", "pg-1 keeps b before a, which its session had seen acknowledged earlier"},
		{"what keeps the same is judged once", c, changed(keeping(story(w(0, 1, "a", 1), w(2, 3, "b", 1)), "a", "b"), func(r *results.Run) {
			same := r.Final.Stores[0]
			r.Final.Stores = append(r.Final.Stores, results.Store{Node: "pg-2"}, same)
		}), results.Held, 1, "0 of 0 reads and 0 of 1 kept writes out of order", ""},
		{"two stores keep their own orders, and the first is named", c, changed(keeping(story(w(0, 1, "a", 1), w(2, 3, "b", 1), w(4, 5, "c", 1)), "a", "b", "c"), func(r *results.Run) {
			for node, values := range []string{"bac", "acb"} {
				r.Final.Stores = append(r.Final.Stores, results.Store{Node: fmt.Sprint("pg-", node+2), Values: map[string][]string{"write": strings.Split(values, "")}})
			}
		}), results.Broken, 6, "0 of 0 reads and 2 of 6 kept writes out of order", "pg-2 keeps b before a, which its session had seen acknowledged earlier"},
		{"sessions mixed", c, keeping(story(w(0, 1, "a", 1), w(2, 3, "b", 2), w(4, 5, "c", 1), w(6, 7, "d", 2)), "b", "a", "d", "c"), results.Held, 2, "0 of 0 reads and 0 of 2 kept writes out of order", ""},
	})
}
