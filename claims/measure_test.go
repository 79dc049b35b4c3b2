package claims

import (
	"testing"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// TestMeasureEdges checks whole verdicts: 9000 reads, one per millisecond, each
// answered within a millisecond.
func TestMeasureEdges(t *testing.T) {
	const m = time.Millisecond
	most := Responds{Share: 0.995}
	fast := Responds{P99: Within(50 * m)}
	exactly(t, []reading{
		{"all answered", Responds{Share: 1}, reads(same), results.Held, 9000, "100% of 9000 answered (95% sure: at most 0.033% fail)", ""},
		{"some are not", Responds{Share: 0.98}, reads(every(100, unanswer)), results.Held, 9000, "99% of 9000 answered (95% sure: at most 1.2% fail)", ""},
		{"a share and latencies", Responds{Share: 0.98, P50: Within(5 * m), P95: Within(5 * m), P99: Within(5 * m), Max: Within(50 * m)}, reads(every(200, func(q *results.Request) { q.Done = q.Sent + 20*m })), results.Held, 9000,
			"100% of 9000 answered (95% sure: at most 0.033% fail), p50 1ms, p95 1ms, p99 1ms, max 20ms", ""},
		{"without a share", fast, reads(same), results.Held, 9000, "p99 1ms", ""},
		{"as slow as is wanted", Responds{P99: Within(50 * m)}, reads(every(50, func(q *results.Request) { q.Done = q.Sent + 50*m })), results.Held, 9000, "p99 50ms", ""},
		{"slower by nothing one can see", Responds{P99: Within(50 * m)}, reads(every(50, func(q *results.Request) { q.Done = q.Sent + 50*m + 1 })), results.Broken, 9000, "p99 50.000001ms", "p99 is 50.000001ms"},
		{"exactly the share is not sure", Responds{Share: 0.99}, reads(every(100, unanswer)), results.Unproven, 9000, "99% of 9000 answered (95% sure: at most 1.2% fail)",
			"9000 requests are too few for 99%: 95% sure only that at most 1.2% fail, allowed: 1%; to judge these alone, set least: 9000"},
		{"exactly the share, where it is enough", Responds{Share: 0.99, Least: 9000}, reads(every(100, unanswer)), results.Held, 9000, "99% of 9000 answered (95% sure: at most 1.2% fail)", ""},
		{"one less, where it is enough", Responds{Share: 0.99, Least: 9000}, reads(func(q *results.Request) {
			every(100, unanswer)(q)
			during(1, 2, unanswer)(q)
		}), results.Broken, 9000, "98.989% of 9000 answered (95% sure: at most 1.2% fail)", "91 of 9000 were not answered"},

		{"2000 can tell", most, few(reads(every(100, unanswer)), 2000), results.Broken, 2000, "99% of 2000 answered (95% sure: at most 1.4% fail)", "20 of 2000 were not answered"},
		{"199 cannot", most, few(reads(every(100, unanswer)), 199), results.Unproven, 199, "98.995% of 199 answered (95% sure: at most 3.1% fail)", "199 requests are too few for 99.5%, which takes 2000"},
		{"199 can, where they are plainly too many", most, few(reads(every(30, unanswer)), 199), results.Broken, 199, "96.482% of 199 answered (95% sure: at most 6.5% fail)", "7 of 199 were not answered"},
		{"a window is judged by itself", Responds{Share: 0.995, Window: time.Second}, few(reads(every(100, unanswer)), 199), results.Unproven, 199,
			"98.995% of 199 answered (95% sure: at most 3.1% fail)", "199 requests in the 1s from 0s are too few for 99.5%, which takes 2000"},
		{"199 in a window are enough where it says so", Responds{Share: 0.995, Window: time.Second, Least: 199}, few(reads(every(100, unanswer)), 199), results.Broken, 199,
			"98.995% of 199 answered (95% sure: at most 3.1% fail)", "2 of 199 were not answered in the 1s from 0s"},
		{"as many slow as may be", fast, few(reads(every(100, slow)), 1000), results.Unproven, 1000, "p99 1ms",
			"1000 requests are too few for p99: 95% sure only that at most 1.7% take longer, allowed: 1%; to judge these alone, set least: 1000"},
		{"half as many, of 1000", fast, few(reads(every(200, slow)), 1000), results.Unproven, 1000, "p99 1ms",
			"1000 requests are too few for p99: 95% sure only that at most 1.05% take longer, allowed: 1%; about 1441 would be enough, or set least: 1000 to judge these alone"},
		{"half as many, of 2000", fast, few(reads(every(200, slow)), 2000), results.Held, 2000, "p99 1ms", ""},
		{"999 are not", fast, few(reads(every(100, slow)), 999), results.Unproven, 999, "p99 1s", "999 requests are too few for p99, which takes 1000"},
		{"300 are where all are slow", fast, few(reads(slow), 300), results.Broken, 300, "p99 1s", "p99 is 1s"},
		{"the slow ones could be as many as they may", Responds{P50: Within(50 * m)}, few(reads(every(2, slow)), 19), results.Unproven, 19, "p50 1s", "19 requests are too few for p50, which takes 20"},

		{"broken, and some never left", fast, reads(func(q *results.Request) {
			every(50, slow)(q)
			every(49, unsend)(q)
		}), results.Broken, 8816, "p99 1s", "p99 is 1s"},
		{"were never sent, in a window", Responds{P99: Within(50 * m), Window: 3 * time.Second}, reads(during(4000, 4100, unsend)), results.Unproven, 8900, "p99 1ms", "100 of 3000 planned requests were never sent in the 3s from 3s"},
		{"were never sent, but so few that it does not matter", fast, reads(during(4000, 4074, unsend)), results.Held, 8926, "p99 1ms", ""},
		{"were never sent, and one too many", fast, reads(during(4000, 4075, unsend)), results.Unproven, 8925, "p99 1ms", "75 of 9000 planned requests were never sent"},
		{"none sent in a window", Responds{P99: Within(50 * m), Window: time.Second}, reads(during(4000, 5000, unsend)), results.Unproven, 8000, "", "no request was sent in the 1s from 4s"},

		{"598 without a failure show 99.5%", most, few(reads(same), 598), results.Held, 598, "100% of 598 answered (95% sure: at most 0.4997% fail)", ""},
		{"one fewer", most, few(reads(same), 597), results.Unproven, 597, "100% of 597 answered (95% sure: at most 0.501% fail)",
			"597 requests are too few for 99.5%: 95% sure only that at most 0.501% fail, allowed: 0.5%; about 598 would be enough, or set least: 597 to judge these alone"},
		{"ten show no 90%", Responds{Share: 0.9}, few(reads(same), 10), results.Unproven, 10, "100% of 10 answered (95% sure: at most 26% fail)",
			"10 requests are too few for 90%: 95% sure only that at most 26% fail, allowed: 10%; about 29 would be enough, or set least: 10 to judge these alone"},
		{"more where it says so", Responds{Share: 0.995, Least: 9001}, reads(same), results.Unproven, 9000, "100% of 9000 answered (95% sure: at most 0.033% fail)", "only 9000 requests; at least 9001 are required to prove it"},
		{"fewer are no excuse", Responds{Share: 0.5, Least: 3}, few(reads(same), 2), results.Unproven, 2, "100% of 2 answered (95% sure: at most 78% fail)", "only 2 requests; at least 3 are required to prove it"},
		{"one is enough for all where it says so", Responds{Share: 1, Least: 1}, few(reads(same), 1), results.Held, 1, "100% of 1 answered (95% sure: at most 95% fail)", ""},
		{"one is not", Responds{Share: 1}, few(reads(same), 1), results.Unproven, 1, "100% of 1 answered (95% sure: at most 95% fail)",
			"1 request is too few for 100%: 95% sure only that at most 95% fail, allowed: 0.1%; about 2995 would be enough, or set least: 1 to judge these alone"},
		{"nor for a longest time", Responds{Max: Within(time.Second)}, few(reads(same), 1), results.Unproven, 1, "max 1ms",
			"1 request is too few for max: 95% sure only that at most 95% take longer, allowed: 0.1%; about 2995 would be enough, or set least: 1 to judge these alone"},
		{"2995 show all", Responds{Share: 1, Max: Within(time.Second)}, few(reads(same), 2995), results.Held, 2995, "100% of 2995 answered (95% sure: at most 0.09997% fail), max 1ms", ""},
		{"2994 do not", Responds{Share: 1}, few(reads(same), 2994), results.Unproven, 2994, "100% of 2994 answered (95% sure: at most 0.10001% fail)",
			"2994 requests are too few for 100%: 95% sure only that at most 0.10001% fail, allowed: 0.1%; about 2995 would be enough, or set least: 2994 to judge these alone"},

		{"after the fault, from the instant on", Responds{Share: 1, After: time.Second}, reads(during(3000, 4001, unanswer)), results.Held, 4999, "100% of 4999 answered (95% sure: at most 0.06% fail)", ""},
		{"the worst window is told, not the last", Responds{Share: 0.9, Window: time.Second}, reads(func(q *results.Request) {
			during(2000, 2400, unanswer)(q)
			during(4000, 4800, unanswer)(q)
		}), results.Broken, 9000, "60% of 1000 answered (95% sure: at most 43% fail)", "400 of 1000 were not answered in the 1s from 2s"},
		{"after a fault that nobody saw", Responds{Share: 1, After: time.Second}, changed(reads(same), func(r *results.Run) { r.Faults[0].Witness = "" }), results.Unproven, 0, "", "no fault was seen in effect"},
		{"bounds of both kinds", Responds{P50: Within(50 * m), P99: TimesBaseline(2)}, reads(same), results.Held, 9000, "p50 1ms, p99 1ms", ""},
	})
	if v := (Responds{P50: Within(50 * m), P99: TimesBaseline(2)}).Check(reads(same)); v.Wanted != "p50 at most 50ms, p99 at most 2x baseline (2ms)" {
		t.Errorf("wanted %q", v.Wanted)
	}
}

// TestWindows divides 9000 reads, one per millisecond, into windows.
func TestWindows(t *testing.T) {
	const s = time.Second
	for _, c := range []struct {
		name    string
		claim   Responds
		run     *results.Run
		from    []time.Duration // of each window
		planned []int
	}{
		{"the whole", Responds{}, reads(same), []time.Duration{0}, []int{9000}},
		{"thirds", Responds{Window: 3 * s}, reads(same), []time.Duration{0, 3 * s, 6 * s}, []int{3000, 3000, 3000}},
		{"a short rest joins the window before", Responds{Window: 4 * s}, few(reads(same), 9000), []time.Duration{0, 4 * s}, []int{4000, 5000}},
		{"a rest of half a window is one", Responds{Window: 2 * s}, few(reads(same), 5001), []time.Duration{0, 2 * s, 4 * s}, []int{2000, 2000, 1001}},
		{"a millisecond less is none", Responds{Window: 2 * s}, few(reads(same), 5000), []time.Duration{0, 2 * s}, []int{2000, 3000}},
		{"longer than all, which Check refuses", Responds{Window: 20 * s}, reads(same), []time.Duration{0}, []int{9000}},
		{"of one request", Responds{Window: s}, few(reads(same), 1), []time.Duration{0}, []int{1}},
		{"of a phase", Responds{Window: s, Phase: "healed"}, reads(same), []time.Duration{6001 * time.Millisecond, 7001 * time.Millisecond, 8001 * time.Millisecond}, []int{1000, 1000, 999}},
		{"of all phases", Responds{Phase: "all"}, reads(same), []time.Duration{0}, []int{9000}},
		{"of an operation", Responds{Operation: "read"}, reads(every(10, func(q *results.Request) { q.Operation = "write" })), []time.Duration{time.Millisecond}, []int{8100}},
	} {
		groups := c.claim.groups(c.run, c.run.Spans(c.claim.Phase))
		if len(groups) != len(c.planned) {
			t.Errorf("%s: %d windows, want %d", c.name, len(groups), len(c.planned))
			continue
		}
		for i, g := range groups {
			if g.from != c.from[i] || g.planned != c.planned[i] || g.sent != g.planned || g.answered != g.planned || len(g.waits) != g.planned {
				t.Errorf("%s: window %d from %v has %d planned, %d sent, %d answered, want %d from %v", c.name, i, g.from, g.planned, g.sent, g.answered, c.planned[i], c.from[i])
			}
		}
	}
	from := Responds{}.groups(reads(same), []results.Span{{From: 4 * s, To: 9 * s}})[0]
	if from.planned != 5000 || from.from != 4*s {
		t.Errorf("from 4s on there are %d from %v", from.planned, from.from)
	}
}

// TestGroupCounts adds one request of each fate, by either clock.
func TestGroupCounts(t *testing.T) {
	const m = time.Millisecond
	var g, service group
	for _, fate := range []results.Fate{results.Answered, results.Refused, results.Unanswered, results.Unsent} {
		q := results.Request{Intended: 1 * m, Sent: 2 * m, Done: 5 * m, Fate: fate}
		g.add(&q, "response")
		service.add(&q, "service")
	}
	if g.planned != 4 || g.sent != 3 || g.answered != 1 || len(g.waits) != 3 || g.waits[0] != 4*m || g.waits[1] != never || g.waits[2] != never {
		t.Errorf("got %+v", g)
	}
	if service.waits[0] != 3*m {
		t.Errorf("by the service clock %+v", service)
	}
}
