package claims

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// asleep makes the driver of a run stall for a time: what was due then was sent
// at the end of the stall, and what ended then was seen to end at that time.
func asleep(r *results.Run, from, long time.Duration) *results.Run {
	end := from + long
	r.Load.Stalls = append(r.Load.Stalls, results.Stall{At: from, For: long})
	for i := range r.Requests {
		q := &r.Requests[i]
		service := q.Service()
		if q.Sent >= from && q.Sent < end {
			q.Sent, q.Done = end, end+service
		}
		if q.Done >= from && q.Done < end {
			q.Done = end
		}
	}
	return r
}

// TestDriverStallsAreNotBlamedOnTheSystem combines a stalled driver with
// healthy and faulty systems: a fault from 3 s to 6 s of 9 s, a read every
// millisecond.
func TestDriverStallsAreNotBlamedOnTheSystem(t *testing.T) {
	const sec, m = time.Second, time.Millisecond
	well := func() *results.Run { return reads(func(*results.Request) {}) }
	dead := func() *results.Run { return reads(during(3000, 6000, unanswer)) }
	late := func(r *results.Run, by time.Duration) *results.Run {
		for i := range r.Requests {
			q := &r.Requests[i]
			q.Sent, q.Done = q.Sent+by, q.Done+by
		}
		return r
	}
	frozen := func(change func(*results.Run)) *results.Run {
		return frozenRun(func(r *results.Run) { r.Load.Timeout = 10 * sec; change(r) })
	}
	timedOut := func(class string) *results.Run {
		r := well()
		fail(r, 3*sec, 6*sec)
		for i := range r.Requests {
			if q := &r.Requests[i]; q.Fate != results.Answered {
				q.Error = class
			}
		}
		return r
	}
	beating := func(r *results.Run, late time.Duration) *results.Run {
		r.Load.HeartbeatP999 = late
		return r
	}
	slow := &SlowBounded{SlowerThan: 500 * m, AtMost: 5, EachWithin: 1500 * m}
	for _, c := range []struct {
		name  string
		claim Claim
		run   *results.Run
		want  results.Outcome
		why   string
	}{
		{"590 ms in a fault, and requests were slow", slow, asleep(well(), 4*sec, 590*m), results.Unproven, "no load proof: the driver stalled for 590ms from 4s, more than the 500ms that a claim requires; to do: lower the rate, or reduce other load on the driver's machine (otherwise broken)"},
		{"590 ms in a fault, of p99", &Responds{Phase: "faulted", P99: Within(100 * m)}, asleep(well(), 4*sec, 590*m), results.Unproven, "no load proof: the driver stalled for 590ms from 4s"},
		{"590 ms in a fault that is broken by far", &Responds{Phase: "faulted", Share: 0.5}, asleep(dead(), 4*sec, 590*m), results.Broken, "were not answered"},
		{"400 ms in a fault, as long as is allowed", slow, asleep(reads(during(4000, 4004, func(q *results.Request) { q.Done = q.Intended + 600*m })), 5*sec, 400*m), results.Unproven, "no load proof: the driver stalled 1 times, for up to 400ms (from 5s), and without the stalls the verdict would differ"},
		{"6 ms, of claims on seconds", slow, asleep(reads(during(4000, 4004, func(q *results.Request) { q.Done = q.Intended + 600*m })), 5*sec, 6*m), results.Held, ""},
		{"a limit of 1 ms, 7.4 s measured, and 4 ms late", &Responds{Phase: "faulted", P50: Within(m)}, late(reads(during(3000, 6000, func(q *results.Request) { q.Done = q.Sent + 7400*m })), 4*m), results.Broken, "p50 is 7.404"},
		{"a limit of 20 ms, 3 ms measured, and 2 ms late", &Responds{P99: Within(20 * m)}, late(well(), 2*m), results.Held, ""},
		{"a limit of 4 ms, 3 ms measured, and 2 ms late", &Responds{P99: Within(4 * m)}, late(well(), 2*m), results.Unproven, "no load proof: send delay p99 outside faults 2ms, at most 1ms allowed"},
		{"a limit of 2 ms, 3 ms measured, and 2 ms late", &Responds{P99: Within(2 * m)}, late(well(), 2*m), results.Unproven, "(otherwise broken)"},
		{"a heartbeat 25 ms late, and a limit of 250 ms", &Responds{P99: Within(250 * m)}, beating(asleep(well(), sec, 25*m), 25*m), results.Held, ""},
		{"a heartbeat 25 ms late, and a limit of 30 ms", &Responds{Max: Within(30 * m)}, beating(asleep(well(), sec, 25*m), 25*m), results.Unproven, "no load proof: heartbeat late by 25ms"},
		{"a heartbeat 25 ms late, and no stall is on record", &Responds{P99: Within(250 * m)}, beating(well(), 25*m), results.Unproven, "no load proof: heartbeat late by 25ms"},
		{"1.5 s in a fault: too little was sent", &Responds{Share: 0.5}, asleep(well(), 4*sec, 1500*m), results.Unproven, "no load proof: only 0% of the second from 4s was sent in time"},
		{"a recovery that was missed by less than the standstill", &Recovers{Within: 2 * sec}, asleep(reads(during(3000, 4900, unanswer)), 4850*m, 590*m), results.Unproven, "no load proof"},
		{"a recovery that never came", &Recovers{Within: 1500 * m}, asleep(reads(during(3000, 9000, unanswer)), 4500*m, 590*m), results.Broken, ""},
		{"deadlines that passed in a stall, after which there was no answer", &FailsEntirely{}, asleep(timedOut(results.Timeout), 4*sec-time.Microsecond, 2*sec), results.Held, ""},
		{"deadlines that passed in a stall, after which the answers were there", &FailsEntirely{}, asleep(timedOut(results.TimeoutAnswered), 4*sec-time.Microsecond, 2*sec), results.Unproven, "the driver stalled 1 times, for up to 2s"},
		{"deadlines of connecting that passed in a stall, after which nothing was answered", &FailsEntirely{}, asleep(timedOut(results.ConnectTimeout), 4*sec-time.Microsecond, sec), results.Held, ""},
		{"a freeze, and the driver stopped elsewhere", &HonestClock{}, frozen(func(r *results.Run) { asleep(r, 10*sec, 5*sec) }), results.Unproven, "and without the stalls the verdict would differ; to do: lower the rate, or reduce other load on the driver's machine (otherwise broken)"},
		{"a freeze, and the driver stalled for 6 ms", &HonestClock{}, frozen(func(r *results.Run) { asleep(r, 10*sec, 6*m) }), results.Held, ""},
		{"a dishonest clock, and the driver stalled for 6 ms", &HonestClock{Clock: "service", Quantiles: []float64{99}}, frozen(func(r *results.Run) {
			asleep(r, 10*sec, 6*m)
			for i := range r.Requests {
				q := &r.Requests[i]
				q.Sent = q.Done - m
			}
		}), results.Broken, "p99 of the service clock is 1ms"},
		{"what is lost stays lost", &SpreadEvenly{Servers: 2}, asleep(well(), 4*sec, 6*m), results.Broken, "a gave 9000 of 9000 answers"},
	} {
		Judge(c.run, []Promise{{Claim: c.claim}})
		if v := c.run.Verdicts[0]; v.Outcome != c.want || !strings.Contains(v.Why, c.why) {
			t.Errorf("%s:\n got %v, measured %q (%s)\nwant %v (%s)", c.name, v.Outcome, v.Measured, v.Why, c.want, c.why)
		}
	}
}

