package claims

import (
	"testing"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// TestDoubtLoadEdges checks both sides of every threshold of the load proof.
func TestDoubtLoadEdges(t *testing.T) {
	const sec, m, u = time.Second, time.Millisecond, time.Microsecond
	late := func(n int, by time.Duration) func(*results.Run) {
		return func(r *results.Run) { delayed(r, 0, time.Duration(n)*m, by) }
	}
	for _, c := range []struct {
		name     string
		tightest time.Duration
		alter    func(*results.Run)
		want     string
	}{
		{"all is well", 0, func(*results.Run) {}, ""},
		{"p99 just allowed", 0, late(1000, m), ""},
		{"p99 just not", 0, late(1000, m+10*u+4), "send delay p99 outside faults 1.01ms, at most 1ms allowed; to do: " + giveTime},
		{"p99 just allowed by what is wanted", 100 * m, late(1000, 5*m), ""},
		{"p99 just not allowed by what is wanted", 100 * m, late(1000, 5*m+10*u), "send delay p99 outside faults 5.01ms, at most 5ms allowed; to do: " + giveTime},
		{"one as late as is allowed", 0, late(1, 5*m), ""},
		{"one later", 0, late(1, 5*m+10*u), "send delay max outside faults 5.01ms, more than the 0s that a claim requires; to do: " + giveTime},
		{"one as late as is wanted", 8 * m, late(1, 8*m), ""},
		{"one later than is wanted", 8 * m, late(1, 8*m+10*u), "send delay max outside faults 8.01ms, more than the 8ms that a claim requires; to do: " + giveTime},
		{"as busy as is allowed", 0, func(r *results.Run) { r.Load.CPUShare = 0.8 }, ""},
		{"busier", 0, func(r *results.Run) { r.Load.CPUShare = 0.81 }, "the driver used 81% of its CPU, at most 80% allowed; to do: " + giveCPU},
		{"held back", 0, func(r *results.Run) { r.Load.Throttled = 10 * u }, "the driver was throttled by its CPU limit for 10µs; to do: " + giveCPU},
		{"a heartbeat as late as is allowed", 0, func(r *results.Run) { r.Load.HeartbeatP999 = 5 * m }, ""},
		{"later", 0, func(r *results.Run) { r.Load.HeartbeatP999 = 5*m + 10*u }, "heartbeat late by 5.01ms at p99.9, at most 5ms allowed; to do: " + giveTime},
		{"a heartbeat as late as what is wanted allows", 200 * m, func(r *results.Run) { r.Load.HeartbeatP999 = 10 * m }, ""},
		{"later than that", 200 * m, func(r *results.Run) { r.Load.HeartbeatP999 = 10*m + 10*u }, "heartbeat late by 10.01ms at p99.9, at most 10ms allowed; to do: " + giveTime},
		{"a heartbeat", 0, func(r *results.Run) { r.Load.HeartbeatP999 = 1 }, ""},
		{"none", 0, func(r *results.Run) { r.Load.HeartbeatP999 = 0 }, "the driver's heartbeat was not measured; to do: run it again with an attack of several seconds"},
		{"a second of which one in 200 is missing", 0, func(r *results.Run) {
			for i := range 5 {
				unsend(&r.Requests[1000+i])
			}
		}, ""},
		{"a second of which more is", 0, func(r *results.Run) {
			for i := range 6 {
				unsend(&r.Requests[1000+i])
			}
		}, "only 99.4% of the second from 1s was sent in time, at least 99.5% required; to do: " + giveTime},
		{"no request outside the faults", 0, func(r *results.Run) { r.Faults[0].Asked, r.Faults[0].Ended = 0, 0 }, "no request was planned outside the faults; to do: " + sendSome},
		{"no request", 0, func(r *results.Run) { r.Requests = nil }, "no request is on record; to do: give the attack a rate and a length"},
	} {
		r := specimen("read", 9000, 9*sec)
		c.alter(r)
		if got := doubtLoad(r, schedule(r), c.tightest); got != c.want {
			t.Errorf("%s:\n got %q\nwant %q", c.name, got, c.want)
		}
	}
}

// TestLoadProofMessages checks the text of a proof that passes and of one that
// fails.
func TestLoadProofMessages(t *testing.T) {
	r := specimen("read", 9000, 9*time.Second)
	r.Load.HostBusy = -1
	delayed(r, 0, 100*time.Millisecond, 300*time.Microsecond+4)
	delayed(r, 0, 10*time.Millisecond, 300*time.Microsecond)
	r.Load.HeartbeatP999 += 4
	const text = "9000 of 9000 sent; outside faults: send delay p99 300µs (limit 1ms), max 600µs; heartbeat p99.9 1ms, CPU 10%"
	if got := proveLoad(r, schedule(r), 0); got != (results.Check{Name: "load", OK: true, Detail: text}) {
		t.Errorf("got %+v", got)
	}
	r.Load.HostBusy = 0
	if got := proveLoad(r, schedule(r), 0).Detail; got != text+", host 0% busy" {
		t.Errorf("got %q", got)
	}
	unsend(&r.Requests[8999])
	r.Load.CPUShare, r.Load.HostBusy = 0.9, 1
	if got := proveLoad(r, schedule(r), 0); got != (results.Check{Name: "load", Detail: "8999 of 9000 sent; the driver used 90% of its CPU, at most 80% allowed; to do: " + giveCPU}) {
		t.Errorf("got %+v", got)
	}
	r.Requests = nil
	if got := proveLoad(r, schedule(r), 0).Detail; got != "no request is on record; to do: give the attack a rate and a length" {
		t.Errorf("got %q", got)
	}
}

// TestSchedule computes the pace from a few requests around a fault from 3 s to
// 4 s with a timeout of 1 s.
func TestSchedule(t *testing.T) {
	const sec, m = time.Second, time.Millisecond
	at := func(intended, delay time.Duration) results.Request {
		return results.Request{Intended: intended, Sent: intended + delay, Done: intended + delay + m, Fate: results.Answered}
	}
	unsent := func(intended time.Duration) results.Request {
		return results.Request{Intended: intended, Fate: results.Unsent}
	}
	for _, c := range []struct {
		name string
		h    results.History
		want pace
	}{
		{"nothing", nil, pace{worst: 1}},
		{"in time", results.History{at(0, 0), at(sec, 2*m)}, pace{sent: 2, calm: 2, worst: 1, p99: 2 * m, max: 2 * m, lag: 2 * m}},
		{"as late as still counts", results.History{at(0, sec), at(m, 0)}, pace{sent: 2, calm: 2, worst: 1, p99: sec, max: sec, lag: sec}},
		{"later", results.History{at(0, sec+1), at(m, 0)}, pace{sent: 2, calm: 2, worst: 0.5, p99: sec + 1, max: sec + 1, lag: sec + 1}},
		{"were never sent", results.History{at(0, 0), unsent(m)}, pace{sent: 1, calm: 2, worst: 0.5}},
		{"the worse second", results.History{at(0, 0), unsent(m), unsent(sec), at(2*sec, 0)}, pace{sent: 2, calm: 4, worst: 0, at: sec}},
		{"the first of two as bad", results.History{at(0, 0), at(sec, 0), unsent(sec + m), at(2*sec, 0), unsent(2*sec + m)}, pace{sent: 3, calm: 5, worst: 0.5, at: sec}},
		{"as the fault was asked for", results.History{at(3*sec, 5*m)}, pace{sent: 1, worst: 1}},
		{"just before", results.History{at(3*sec-1, 5*m)}, pace{sent: 1, calm: 1, worst: 1, p99: 5 * m, max: 5 * m, lag: 5 * m, at: 0}},
		{"just before a timeout after its end", results.History{unsent(5*sec - 1)}, pace{worst: 1}},
		{"a timeout after its end", results.History{unsent(5 * sec)}, pace{calm: 1, worst: 0, at: 5 * sec}},
	} {
		r := &results.Run{Requests: c.h, Load: results.Load{Timeout: sec}, Faults: []results.Fault{{Asked: 3 * sec, Ended: 4 * sec}}}
		for range 20 { // seconds are read from a map, in random order
			if got := schedule(r); got != c.want {
				t.Errorf("%s:\n got %+v\nwant %+v", c.name, got, c.want)
				break
			}
		}
	}
	never := &results.Run{Requests: results.History{at(9*sec, 0)}, Faults: []results.Fault{{Asked: 3 * sec}}}
	if got := schedule(never); got != (pace{sent: 1, worst: 1}) {
		t.Errorf("of a fault that did not end: %+v", got)
	}
}

// TestProofsFollowTheClaims checks which latency the generator is measured
// against, and when a fault is required.
func TestProofsFollowTheClaims(t *testing.T) {
	r := specimen("read", 9000, 9*time.Second)
	const m = time.Millisecond
	for _, c := range []struct {
		name string
		ps   []Promise
		want time.Duration
	}{
		{"no claim", nil, time.Second},
		{"one that wants answers", []Promise{{Claim: &Responds{Share: 1}}}, time.Second},
		{"one that wants a latency", []Promise{{Claim: &Responds{Share: 1}}, {Claim: &Responds{P99: Within(40 * m)}}}, 40 * m},
		{"the tighter of two", []Promise{{Claim: &Responds{P99: Within(60 * m)}}, {Claim: &Responds{P50: Within(40 * m)}}, {Claim: &Responds{P50: Within(80 * m)}}}, 40 * m},
		{"one that is not about load", []Promise{{Claim: scripted{}}}, time.Second},
	} {
		r.Load.CPUShare = 0.1
		got := prove(r, c.ps).load
		if want := proveLoad(r, schedule(r), c.want); got != want {
			t.Errorf("%s: %+v, want %+v", c.name, got, want)
		}
	}
	for _, c := range []struct {
		claim Claim
		want  time.Duration
	}{
		{scripted{}, time.Second}, {&Responds{Share: 1}, time.Second}, {&Responds{Max: Within(1)}, 1}, {(*Responds)(nil), time.Second},
	} {
		if got := tightestOf(c.claim, r); got != c.want {
			t.Errorf("the tightest of %T is %v, want %v", c.claim, got, c.want)
		}
	}
	r.Faults = nil
	for _, c := range []struct {
		ps []Promise
		ok bool
	}{
		{nil, true}, {[]Promise{{Claim: scripted{}}}, true}, {[]Promise{{Claim: scripted{needs: Needs{Fault: true}}}, {Claim: scripted{}}}, false},
	} {
		if got := prove(r, c.ps).fault; got.OK != c.ok || got.Detail != "no fault was injected" {
			t.Errorf("%d claims: %+v", len(c.ps), got)
		}
	}
}

// TestProofMessages checks the texts of the proofs of the record and of the
// faults.
func TestProofMessages(t *testing.T) {
	r := specimen("read", 300, 9*time.Second)
	r.Faults = append(r.Faults, results.Fault{Name: "cut", Targets: []string{"b", "c"}, Effect: 1, Witness: "3 packets dropped"})
	watched(&r.Faults[1])
	if got := proveFault(r, true); got != (results.Check{Name: "fault", OK: true, Detail: "kill a: exited 137; cut b,c: 3 packets dropped"}) {
		t.Errorf("got %+v", got)
	}
	r.Faults[1].Err = "no route"
	if got := proveFault(r, true); got != (results.Check{Name: "fault", Detail: "cut b,c: no route"}) {
		t.Errorf("got %+v", got)
	}
	if got := proveRecord(r); got != (results.Check{Name: "record", OK: true, Detail: "300 requests: history complete, no duplicates"}) {
		t.Errorf("got %+v", got)
	}
	if !complete(r) {
		t.Error("a finished run with all its requests is whole")
	}
	r.Load.Planned = 301
	if got := proveRecord(r); got != (results.Check{Name: "record", Detail: "300 requests are on record, 301 were planned"}) || complete(r) {
		t.Errorf("got %+v", got)
	}
}

// TestMet counts the requests in flight that were affected by a kill requested
// at 10 ms and seen at 20 ms.
func TestMet(t *testing.T) {
	const m = time.Millisecond
	at := func(sent, done time.Duration, fate results.Fate) results.Request {
		return results.Request{Sent: sent, Done: done, Fate: fate}
	}
	const yes, no = results.Answered, results.Unanswered
	for _, c := range []struct {
		name string
		q    results.Request
		want int
	}{
		{"before it", at(5*m, 9*m, yes), 0}, {"ended as it was asked for", at(5*m, 10*m, yes), 0}, {"ended just after", at(5*m, 10*m+1, yes), 1},
		{"sent as it was asked for", at(10*m, 15*m, yes), 1}, {"came and went", at(10*m+1, 15*m, yes), 0}, {"came and failed", at(10*m+1, 15*m, no), 1},
		{"came and was refused", at(10*m+1, 15*m, results.Refused), 0}, {"ended as it was seen", at(15*m, 20*m, yes), 0}, {"ended just after that", at(15*m, 20*m+1, yes), 1},
		{"sent as it was seen", at(20*m, 25*m, yes), 1}, {"sent just after that", at(20*m+1, 25*m, yes), 0}, {"failed after it", at(20*m+1, 25*m, no), 0},
		{"were never sent", at(5*m, 25*m, results.Unsent), 0},
	} {
		r := &results.Run{Requests: results.History{c.q}}
		if got := met(r, results.Fault{Asked: 10 * m, Effect: 20 * m}); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}
