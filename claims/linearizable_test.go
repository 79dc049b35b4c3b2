package claims

import (
	"fmt"
	"testing"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

func TestLinearizable(t *testing.T) {
	w := func(sent, done int, value string) results.Request { return session("write", sent, done, "7", value, 1) }
	r := func(sent, done int, value string) results.Request { return session("read", sent, done, "7", value, 2) }
	unanswered := func(q results.Request) results.Request { q.Fate = results.Unanswered; return q }
	c := Linearizable{LeastSamples: 1}
	try(t, []trial{
		{"read after write", c, story(w(0, 1, "a"), r(2, 3, "a")), results.Held, ""},
		{"a write at the time of the read", c, story(w(0, 9, "a"), r(2, 3, "a"), r(4, 5, "a")), results.Held, ""},
		{"the seed after a write", c, story(w(0, 1, "a"), r(2, 3, "seed")), results.Broken, "key 7: a appeared and disappeared while seed was current"},
		{"new, then old, during the write", c, story(w(0, 9, "a"), r(2, 3, "a"), r(4, 5, "seed")), results.Broken, "a appeared and disappeared while seed was current"},
		{"back and forth", c, story(w(0, 1, "a"), w(0, 1, "b"), r(2, 3, "a"), r(4, 5, "b"), r(6, 7, "a")), results.Broken, "b and a were each read after the other was current"},
		{"either of two writes at once", c, story(w(0, 5, "a"), w(0, 5, "b"), r(6, 7, "a"), r(8, 9, "a")), results.Held, ""},
		{"an unanswered write is seen late", c, story(unanswered(w(0, 1, "a")), r(2, 3, "seed"), r(4, 5, "a")), results.Held, ""},
		{"an unanswered write is never seen", c, story(unanswered(w(0, 1, "a")), r(2, 3, "seed")), results.Held, ""},
		{"an unanswered write comes and goes", c, story(unanswered(w(0, 1, "a")), r(2, 3, "a"), r(4, 5, "seed")), results.Broken, "key 7"},
		{"an acknowledged write is lost", c, story(w(0, 1, "a"), w(2, 3, "b"), r(4, 5, "a")), results.Broken, "b appeared and disappeared while a was current"},
		{"what nobody wrote", c, story(w(0, 1, "a"), r(2, 3, "x")), results.Broken, "returned \"x\", which was never written"},
		{"what is written only later", c, story(r(2, 3, "a"), w(4, 5, "a")), results.Broken, "never written"},
		{"what nobody wrote, in a run cut short", c, changed(story(w(0, 1, "a"), r(2, 3, "x")), func(r *results.Run) { r.Finished = false }), results.Unproven, "incomplete"},
		{"nothing written", c, story(r(0, 1, "seed")), results.Unproven, "only 0 reads"},
		{"too few", Linearizable{}, story(w(0, 1, "a"), r(2, 3, "a")), results.Unproven, "at least 100 are required"},
	})
}

func TestMonotonicReads(t *testing.T) {
	w := func(sent, done int, value string) results.Request { return session("write", sent, done, "7", value, 1) }
	r := func(sent, done int, value string, client int) results.Request {
		return session("read", sent, done, "7", value, client)
	}
	unanswered := func(q results.Request) results.Request { q.Fate = results.Unanswered; return q }
	c := MonotonicReads{LeastSamples: 1}
	try(t, []trial{
		{"forward", c, story(w(0, 1, "a"), r(2, 3, "seed", 2), r(4, 5, "a", 2)), results.Held, ""},
		{"back to the seed", c, story(w(0, 1, "a"), r(2, 3, "a", 2), r(4, 5, "seed", 2)), results.Broken, "read seed of key 7"},
		{"back to the write before", c, story(w(0, 1, "a"), w(2, 3, "b"), r(4, 5, "b", 2), r(6, 7, "a", 2)), results.Broken, "read a of key 7"},
		{"another session may be behind", c, story(w(0, 1, "a"), r(2, 3, "a", 2), r(4, 5, "a", 2), r(6, 7, "seed", 3)), results.Held, ""},
		{"writes at the same time have no order", c, story(w(0, 5, "a"), w(1, 4, "b"), r(6, 7, "a", 2), r(8, 9, "b", 2)), results.Held, ""},
		{"from an unanswered write back", c, story(w(0, 1, "a"), unanswered(w(2, 3, "b")), r(4, 5, "b", 2), r(6, 7, "a", 2)), results.Broken, "read a"},
		{"to an unanswered write", c, story(unanswered(w(0, 1, "a")), w(2, 3, "b"), r(4, 5, "b", 2), r(6, 7, "a", 2)), results.Held, ""},
		{"one read a session", c, story(w(0, 1, "a"), r(2, 3, "a", 2), r(4, 5, "a", 3)), results.Unproven, "only 0 reads followed"},
		{"nothing written", c, story(r(0, 1, "seed", 2), r(2, 3, "seed", 2)), results.Unproven, "only 0 reads followed"},
		{"what nobody wrote", c, story(w(0, 1, "a"), r(2, 3, "x", 2)), results.Unproven, "never written"},
	})
}

// millions is a million writes and reads of a thousand keys, in order.
func millions() *results.Run {
	const n = 1_000_000
	r := &results.Run{Finished: true, Load: results.Load{Planned: n}, Requests: make(results.History, n)}
	last := map[int]string{}
	for i := range r.Requests {
		key, at := i/2%1000, time.Duration(i)*time.Microsecond
		q := results.Request{Seq: uint64(i), Operation: "read", Key: fmt.Sprint(key), Client: key, Sent: at, Intended: at, Done: at + 500*time.Nanosecond, Fate: results.Answered}
		if i%2 == 0 {
			q.Operation, last[key] = "write", fmt.Sprint("v", i)
		}
		q.Value = last[key]
		r.Requests[i] = q
	}
	return r
}

func benchmark(b *testing.B, c Claim) {
	r := millions()
	for b.Loop() {
		if v := c.Check(r); v.Outcome != results.Held {
			b.Fatalf("%v: %s", v.Outcome, v.Why)
		}
	}
}

func BenchmarkLinearizableMillionOperations(b *testing.B)   { benchmark(b, Linearizable{}) }
func BenchmarkReadsNotStaleMillionOperations(b *testing.B)  { benchmark(b, ReadsNotStale{}) }
func BenchmarkMonotonicReadsMillionOperations(b *testing.B) { benchmark(b, MonotonicReads{}) }
func BenchmarkRespondsMillionOperations(b *testing.B) {
	benchmark(b, Responds{Share: 1, P99: Within(time.Second)})
}
