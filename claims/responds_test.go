package claims

import (
	"strings"
	"testing"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// reads is 9 s of 1000 reads a second, each answered within a millisecond, with
// a fault in the second third, after a change of every request.
func reads(change func(q *results.Request)) *results.Run {
	r := specimen("read", 9000, 9*time.Second)
	for i := range r.Requests {
		change(&r.Requests[i])
	}
	return r
}

// every changes every n-th request.
func every(n uint64, change func(q *results.Request)) func(q *results.Request) {
	return func(q *results.Request) {
		if q.Seq%n == 0 {
			change(q)
		}
	}
}

func unanswer(q *results.Request) { q.Fate, q.Done = results.Unanswered, q.Sent+time.Microsecond }
func unsend(q *results.Request)   { q.Fate, q.Sent, q.Done = results.Unsent, 0, 0 }
func slow(q *results.Request)     { q.Done = q.Sent + time.Second }
func late(q *results.Request)     { q.Sent, q.Done = q.Sent+time.Second, q.Done+time.Second }
func same(*results.Request)       {}

// during changes the requests scheduled in a span of milliseconds.
func during(from, to int, change func(q *results.Request)) func(q *results.Request) {
	return func(q *results.Request) {
		if q.Intended >= time.Duration(from)*time.Millisecond && q.Intended < time.Duration(to)*time.Millisecond {
			change(q)
		}
	}
}

func few(r *results.Run, n int) *results.Run {
	r.Requests = r.Requests[:n]
	return r
}

func TestResponds(t *testing.T) {
	const m = time.Millisecond
	most, all := Responds{Share: 0.995}, Responds{Share: 1}
	fast := Responds{P50: Within(5 * m), P99: Within(50 * m)}
	try(t, []trial{
		{"all answered", most, reads(same), results.Held, ""},
		{"one in 1000 is not", most, reads(every(1000, unanswer)), results.Held, ""},
		{"one in 100 is not", most, reads(every(100, unanswer)), results.Broken, "90 of 9000 were not answered"},
		{"one is not, of all", all, reads(every(9000, unanswer)), results.Broken, "1 of 9000"},
		{"all, of all", all, reads(same), results.Held, ""},
		{"too few for all", Responds{Share: 1, Least: 10000}, reads(same), results.Unproven, "only 9000 requests; at least 10000 are required"},
		{"too few for a share", most, few(reads(same), 199), results.Unproven, "199 requests are too few for 99.5%: 95% sure only that at most 1.5% fail, allowed: 0.5%"},
		{"too few to tell", most, few(reads(every(100, unanswer)), 100), results.Unproven, "100 requests are too few for 99.5%, which takes 2000"},
		{"few, but plain", most, few(reads(unanswer), 20), results.Broken, "20 of 20"},
		{"another operation", Responds{Operation: "write", Share: 0.9}, reads(same), results.Unproven, "no such request"},
		{"nothing left", most, reads(unsend), results.Unproven, "no such request was sent"},
		{"one in 100 never left", most, reads(every(100, unsend)), results.Unproven, "90 of 9000 planned requests were never sent"},
		{"one in 1000 never left", most, reads(every(1000, unsend)), results.Held, ""},
		{"nothing wanted", Responds{}, reads(same), results.Unproven, "it requires nothing"},

		{"fast", fast, reads(same), results.Held, ""},
		{"one in 50 slow", fast, reads(every(50, slow)), results.Broken, "p99 is 1s"},
		{"one in 200 slow", fast, reads(every(200, slow)), results.Held, ""},
		{"a fast error is no answer", fast, reads(every(50, unanswer)), results.Broken, "p99: no answer within the timeout"},
		{"too few for p99", fast, few(reads(same), 298), results.Unproven, "298 requests are too few for p99: 95% sure only that at most 1.0002% take longer, allowed: 1%; about 299 would be enough"},
		{"few for p99, but not one slow", fast, few(reads(same), 400), results.Held, ""},
		{"few for p99, and some slow", fast, few(reads(every(100, slow)), 900), results.Unproven, "too few for p99"},
		{"few for p99, and all slow", fast, few(reads(slow), 300), results.Broken, "p50 is 1s"},
		{"too few for p95", Responds{P95: Within(m)}, few(reads(same), 58), results.Unproven, "about 59 would be enough"},
		{"late sending is waiting", fast, reads(every(50, late)), results.Broken, "p99 is 1.001s"},
		{"late sending is no service", Responds{P99: Within(50 * m), Clock: "service"}, reads(every(50, late)), results.Held, ""},
		{"the longest", Responds{Max: Within(50 * m)}, reads(every(9000, slow)), results.Broken, "max is 1s"},
		{"unsent may have been slow", fast, reads(every(50, unsend)), results.Unproven, "were never sent"},

		{"only the fault", Responds{Share: 1, Phase: "baseline"}, reads(during(3001, 6001, unanswer)), results.Held, ""},
		{"in the fault", Responds{Share: 0.5, Phase: "faulted"}, reads(during(3001, 6001, unanswer)), results.Broken, "were not answered"},
		{"soon after the fault", Responds{Share: 0.99, Phase: "faulted", After: time.Second}, reads(during(3000, 4000, unanswer)), results.Held, ""},
		{"too late after the fault", Responds{Share: 0.99, Phase: "faulted", After: time.Second}, reads(during(3000, 4200, unanswer)), results.Broken, "were not answered"},
		{"healed", Responds{P99: Within(5 * m), Phase: "healed"}, reads(during(3000, 6000, slow)), results.Held, ""},

		{"a bad second is lost in nine", Responds{Share: 0.9}, reads(during(4000, 4400, unanswer)), results.Held, ""},
		{"and found in its own", Responds{Share: 0.9, Window: time.Second}, reads(during(4000, 4400, unanswer)), results.Broken, "in the 1s from 4s"},
		{"every second is good", Responds{Share: 0.99, P99: Within(50 * m), Window: time.Second}, reads(same), results.Held, ""},
		{"a second without requests", Responds{Share: 0.9, Window: time.Second}, reads(during(4000, 5000, func(q *results.Request) { q.Operation = "gap"; q.Fate = results.Unsent })), results.Unproven, "from 4s"},
	})
	if v := all.Check(reads(same)); !strings.Contains(v.Measured, "100% of 9000 answered (95% sure: at most 0.033% fail)") {
		t.Errorf("measured %q", v.Measured)
	}
}
