// If the generator was late or stalled, it measured itself and not the system.

package claims

import (
	"fmt"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// The thresholds of the load proof. docs/EVIDENCE.md explains them.
const (
	leastAchieved  = 0.995                // of the requests planned in a second, sent at most a second late
	lateness       = time.Millisecond     // send delay p99 that is always allowed
	latenessShare  = 0.05                 // ... or this fraction of the shortest required latency, if longer; also for the heartbeat
	mostCPU        = 0.80                 // fraction of the CPU that the driver may use
	mostHeartbeat  = 5 * time.Millisecond // delay of a 1 ms heartbeat at p99.9 that is always allowed
	achievedWithin = time.Second          // a request sent later than this was not sent in its second
)

// proveLoad reports whether the generator kept its schedule outside the faults
// and had enough resources, with a tolerance for the shortest required latency.
func proveLoad(r *results.Run, s pace, tightest time.Duration) results.Check {
	check := results.Check{Name: "load", Detail: doubtLoad(r, s, tightest)}
	if !r.Finished { // unsent requests are not the generator's fault
		check.Detail = fmt.Sprintf("%d of %d sent when the run was cut short", s.sent, r.Load.Planned)
		return check
	}
	if check.Detail != "" {
		if len(r.Requests) > 0 {
			check.Detail = fmt.Sprintf("%d of %d sent; %s", s.sent, len(r.Requests), check.Detail)
		}
		return check
	}
	check.OK = true
	check.Detail = fmt.Sprintf("%d of %d sent; outside faults: send delay p99 %v (limit %v), max %v; heartbeat p99.9 %v, CPU %.0f%%",
		s.sent, len(r.Requests), beside(s.p99, fine, max(lateness, margin(tightest))), max(lateness, margin(tightest)), s.max.Round(10*time.Microsecond),
		r.Load.HeartbeatP999.Round(10*time.Microsecond), 100*r.Load.CPUShare)
	if stall := longestStall(r); stall.For > 0 {
		check.Detail += fmt.Sprintf(", longest stall %v from %v", ms(stall.For), ms(stall.At))
	}
	if r.Load.HostBusy >= 0 {
		check.Detail += fmt.Sprintf(", host %.0f%% busy", 100*r.Load.HostBusy)
	}
	return check
}

// margin is how much the generator may add to a required latency.
func margin(tightest time.Duration) time.Duration {
	return time.Duration(float64(tightest) * latenessShare)
}

// What to do about an unreliable generator.
const (
	giveTime = "lower the rate, or reduce other load on the driver's machine"
	giveCPU  = "lower the rate, or give the driver more CPU"
	sendSome = "let the attack run for a while before the first step, and after the last"
)

// doubt is one reason not to trust the generator, and what to do about it.
type doubt struct {
	text, do string
	weighed  bool // its effect shows in the times of the requests, so a verdict can be recomputed without it
	lags     bool // the same, if the verdict is broken: less was sent than planned, or late
}

func (d doubt) String() string { return d.text + "; to do: " + d.do }

// doubtLoad is the first reason not to trust the generator's latencies of that
// size, and what to do about it, or "".
func doubtLoad(r *results.Run, s pace, tightest time.Duration) string {
	if all := doubts(r, s, tightest); len(all) > 0 {
		return all[0].String()
	}
	return ""
}

// doubts lists every reason not to trust the generator's latencies of that
// size.
func doubts(r *results.Run, s pace, tightest time.Duration) (all []doubt) {
	if len(r.Requests) == 0 {
		return []doubt{{text: "no request is on record", do: "give the attack a rate and a length"}}
	}
	if r.Load.Closed {
		return []doubt{{text: "the loop is closed, so response times leave out the wait for a free client", do: "remove loop: closed"}}
	}
	allowed, beat, once := max(lateness, margin(tightest)), max(mostHeartbeat, margin(tightest)), max(tightest, mostHeartbeat)
	stall, seen := longestStall(r), len(r.Load.Stalls) > 0 // a late heartbeat is a stall, so that its effect can be subtracted and added
	for _, wrong := range []struct {
		is bool
		doubt
	}{
		{s.calm == 0, doubt{"no request was planned outside the faults", sendSome, false, false}},
		{s.worst < leastAchieved, doubt{fmt.Sprintf("only %s%% of the second from %v was sent in time, at least %v%% required", digits(100*s.worst, 4, 100*leastAchieved), s.at, 100*leastAchieved), giveTime, false, seen}},
		{s.p99 > allowed, doubt{fmt.Sprintf("send delay p99 outside faults %v, at most %v allowed", beside(s.p99, fine, allowed), allowed), giveTime, true, true}},
		{s.max > once, doubt{fmt.Sprintf("send delay max outside faults %v, more than the %v that a claim requires", beside(s.max, fine, once, tightest), tightest), giveTime, true, true}},
		{stall.For > once, doubt{fmt.Sprintf("the driver stalled for %v from %v, more than the %v that a claim requires", beside(stall.For, coarse, once, tightest), ms(stall.At), tightest), giveTime, true, true}},
		{r.Load.CPUShare > mostCPU, doubt{fmt.Sprintf("the driver used %s%% of its CPU, at most %v%% allowed", digits(100*r.Load.CPUShare, 2, 100*mostCPU), 100*mostCPU), giveCPU, false, false}},
		{r.Load.Throttled > 0, doubt{fmt.Sprintf("the driver was throttled by its CPU limit for %v", beside(r.Load.Throttled, fine, 0)), giveCPU, false, seen}},
		{r.Load.HeartbeatP999 > beat, doubt{fmt.Sprintf("heartbeat late by %v at p99.9, at most %v allowed", beside(r.Load.HeartbeatP999, fine, beat), beat), giveTime, seen, seen}},
		{r.Load.HeartbeatP999 <= 0, doubt{"the driver's heartbeat was not measured", "run it again with an attack of several seconds", false, false}},
	} {
		if wrong.is {
			all = append(all, wrong.doubt)
		}
	}
	return all
}

// pace describes how the generator kept its schedule outside the faults.
type pace struct {
	sent     int           // of all requests
	calm     int           // planned outside the faults
	worst    float64       // smallest share of a second that was sent in time
	at       time.Duration // that second
	p99, max time.Duration // of the send delay
	lag      time.Duration // longest part of a send delay in which the driver was not stalled
}

// schedule computes the pace from the history. During a fault the limit of
// requests in flight may delay requests, which the system causes; one timeout
// after the fault the last of them has ended. A driver stall longer than a
// second is the driver's own fault at any time.
func schedule(r *results.Run) pace {
	s := pace{worst: 1}
	planned, sent := map[time.Duration]int{}, map[time.Duration]int{}
	still := newStalls(r, 1)
	var delays []time.Duration
	for i := range r.Requests {
		q := &r.Requests[i]
		if q.Fate != results.Unsent {
			s.sent++
		}
		if q.Error == results.Waiting && q.Intended > r.Load.For-achievedWithin {
			continue // it may still be sent in its second
		}
		slept := still.within(q.Intended, q.Sent)
		if faulty(r, q.Intended) && slept <= achievedWithin {
			continue
		}
		s.calm++
		second := q.Intended.Truncate(time.Second)
		planned[second]++
		if q.Fate == results.Unsent {
			continue
		}
		delays = append(delays, q.Delay())
		s.lag = max(s.lag, q.Delay()-slept)
		if q.Delay() <= achievedWithin {
			sent[second]++
		}
	}
	for second, n := range planned {
		part := float64(sent[second]) / float64(n)
		if part < s.worst || part == s.worst && second < s.at {
			s.worst, s.at = part, second
		}
	}
	if len(delays) > 0 {
		sorted(delays)
		s.p99, s.max = quantile(delays, 0.99), delays[len(delays)-1]
	}
	return s
}

// faulty reports whether a fault was in force at that instant, or had ended
// less than a request's timeout before.
func faulty(r *results.Run, at time.Duration) bool {
	for _, f := range r.Faults {
		if at >= f.Asked && (f.Ended == 0 || at < f.Ended+r.Load.Timeout) {
			return true
		}
	}
	return false
}