// TestLoadCheckReportsTheStall: a driver that stalled for longer than the
// required latency fails the check, also during a fault.
func TestLoadCheckReportsTheStall(t *testing.T) {
	for _, c := range []struct {
		long   time.Duration
		ok     bool
		detail string
	}{
		{590 * time.Millisecond, false, "the driver stalled for 590ms from 4s, more than the 500ms that a claim requires"},
		{500 * time.Millisecond, true, "longest stall 500ms from 4s"},
	} {
		r := asleep(reads(func(*results.Request) {}), 4*time.Second, c.long)
		Judge(r, []Promise{{Claim: &SlowBounded{SlowerThan: 500 * time.Millisecond, AtMost: 5, EachWithin: time.Second}}})
		i := slices.IndexFunc(r.Trust, func(k results.Check) bool { return k.Name == "load" })
		if k := r.Trust[i]; k.OK != c.ok || !strings.Contains(k.Detail, c.detail) {
			t.Errorf("%v: %+v", c.long, k)
		}
	}
}

func TestStallsWithin(t *testing.T) {
	r := &results.Run{Load: results.Load{Stalls: []results.Stall{{At: 10, For: 10}, {At: 30, For: 10}, {At: 100, For: 50}}}}
	for _, c := range []struct {
		times    time.Duration
		from, to time.Duration
		want     time.Duration
	}{
		{1, 0, 10, 0}, {1, 0, 11, 1}, {1, 12, 15, 3}, {1, 15, 35, 10}, {1, 20, 30, 0}, {1, 0, 1000, 70}, {1, 200, 300, 0}, {1, 50, 40, 0},
		{2, 0, 1000, 140}, {2, 10, 50, 40}, {2, 45, 60, 5},
	} {
		if got := newStalls(r, c.times).within(c.from, c.to); got != c.want {
			t.Errorf("%d times, %v to %v: %v, want %v", c.times, c.from, c.to, got, c.want)
		}
	}
	s := newStalls(r, 1)
	for at, want := range map[time.Duration]bool{9: false, 10: true, 15: true, 20: true, 21: false, 30: true, 150: true, 151: false} {
		if s.covers(at) != want {
			t.Errorf("at %v: %v", at, !want)
		}
	}
}

