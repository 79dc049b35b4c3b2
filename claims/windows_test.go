package claims

import (
	"testing"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// twoOutages is 120 s of 100 reads a second, each answered within a
// millisecond, with a pause from 10 s to 12 s and one from 100 s to 102 s,
// after a change of every request.
func twoOutages(change func(q *results.Request)) *results.Run {
	const s = time.Second
	r := specimen("read", 12_000, 120*s)
	r.Faults = []results.Fault{
		{Name: "pause", Targets: []string{"a"}, Asked: 10 * s, Effect: 10*s + 1, Witness: "paused", Healing: 12*s - 1, Ended: 12 * s, EndWitness: "running"},
		{Name: "pause", Targets: []string{"a"}, Asked: 100 * s, Effect: 100*s + 1, Witness: "paused", Healing: 102*s - 1, Ended: 102 * s, EndWitness: "running"},
	}
	for i := range r.Requests {
		change(&r.Requests[i])
	}
	return r
}

// TestTwoOutages: the time between two outages improves neither of them.
func TestTwoOutages(t *testing.T) {
	const m, s = time.Millisecond, time.Second
	both := func(q *results.Request) { during(10_000, 12_000, unanswer)(q); during(100_000, 102_000, unanswer)(q) }
	oneHalf := during(100_000, 101_000, unanswer)
	faulted := Responds{Share: 0.9, Phase: "faulted"}
	each := Responds{Share: 0.7, Phase: "faulted", Each: "fault"}
	exactly(t, []reading{
		{"both outages fail", faulted, twoOutages(both), results.Broken, 400, "0% of 400 answered (95% sure: at most 100% fail)", "400 of 400 were not answered"},
		{"none fails", faulted, twoOutages(same), results.Held, 400, "100% of 400 answered (95% sure: at most 0.75% fail)", ""},
		{"the calm between fails", faulted, twoOutages(during(12_000, 100_000, unanswer)), results.Held, 400, "100% of 400 answered (95% sure: at most 0.75% fail)", ""},
		{"latency of both", Responds{P99: Within(50 * m), Phase: "faulted"}, twoOutages(during(100_000, 102_000, slow)), results.Broken, 400, "p99 1s", "p99 is 1s"},
		{"healed is between, too", Responds{Share: 0.9, Phase: "healed"}, twoOutages(during(20_000, 90_000, unanswer)), results.Broken, 10_600,
			"33.962% of 10600 answered (95% sure: at most 67% fail)", "7000 of 10600 were not answered"},

		{"one outage is half bad, the average is not", Responds{Share: 0.7, Phase: "faulted"}, twoOutages(oneHalf), results.Held, 400, "75% of 400 answered (95% sure: at most 29% fail)", ""},
		{"but each must be good", each, twoOutages(oneHalf), results.Broken, 400, "50% of 200 answered (95% sure: at most 56% fail)", "100 of 200 were not answered from 1m40s"},
		{"each is good", each, twoOutages(same), results.Held, 400, "100% of 200 answered (95% sure: at most 1.5% fail)", ""},
		{"each recovery is good", Responds{Share: 0.7, Phase: "healed", Each: "fault"}, twoOutages(both), results.Held, 10_600, "100% of 8800 answered (95% sure: at most 0.034% fail)", ""},
		{"the second recovery is not", Responds{Share: 0.7, Phase: "healed", Each: "fault"}, twoOutages(during(102_000, 120_000, unanswer)), results.Broken, 10_600,
			"0% of 1800 answered (95% sure: at most 100% fail)", "1800 of 1800 were not answered from 1m42s"},
		{"nothing was sent in the second", each, twoOutages(during(100_000, 102_000, unsend)), results.Unproven, 200, "", "no request was sent from 1m40s"},
		{"each from its own effect on", Responds{Share: 0.98, Phase: "faulted", Each: "fault", After: s}, twoOutages(func(q *results.Request) {
			during(10_000, 11_001, unanswer)(q)
			during(100_000, 101_001, unanswer)(q)
		}), results.Unproven, 198, "100% of 99 answered (95% sure: at most 3% fail)",
			"99 requests from 11.01s are too few for 98%: 95% sure only that at most 3% fail, allowed: 2%; about 149 would be enough, or set least: 99 to judge these alone"},
		{"over before the watch began", Responds{Share: 0.5, Phase: "faulted", Each: "fault", After: 2 * s}, twoOutages(same), results.Unproven, 0, "", "a fault ended at 12s, before 2s had passed"},
		{"one of them was never seen", Responds{Share: 0.5, Phase: "faulted", Each: "fault", After: s}, changed(twoOutages(same), func(r *results.Run) { r.Faults[1].Witness = "" }), results.Unproven, 0, "", "no fault was seen in effect"},

		{"windows begin anew in each outage", Responds{Share: 0.7, Phase: "faulted", Window: s}, twoOutages(oneHalf), results.Broken, 400,
			"0% of 100 answered (95% sure: at most 100% fail)", "100 of 100 were not answered in the 1s from 1m40s"},
		{"every window is good", Responds{Share: 0.7, Phase: "faulted", Window: s}, twoOutages(during(20_000, 90_000, unanswer)), results.Held, 400, "100% of 100 answered (95% sure: at most 3% fail)", ""},
	})
}

// TestWindowLongerThanObserved: a window longer than the observed time is
// unproven.
func TestWindowLongerThanObserved(t *testing.T) {
	const s = time.Second
	try(t, []trial{
		{"longer than the attack", Responds{Share: 0.99, Window: 10 * time.Minute}, reads(same), results.Unproven, "a window of 10m0s does not fit into the 9s that are observed from 0s"},
		{"as long as the attack", Responds{Share: 0.99, Window: 9 * s}, reads(same), results.Held, ""},
		{"longer than the phase", Responds{Share: 0.99, Phase: "baseline", Window: 4 * s}, reads(same), results.Unproven, "a window of 4s does not fit into the 3s"},
		{"longer than what is left after the fault", Responds{Share: 0.99, After: 4 * s, Window: 3 * s}, reads(same), results.Unproven, "a window of 3s does not fit into the 2s that are observed from 7s"},
		{"longer than the second outage", Responds{Share: 0.9, Phase: "faulted", Window: 3 * s}, twoOutages(same), results.Unproven, "a window of 3s does not fit into the 2s that are observed from 10s"},
	})
}
