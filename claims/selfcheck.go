// Before a run is trusted, every claim in it is checked against a run that must
// break it, through the whole path to a verdict.

package claims

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// SelfCheck sends a known violation of each promise through the whole path of
// the judge, including the proofs. A claim that does not come out broken could
// not have been broken by the run either.
func SelfCheck(ps []Promise) results.Check { return selfCheck(alarms(ps)) }

// alarms is what is wrong with the checker of each promise; "" is nothing.
func alarms(ps []Promise) []string {
	all := make([]string, len(ps))
	for i, p := range ps {
		all[i] = alarm(p.Claim)
	}
	return all
}

func selfCheck(alarms []string) results.Check {
	check := results.Check{Name: results.SelfCheck}
	wrong := slices.DeleteFunc(slices.Clone(alarms), func(why string) bool { return why == "" })
	switch {
	case len(alarms) == 0:
		check.Detail = "no claim to check"
	case len(wrong) > 0:
		check.Detail = strings.Join(wrong, "; ")
	default:
		check.OK, check.Detail = true, fmt.Sprintf("%d of %d checkers verified: each caught a planted violation", len(alarms), len(alarms))
	}
	return check
}

// alarm says why a claim cannot be shown to break, or "".
func alarm(c Claim) (why string) {
	name := nameOf(c)
	if name == "" {
		name = fmt.Sprintf("%T", c)
	}
	defer func() {
		if p := recover(); p != nil {
			why = fmt.Sprintf("%s: its violation panicked: %v", name, p)
		}
	}()
	if err := Settings(c); err != nil {
		return err.Error()
	}
	bad, ok := c.(Violator)
	if !ok {
		return name + ": has no violation for its self-check"
	}
	r := bad.Violation()
	if v := decide(newIndex(r), c, prove(r, []Promise{{Claim: c}}), ""); v.Outcome != results.Broken {
		return fmt.Sprintf("%s: a known violation was judged %v (%s)", name, v.Outcome, v.Why)
	}
	return ""
}

// specimen is a valid run of n requests of an operation over the given time,
// all answered within a millisecond, with a kill in its second third that
// affects one request in flight.
func specimen(operation string, n int, long time.Duration) *results.Run {
	if operation == "" {
		operation = "read"
	}
	when := func(i int) time.Duration { // of request i; neither product overflows
		every := long / time.Duration(n)
		return every*time.Duration(i) + (long-every*time.Duration(n))*time.Duration(i)/time.Duration(n)
	}
	killed := when(n / 3) // when a request is sent
	r := &results.Run{
		ID: "specimen", Finished: true,
		Load: results.Load{
			Planned: uint64(n), For: long, Timeout: time.Second, MaxInFlight: n,
			CPUShare: 0.1, HeartbeatP999: time.Millisecond,
		},
		Faults: []results.Fault{{
			Name: "kill", Targets: []string{"a"}, Asked: killed, Effect: killed + time.Microsecond, Witness: "exited 137",
			Healing: 2 * long / 3, Ended: 2*long/3 + time.Microsecond, EndWitness: "started", InFlight: 1,
			Before: []results.Condition{{Node: "a", Running: true, Ready: "answers"}}, Lasted: "still exited 137",
		}},
		Watched:  &results.Watch{From: 1, To: long},
		Requests: make(results.History, n),
	}
	for i := range r.Requests {
		at := when(i)
		r.Requests[i] = results.Request{
			Seq: uint64(i), Operation: operation, Key: "1", Value: fmt.Sprintf("specimen-%d", i),
			Intended: at, Sent: at, Done: at + time.Millisecond, Fate: results.Answered, Status: 200, Server: "a", Store: "a",
		}
	}
	return r
}

// fail makes the requests scheduled in [from, to) unanswered.
func fail(r *results.Run, from, to time.Duration) {
	for i := range r.Requests {
		if q := &r.Requests[i]; q.Intended >= from && q.Intended < to {
			q.Fate, q.Error, q.Status, q.Done = results.Unanswered, "timeout", 0, q.Sent+time.Second
		}
	}
}