// TestMayBeAnswered tries a request whose deadline passed during a stall, from
// 10 s to 10.1 s, with what was sent after the stall.
func TestMayBeAnswered(t *testing.T) {
	const sec, m = time.Second, time.Millisecond
	after := func(at time.Duration, fate results.Fate) results.Request {
		return results.Request{Sent: at, Done: at + m, Fate: fate}
	}
	for _, c := range []struct {
		name  string
		class string
		sent  time.Duration
		after []results.Request
		want  bool
	}{
		{"the answer was there", results.TimeoutAnswered, 8050 * m, nil, true},
		{"no answer was there", results.Timeout, 8050 * m, []results.Request{after(10100*m, results.Answered)}, false},
		{"not connected, and the next was answered", results.ConnectTimeout, 8050 * m, []results.Request{after(10100*m, results.Answered)}, true},
		{"not connected, and the next was not answered", results.ConnectTimeout, 8050 * m, []results.Request{after(10200*m, results.Answered), after(10100*m, results.Refused)}, false},
		{"not connected, and the next was answered after 201 ms", results.ConnectTimeout, 8050 * m, []results.Request{{Sent: 10100 * m, Done: 10301 * m, Fate: results.Answered}}, false},
		{"not connected, and nothing was sent any more", results.ConnectTimeout, 8050 * m, nil, true},
		{"not connected, before the stall", results.ConnectTimeout, 7900 * m, []results.Request{after(10100*m, results.Answered)}, false},
		{"not connected, after the stall", results.ConnectTimeout, 8150 * m, []results.Request{after(10100*m, results.Answered)}, false},
		{"another error", "reset", 8050 * m, []results.Request{after(10100*m, results.Answered)}, false},
	} {
		q := results.Request{Sent: c.sent, Done: 10100 * m, Fate: results.Unanswered, Error: c.class}
		r := &results.Run{Load: results.Load{Timeout: 2 * sec, Stalls: []results.Stall{{At: 10 * sec, For: 100 * m}}}, Requests: append(results.History{q}, c.after...)}
		all := newStalls(r, 1)
		if got := all.mayBeAnswered(&q, q.Sent+r.Load.Timeout, all.answeredNext(r)); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
