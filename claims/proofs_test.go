package claims

import (
	"strings"
	"testing"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// delayed sends the requests scheduled in a span late by the given time.
func delayed(r *results.Run, from, to, by time.Duration) {
	for i := range r.Requests {
		if q := &r.Requests[i]; q.Intended >= from && q.Intended < to {
			q.Sent, q.Done = q.Sent+by, q.Done+by
		}
	}
}

func TestLoadProof(t *testing.T) {
	const sec = time.Second
	for _, c := range []struct {
		name     string
		tightest time.Duration
		alter    func(*results.Run)
		ok       bool
		detail   string
	}{
		{"all is well", 0, func(*results.Run) {}, true, "9000 of 9000 sent; outside faults: send delay p99 0s (limit 1ms)"},
		{"nothing planned", 0, func(r *results.Run) { r.Requests = nil }, false, "no request is on record"},
		{"late by 2 ms", 0, func(r *results.Run) { delayed(r, 0, sec, 2*time.Millisecond) }, false, "send delay p99 outside faults 2ms, at most 1ms allowed; to do: lower the rate"},
		{"late by 2 ms of 50", 50 * time.Millisecond, func(r *results.Run) { delayed(r, 0, sec, 2*time.Millisecond) }, true, "limit 2.5ms"},
		{"a few late by 2 ms", 0, func(r *results.Run) { delayed(r, 0, 40*time.Millisecond, 2*time.Millisecond) }, true, "max 2ms"},
		{"a few later than an answer may be", 50 * time.Millisecond, func(r *results.Run) { delayed(r, 0, 40*time.Millisecond, 51*time.Millisecond) }, false, "send delay max outside faults 51ms, more than the 50ms that a claim requires; to do: lower the rate"},
		{"a few as late as an answer may be", 50 * time.Millisecond, func(r *results.Run) { delayed(r, 0, 40*time.Millisecond, 50*time.Millisecond) }, true, "max 50ms"},
		{"some never sent", 0, func(r *results.Run) {
			for i := range 6 {
				r.Requests[500+i].Fate = results.Unsent
			}
		}, false, "only 99.4% of the second from 0s was sent in time"},
		{"five in a thousand never sent", 0, func(r *results.Run) {
			for i := range 5 {
				r.Requests[500+i].Fate = results.Unsent
			}
		}, true, "8995 of 9000 sent"},
		{"none sent in the fault", 0, func(r *results.Run) {
			for i := range 2900 {
				r.Requests[3001+i].Fate = results.Unsent
			}
		}, true, ""},
		{"a whole second two seconds late", sec * 60, func(r *results.Run) { delayed(r, 8*sec, 9*sec, 2*sec) }, false, "0% of the second from 8s"},
		{"held up a timeout after the fault", 0, func(r *results.Run) { delayed(r, 3*sec, 7*sec, sec/2) }, true, ""},
		{"too busy", 0, func(r *results.Run) { r.Load.CPUShare = 0.9 }, false, "used 90% of its CPU, at most 80% allowed; to do: lower the rate"},
		{"no heartbeat", 0, func(r *results.Run) { r.Load.HeartbeatP999 = 0 }, false, "heartbeat was not measured"},
		{"slow heartbeat", 0, func(r *results.Run) { r.Load.HeartbeatP999 = 6 * time.Millisecond }, false, "late by 6ms"},
		{"held back by its limit", 0, func(r *results.Run) { r.Load.Throttled = 30 * time.Millisecond }, false, "throttled by its CPU limit for 30ms; to do: lower the rate, or give the driver more CPU"},
		{"a closed loop", 0, func(r *results.Run) { r.Load.Closed = true }, false, "the loop is closed, so response times leave out the wait"},
		{"one as late as all that a claim requires", 50 * time.Millisecond, func(r *results.Run) { delayed(r, 0, time.Millisecond, 51*time.Millisecond) }, false, "9000 of 9000 sent; send delay max outside faults 51ms, more than the 50ms that a claim requires; to do: lower the rate"},
		{"one late, but less than wanted", 50 * time.Millisecond, func(r *results.Run) { delayed(r, 0, time.Millisecond, 49*time.Millisecond) }, true, "max 49ms"},
		{"no calm", 0, func(r *results.Run) { r.Faults[0].Asked, r.Faults[0].Ended = 0, 0 }, false, "outside the faults"},
	} {
		r := specimen("read", 9000, 9*sec)
		c.alter(r)
		if got := proveLoad(r, schedule(r), c.tightest); got.OK != c.ok || !strings.Contains(got.Detail, c.detail) || got.Name != "load" {
			t.Errorf("%s: got %+v, want %v (%s)", c.name, got, c.ok, c.detail)
		}
	}
}

func TestLoadProofUsesTheTightestLimit(t *testing.T) {
	r := specimen("read", 9000, 9*time.Second)
	delayed(r, 0, 9*time.Second, 2*time.Millisecond)
	ps := []Promise{{Claim: &Responds{P99: Within(50 * time.Millisecond)}}, {Claim: &SlowBounded{SlowerThan: time.Second}}, {Claim: &OnePrimary{}}}
	if got := prove(r, ps).load; !got.OK {
		t.Errorf("got %+v", got)
	}
	ps = append(ps, Promise{Claim: &Responds{P50: Within(10 * time.Millisecond)}})
	if got := prove(r, ps).load; got.OK {
		t.Errorf("got %+v", got)
	}
}

// TestEachClaimHasItsOwnLoadProof: a generator too late for milliseconds may be
// good enough for seconds, and a doubt about one claim is not a doubt about
// another.
func TestEachClaimHasItsOwnLoadProof(t *testing.T) {
	r := specimen("read", 9000, 9*time.Second)
	delayed(r, 0, 9*time.Second, 2*time.Millisecond)
	Judge(r, []Promise{
		{Claim: &Responds{P99: Within(4 * time.Millisecond)}, Expect: results.Held},
		{Claim: &Responds{P99: Within(50 * time.Millisecond)}, Expect: results.Held},
		{Claim: &Responds{Share: 0.99}, Expect: results.Held},
	})
	for i, want := range []results.Outcome{results.Unproven, results.Held, results.Held} {
		if v := r.Verdicts[i]; v.Outcome != want || (want == results.Unproven) != strings.HasPrefix(v.Why, "no load proof: send delay p99 outside faults 2ms, at most 1ms allowed; to do: ") {
			t.Errorf("%s: %v (%s), want %v", v.Claim, v.Outcome, v.Why, want)
		}
	}
	if r.Trust[1].Name != "load" || r.Trust[1].OK {
		t.Errorf("trust says %+v, though a claim is in doubt", r.Trust[1])
	}
}

// TestEveryClaimDependsOnTheInjectedFaults: a claim that held without an
// effective fault is not held against a fault, except if it is only about the
// time before.
func TestEveryClaimDependsOnTheInjectedFaults(t *testing.T) {
	r := specimen("read", 9000, 9*time.Second)
	r.Faults[0].EndWitness = ""
	Judge(r, []Promise{
		{Claim: &Responds{Share: 0.99}, Expect: results.Held},
		{Claim: &Responds{Share: 0.99, Phase: "baseline"}, Expect: results.Held},
	})
	if v := r.Verdicts[0]; v.Outcome != results.Unproven || v.Why != "no fault proof: kill a was never seen to end; to do: see holdfast doctor, run holdfast clean, and run again (otherwise held)" {
		t.Errorf("%s: %v (%s)", v.Claim, v.Outcome, v.Why)
	}
	if v := r.Verdicts[1]; v.Outcome != results.Held {
		t.Errorf("%s: %v (%s)", v.Claim, v.Outcome, v.Why)
	}
}

func TestRecordProof(t *testing.T) {
	for _, c := range []struct {
		name   string
		alter  func(*results.Run)
		ok     bool
		detail string
	}{
		{"whole", func(*results.Run) {}, true, "300 requests: history complete, no duplicates"},
		{"one is missing", func(r *results.Run) { r.Requests = r.Requests[:299] }, false, "299 requests are on record"},
		{"one is there twice", func(r *results.Run) { r.Requests[7] = r.Requests[6] }, false, "request 6 is in the place of request 7"},
		{"out of files", func(r *results.Run) { r.Requests[7].Error = "driver: out of file descriptors" }, false, "failed in the driver: driver: out of file descriptors"},
	} {
		r := specimen("read", 300, time.Second)
		c.alter(r)
		if got := proveRecord(r); got.OK != c.ok || !strings.Contains(got.Detail, c.detail) {
			t.Errorf("%s: got %+v, want %v (%s)", c.name, got, c.ok, c.detail)
		}
	}
}

// inAGap moves the fault to a time without a request in flight: each takes 1
// ms, and one is sent every 30 ms.
func inAGap(r *results.Run) *results.Fault {
	f := &r.Faults[0]
	f.Asked, f.Effect = 3*time.Second-20*time.Millisecond, 3*time.Second-10*time.Millisecond
	return f
}

func TestFaultProof(t *testing.T) {
	const sec = time.Second
	for _, c := range []struct {
		name   string
		needed bool
		alter  func(*results.Run)
		ok     bool
		detail string
	}{
		{"seen", true, func(*results.Run) {}, true, "kill a: exited 137"},
		{"none, none needed", false, func(r *results.Run) { r.Faults = nil }, true, "no fault was injected"},
		{"none, one needed", true, func(r *results.Run) { r.Faults = nil }, false, "no fault was injected"},
		{"failed", true, func(r *results.Run) { r.Faults[0].Err = "kill a: no such container" }, false, "no such container"},
		{"no witness", true, func(r *results.Run) { r.Faults[0].Witness = "" }, false, "never seen in effect"},
		{"no effect", true, func(r *results.Run) { r.Faults[0].Effect = 0 }, false, "never seen in effect"},
		{"no end", true, func(r *results.Run) { r.Faults[0].Ended = 0 }, false, "never seen to end"},
		{"no witness of the end", true, func(r *results.Run) { r.Faults[0].EndWitness = "" }, false, "never seen to end"},
		{"not healed on purpose", true, func(r *results.Run) {
			f := &r.Faults[0]
			f.Healing, f.Ended, f.EndWitness = 0, 0, ""
		}, true, "exited 137"},
		{"a kill between two requests", true, func(r *results.Run) { inAGap(r) }, false, "no request in flight, so it proves nothing; to do: raise the rate"},
		{"a pause between two requests", true, func(r *results.Run) { inAGap(r).Name = "pause" }, true, "pause a"},
		{"a kill that a request may have been too early for", true, func(r *results.Run) { inAGap(r).Effect = 3*sec + 20*time.Millisecond }, false, "no request in flight"},
		{"a kill that was asked for under a request", true, func(r *results.Run) {
			f := inAGap(r)
			f.Asked, f.Effect = 3*sec+time.Millisecond/2, 3*sec+20*time.Millisecond
		}, true, "kill a"},
		{"a kill that was seen under a request", true, func(r *results.Run) { inAGap(r).Effect = 3*sec + time.Millisecond/2 }, true, "kill a"},
		{"a kill of a request that failed before the witness", true, func(r *results.Run) {
			inAGap(r).Effect, r.Requests[100].Fate = 3*sec+20*time.Millisecond, results.Unanswered
		}, true, "kill a"},
		{"a kill of a request that came to nothing before it", true, func(r *results.Run) {
			inAGap(r)
			r.Requests[99].Fate = results.Unanswered
		}, false, "no request in flight"},
		{"a kill that a request was refused after", true, func(r *results.Run) {
			inAGap(r).Effect, r.Requests[100].Fate = 3*sec+20*time.Millisecond, results.Refused
		}, false, "no request in flight"},
		{"a kill of requests that never left", true, func(r *results.Run) {
			inAGap(r)
			r.Requests[99].Fate, r.Requests[99].Sent, r.Requests[99].Done = results.Unsent, 0, 9*sec
		}, false, "no request in flight"},
		{"the second was not seen", true, func(r *results.Run) {
			r.Faults = append(r.Faults, results.Fault{Name: "cut", Targets: []string{"b"}})
		}, false, "cut b was never seen"},
	} {
		r := specimen("read", 300, 9*time.Second)
		c.alter(r)
		if got := proveFault(r, c.needed); got.OK != c.ok || !strings.Contains(got.Detail, c.detail) {
			t.Errorf("%s: got %+v, want %v (%s)", c.name, got, c.ok, c.detail)
		}
	}
}
