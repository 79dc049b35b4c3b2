package claims

import (
	"strings"
	"testing"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// session is one request, in milliseconds: a read or write of a key by a
// client.
func session(op string, sent, done int, key, value string, client int) results.Request {
	return results.Request{
		Operation: op, Sent: time.Duration(sent) * time.Millisecond, Done: time.Duration(done) * time.Millisecond,
		Key: key, Value: value, Client: client, Fate: results.Answered,
	}
}

func story(qs ...results.Request) *results.Run {
	return &results.Run{Finished: true, Load: results.Load{Planned: uint64(len(qs))}, Requests: qs}
}

func TestReadsNotStale(t *testing.T) {
	w := func(sent, done int, value string) results.Request { return session("write", sent, done, "7", value, 1) }
	r := func(sent, done int, value string) results.Request { return session("read", sent, done, "7", value, 2) }
	unanswered := func(q results.Request) results.Request { q.Fate = results.Unanswered; return q }
	fresh := ReadsNotStale{LeastSamples: 1}
	within := ReadsNotStale{LeastSamples: 1, StaleWithin: 50 * time.Millisecond}
	own := ReadsNotStale{LeastSamples: 1, ReadYourOwn: true}
	try(t, []trial{
		{"read after write", fresh, story(w(0, 1, "a"), r(2, 3, "a")), results.Held, ""},
		{"the seed after a write", fresh, story(w(0, 1, "a"), r(20, 23, "seed")), results.Broken, "read seed of key 7"},
		{"the write before", fresh, story(w(0, 1, "a"), w(2, 3, "b"), r(4, 5, "a")), results.Broken, "read a of key 7"},
		{"stale, but within the bound", within, story(w(0, 1, "a"), w(2, 3, "b"), r(53, 60, "a")), results.Held, ""},
		{"stale beyond the bound", within, story(w(0, 1, "a"), w(2, 3, "b"), r(54, 60, "a")), results.Broken, "overwritten too long before"},
		{"the bound runs from the first newer write", within, story(w(0, 1, "a"), w(2, 3, "b"), w(40, 41, "c"), r(54, 60, "a")), results.Broken, "read a"},
		{"writes at the same time accuse nobody", fresh, story(w(0, 5, "a"), w(1, 4, "b"), r(10, 11, "a"), r(12, 13, "b")), results.Held, ""},
		{"a write at the time of the read", fresh, story(w(0, 1, "a"), w(2, 9, "b"), r(4, 5, "a")), results.Held, ""},
		{"an unanswered write is no newer one", fresh, story(w(0, 1, "a"), unanswered(w(2, 3, "b")), r(4, 5, "a")), results.Held, ""},
		{"an unanswered write may be read", fresh, story(w(0, 1, "a"), unanswered(w(2, 3, "b")), w(4, 5, "c"), r(6, 7, "b")), results.Held, ""},
		{"what nobody wrote", fresh, story(w(0, 1, "a"), r(2, 3, "other-1")), results.Broken, "\"other-1\", which was never written"},
		{"what was written to another key", fresh, story(w(0, 1, "a"), session("write", 2, 3, "8", "b", 1), r(4, 5, "b")), results.Broken, "never written"},
		{"what is written only later", fresh, story(w(0, 1, "a"), r(2, 3, "b"), w(4, 5, "b")), results.Broken, "never written"},
		{"what nobody wrote, in a run cut short", fresh, changed(story(w(0, 1, "a"), r(2, 3, "b")), func(r *results.Run) { r.Finished = false }), results.Unproven, "incomplete"},
		{"no read after a write", fresh, story(r(0, 1, "seed"), w(2, 3, "a")), results.Unproven, "only 0 reads"},
		{"reads of other keys", fresh, story(w(0, 1, "a"), session("read", 2, 3, "8", "seed", 2)), results.Unproven, "only 0 reads"},
		{"too few", ReadsNotStale{}, story(w(0, 1, "a"), r(2, 3, "a")), results.Unproven, "only 1 reads came after a write to the same key; at least 100 are required"},
		{"another's write is not one's own", own, story(w(0, 1, "a"), session("write", 0, 1, "7", "b", 2), w(2, 3, "c"), r(4, 5, "b")), results.Held, ""},
		{"the first of two that are as stale", fresh, story(w(0, 1, "a"), session("write", 0, 1, "8", "b", 1), session("read", 5, 6, "8", "seed", 2), r(5, 6, "seed")), results.Broken, "read seed of key 8"},
		{"the stalest comes later", fresh, story(w(0, 1, "a"), r(5, 6, "seed"), session("read", 6, 7, "7", "seed", 3)), results.Broken, "read seed of key 7"},
		{"one's own write", own, story(session("write", 0, 1, "7", "a", 2), r(4, 5, "seed")), results.Broken, "read seed"},
		{"nobody reads their own", own, story(w(0, 1, "a"), r(4, 5, "seed")), results.Unproven, "only 0 reads"},
	})
	v := fresh.Check(story(w(0, 1, "a"), r(11, 12, "seed"), r(21, 22, "seed"), r(31, 32, "a"), r(41, 42, "seed")))
	if want := "3 of 4 stale: p50 20ms, p99 40ms, max 40ms (1 up to 10ms, 2 up to 100ms); 1 writes missed"; v.Measured != want {
		t.Errorf("measured %q, want %q", v.Measured, want)
	}
	for want, r := range map[string]*results.Run{
		"; 3 writes missed": story(w(0, 1, "a"), w(2, 3, "b"), w(4, 5, "c"), r(10, 11, "seed"), r(20, 21, "b")),
		"; 1 writes missed": story(w(0, 1, "a"), w(2, 3, "b"), w(4, 30, "c"), r(10, 11, "a"), r(40, 41, "c")), // the last was not acknowledged yet
	} {
		if v := fresh.Check(r); !strings.HasSuffix(v.Measured, want) {
			t.Errorf("measured %q, want %q", v.Measured, want)
		}
	}
}

func TestNotAppliedTwice(t *testing.T) {
	posts := func(change func(*results.Run)) *results.Run {
		r := specimen("post", 900, 9*time.Second)
		r.Faults[0].Effect += 18 * time.Millisecond
		r.Requests[300].Fate = results.Unanswered // in flight when the kill was requested
		var held []string
		for _, q := range r.Requests {
			held = append(held, q.Value)
		}
		r.Final = &results.Audit{Stable: true, Stores: []results.Store{{Node: "db", Role: "primary", Values: map[string][]string{"post": held}}}}
		change(r)
		return r
	}
	var c NotAppliedTwice
	try(t, []trial{
		{"each once", c, posts(func(*results.Run) {}), results.Held, ""},
		{"one twice", c, posts(func(r *results.Run) {
			v := r.Final.Stores[0].Values
			v["post"] = append(v["post"], "specimen-300")
		}), results.Broken, "specimen-300 was applied 2 times"},
		{"more fail than were in flight", c, posts(func(r *results.Run) {
			for i := range 5 {
				r.Requests[400+i].Fate = results.Unanswered
			}
		}), results.Broken, "5 failed that were not in flight at the fault"},
		{"as many as allowed", NotAppliedTwice{Allow: 5}, posts(func(r *results.Run) {
			for i := range 5 {
				r.Requests[400+i].Fate = results.Refused
			}
		}), results.Held, ""},
		{"none in flight", NotAppliedTwice{Allow: 1}, posts(func(r *results.Run) {
			r.Faults[0].Asked += 5 * time.Millisecond
			r.Faults[0].Effect = r.Faults[0].Asked + time.Millisecond
		}), results.Unproven, "no post was in flight at the fault"},
		{"those in flight were answered", c, posts(func(r *results.Run) { r.Requests[300].Fate = results.Answered }), results.Held, ""},
		{"a fault nobody saw", c, posts(func(r *results.Run) { r.Faults[0].Witness = "" }), results.Unproven, "no fault was seen in effect"},
		{"no audit", c, posts(func(r *results.Run) { r.Final = nil }), results.Unproven, "no final audit"},
		{"no such operation", NotAppliedTwice{Operation: "write"}, posts(func(*results.Run) {}), results.Unproven, "no write was in flight"},
	})
}

func TestSlowBounded(t *testing.T) {
	c := SlowBounded{SlowerThan: 500 * time.Millisecond, AtMost: 5, EachWithin: 1500 * time.Millisecond}
	try(t, []trial{
		{"three slow", c, reads(during(4000, 4003, slow)), results.Held, ""},
		{"six slow", c, reads(during(4000, 4006, slow)), results.Broken, "6 slow or failed, 0 of them failed"},
		{"one too slow", c, reads(during(4000, 4001, func(q *results.Request) { q.Done += 2 * time.Second })), results.Broken, "took 501ms more"},
		{"one failed", c, reads(during(4000, 4001, unanswer)), results.Broken, "1 failed outright"},
		{"slow before the fault", c, reads(func(q *results.Request) {
			during(1000, 1999, slow)(q)
			during(4000, 4001, slow)(q)
		}), results.Held, ""},
		{"in flight at the fault", c, reads(during(2500, 2510, slow)), results.Broken, "10 slow"},
		{"no request was affected", c, reads(same), results.Unproven, "the fault affected none"},
		{"one never left", c, reads(func(q *results.Request) {
			during(4000, 4003, slow)(q)
			during(5000, 5001, unsend)(q)
		}), results.Unproven, "1 requests were never sent"},
		{"a fault nobody saw", c, changed(reads(slow), func(r *results.Run) { r.Faults[0].Effect = 0 }), results.Unproven, "no fault was seen"},
		{"another operation", SlowBounded{Operation: "post", SlowerThan: 1, EachWithin: 1, AtMost: 1}, reads(slow), results.Unproven, "no request ended"},
		{"no bound", SlowBounded{}, reads(slow), results.Unproven, "slower-than must be"},
	})
}

// TestHonestClock is the proof against coordinated omission: 6 s of 100 s
// frozen, so p99 is 5 s and p95 is 1 s. The service clock of a driver with one
// connection shows only one slow request.
func TestHonestClock(t *testing.T) {
	freeze := func(change func(*results.Run)) *results.Run {
		r := specimen("static", 10000, 100*time.Second)
		r.Faults[0].Name = "pause"
		r.Faults[0].Effect, r.Faults[0].Ended = 40*time.Second, 46*time.Second
		for i := range r.Requests {
			q := &r.Requests[i]
			if q.Intended >= 40*time.Second && q.Intended < 46*time.Second {
				q.Sent, q.Done = 46*time.Second, 46*time.Second+time.Millisecond
			}
		}
		r.Requests[4000].Sent = 40 * time.Second // the request that had the connection
		change(r)
		return r
	}
	same := func(*results.Run) {}
	try(t, []trial{
		{"from the intended instant", HonestClock{}, freeze(same), results.Held, ""},
		{"from the sending", HonestClock{Clock: "service"}, freeze(same), results.Broken, "p99 of the service clock is 1ms, -4.999s off"},
		{"a shorter freeze than seen", HonestClock{}, freeze(func(r *results.Run) { r.Faults[0].Ended += time.Second }), results.Broken, "-999ms off"},
		{"within a wider bound", HonestClock{Within: 2 * time.Second}, freeze(func(r *results.Run) { r.Faults[0].Ended += time.Second }), results.Held, ""},
		{"an end nobody saw", HonestClock{}, freeze(func(r *results.Run) { r.Faults[0].Ended = 0 }), results.Unproven, "no freeze was seen"},
		{"a quantile that cannot show it", HonestClock{Quantiles: []float64{90}}, freeze(same), results.Unproven, "p90 does not show a freeze of 6s in 1m40s"},
		{"too few requests", HonestClock{Quantiles: []float64{99.95}}, freeze(same), results.Unproven, "p99.95"},
		{"some never left", HonestClock{}, freeze(func(r *results.Run) { unsend(&r.Requests[9000]) }), results.Unproven, "1 were not"},
		{"another operation", HonestClock{Operation: "read"}, freeze(same), results.Unproven, "0 requests were sent"},
		{"no such clock", HonestClock{Clock: "wall"}, freeze(same), results.Unproven, "clock \"wall\""},
	})
	v := HonestClock{}.Check(freeze(same))
	if !strings.Contains(v.Measured, "p99 response 5.001s service 1ms") && !strings.Contains(v.Measured, "p99 response 4.99") {
		t.Errorf("measured %q does not name both clocks", v.Measured)
	}
}
