// A verdict is worth what its evidence is worth: a generator that was late
// measured itself, and a fault that nobody saw broke nothing.

package claims

import (
	"fmt"
	"strings"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// The thresholds of the load proof. docs/EVIDENCE.md says where they come from.
const (
	leastAchieved  = 0.995                // of what a second planned, sent at most a second late
	lateness       = time.Millisecond     // send delay p99 that is always allowed
	latenessShare  = 0.05                 // ... or this part of the tightest latency wanted, if that is more; for the heartbeat, too
	mostCPU        = 0.80                 // of the CPU the driver may use
	mostHeartbeat  = 5 * time.Millisecond // lateness of a 1 ms heartbeat at p99.9 that is always allowed
	achievedWithin = time.Second          // later than this, a request was not sent in its second
)

// ownError begins the class of every error that is the driver's own: it ran out
// of files, ports or memory. Such an error says nothing of the system.
const ownError = "driver:"

// proofs is what a run says of itself.
type proofs struct {
	record, load, fault results.Check
	restored            results.Check
	pace                pace // how the schedule was kept, for claims to be measured against
}

// prove draws the proofs of a run for those promises.
func prove(r *results.Run, ps []Promise) proofs {
	tightest, needsFault := r.Load.Timeout, false
	for _, p := range ps {
		needs, _ := safely(func() Needs { return p.Claim.Needs() })
		needsFault = needsFault || needs.Fault
		if needs.Load {
			tightest = min(tightest, tightestOf(p.Claim, r))
		}
	}
	s := schedule(r)
	return proofs{record: proveRecord(r), load: proveLoad(r, s, tightest), fault: proveFault(r, needsFault), restored: proveRestored(r), pace: s}
}

// tightestOf is the shortest latency that a claim wants. One that only wants
// answers wants them within the timeout of a request.
func tightestOf(c Claim, r *results.Run) time.Duration {
	if t, ok := c.(Tight); ok {
		if d, _ := safely(func() time.Duration { return t.Tightest() }); d > 0 {
			return d
		}
	}
	return r.Load.Timeout
}

// complete says whether the record holds every planned request.
func complete(r *results.Run) bool {
	return r.Finished && uint64(len(r.Requests)) == r.Load.Planned
}

// proveRecord says whether the history is whole and the driver's own: every
// planned request once, and none that failed for want of something on our side.
func proveRecord(r *results.Run) results.Check {
	check := results.Check{Name: "record"}
	switch {
	case r.Doubt != "":
		check.Detail = r.Doubt
		return check
	case len(r.Requests) == 0:
		check.Detail = "no request is on record"
		return check
	}
	if n := uint64(len(r.Requests)); n != r.Load.Planned {
		check.Detail = fmt.Sprintf("%d requests are on record, %d were planned", n, r.Load.Planned)
		return check
	}
	for i, q := range r.Requests {
		if q.Seq != uint64(i) {
			check.Detail = fmt.Sprintf("request %d stands where %d should", q.Seq, i)
			return check
		}
		if strings.HasPrefix(q.Error, ownError) {
			check.Detail = fmt.Sprintf("request %d failed on our side: %s; to do: lower the rate or raise the limits of open files, ports and memory", i, q.Error)
			return check
		}
	}
	check.OK, check.Detail = true, fmt.Sprintf("%d requests: history complete, no duplicates", len(r.Requests))
	return check
}

// proveLoad says whether the generator kept its schedule outside the faults,
// and was well, allowing for the tightest latency that is wanted.
func proveLoad(r *results.Run, s pace, tightest time.Duration) results.Check {
	check := results.Check{Name: "load", Detail: doubtLoad(r, s, tightest)}
	if !r.Finished { // what was not sent is not the generator's fault
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
		s.sent, len(r.Requests), s.p99.Round(10*time.Microsecond), max(lateness, margin(tightest)), s.max.Round(10*time.Microsecond),
		r.Load.HeartbeatP999.Round(10*time.Microsecond), 100*r.Load.CPUShare)
	if r.Load.HostBusy >= 0 {
		check.Detail += fmt.Sprintf(", host %.0f%% busy", 100*r.Load.HostBusy)
	}
	return check
}

// margin is how much of a wanted latency the generator may add to it.
func margin(tightest time.Duration) time.Duration {
	return time.Duration(float64(tightest) * latenessShare)
}

// What to do where the generator was not well.
const (
	giveTime = "lower the rate, or give the driver's machine less else to do"
	giveCPU  = "lower the rate, or give the driver more CPU"
	sendSome = "let the attack run for a while before the first step, and after the last"
)

// doubtLoad is why the generator cannot be believed about latencies of that
// size, and what to do about it, or nothing.
func doubtLoad(r *results.Run, s pace, tightest time.Duration) string {
	if len(r.Requests) == 0 {
		return "no request is on record; to do: give the attack a rate and a length"
	}
	if r.Load.Closed {
		return "it was a closed loop, which leaves out of every response time what had to wait for a free client; to do: leave out loop: closed"
	}
	allowed, beat := max(lateness, margin(tightest)), max(mostHeartbeat, margin(tightest))
	short := func(d time.Duration) time.Duration { return d.Round(10 * time.Microsecond) }
	for _, wrong := range []struct {
		is       bool
		text, do string
	}{
		{s.calm == 0, "no request was planned outside the faults", sendSome},
		{s.worst < leastAchieved, fmt.Sprintf("only %.4g%% of the second from %v was sent in time, wanted %.4g%%", 100*s.worst, s.at, 100*leastAchieved), giveTime},
		{s.p99 > allowed, fmt.Sprintf("send delay p99 %v, at most %v allowed", short(s.p99), allowed), giveTime},
		{s.max > max(tightest, mostHeartbeat), fmt.Sprintf("send delay max %v, more than the %v that is wanted", short(s.max), tightest), giveTime},
		{r.Load.CPUShare > mostCPU, fmt.Sprintf("the driver used %.0f%% of its CPU, at most %.0f%% allowed", 100*r.Load.CPUShare, 100*mostCPU), giveCPU},
		{r.Load.Throttled > 0, fmt.Sprintf("the driver was held back by its CPU limit for %v", short(r.Load.Throttled)), giveCPU},
		{r.Load.HeartbeatP999 > beat, fmt.Sprintf("heartbeat late by %v at p99.9, at most %v allowed", short(r.Load.HeartbeatP999), beat), giveTime},
		{r.Load.HeartbeatP999 <= 0, "the driver's heartbeat was not measured", "play it again: an attack of some seconds has one"},
	} {
		if wrong.is {
			return wrong.text + "; to do: " + wrong.do
		}
	}
	return ""
}

// pace is how the schedule was kept outside the faults.
type pace struct {
	sent     int           // of all requests
	calm     int           // planned outside the faults
	worst    float64       // least share of a second that was sent in time
	at       time.Duration // that second
	p99, max time.Duration // of the send delay
}

// schedule reads the pace off the history. Inside a fault the in-flight limit
// may hold requests back, which is the system's doing; a timeout later the
// last of the requests it held has let go.
func schedule(r *results.Run) pace {
	s := pace{worst: 1}
	planned, sent := map[time.Duration]int{}, map[time.Duration]int{}
	var delays []time.Duration
	for _, q := range r.Requests {
		if q.Fate != results.Unsent {
			s.sent++
		}
		if faulty(r, q.Intended) || q.Error == results.Waiting && q.Intended > r.Load.For-achievedWithin {
			continue // the second may still leave in its second
		}
		s.calm++
		second := q.Intended.Truncate(time.Second)
		planned[second]++
		if q.Fate == results.Unsent {
			continue
		}
		delays = append(delays, q.Delay())
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

// faulty says whether a fault was declared at that instant, or had ended less
// than a request's timeout before.
func faulty(r *results.Run, at time.Duration) bool {
	for _, f := range r.Faults {
		if at >= f.Asked && (f.Ended == 0 || at < f.Ended+r.Load.Timeout) {
			return true
		}
	}
	return false
}

// proveFault says whether every fault was seen to begin and, where its undo
// was asked for, to end, by somebody else than itself.
func proveFault(r *results.Run, needed bool) results.Check {
	check := results.Check{Name: "fault"}
	if len(r.Faults) == 0 {
		check.OK, check.Note, check.Detail = !needed, !needed, "no fault was played"
		return check
	}
	var seen []string
	for _, f := range r.Faults {
		name := strings.TrimSpace(f.Name + " " + strings.Join(f.Targets, ","))
		switch {
		case f.Err != "":
			check.Detail = name + ": " + f.Err
		case !f.InEffect():
			check.Detail = name + " was never seen in effect; to do: choose a target that the fault can reach, and play again"
		case f.Healing > 0 && (f.Ended == 0 || f.EndWitness == ""):
			check.Detail = name + " was never seen to end; to do: see holdfast doctor, run holdfast clean, and play again"
		case f.Name == "kill" && met(r, f) == 0:
			check.Detail = name + " met no request in flight, so it proved nothing; to do: raise the rate"
		default:
			seen = append(seen, name+": "+f.Witness)
			continue
		}
		return check
	}
	check.OK, check.Detail = true, strings.Join(seen, "; ")
	return check
}

// met counts, from the history, the requests that a fault met in flight. A kill
// lands between its asking and its witness, up to a second later: it met those
// that were open at either instant, and those that came to nothing between. One
// that came after the asking and was answered before the witness may have been
// too early, so it does not count.
func met(r *results.Run, f results.Fault) (n int) {
	for _, q := range r.Requests {
		if q.Fate == results.Unsent || q.Sent > f.Seen() || q.Done <= f.Asked {
			continue
		}
		if q.Sent <= f.Asked || q.Done > f.Seen() || q.Fate == results.Unanswered {
			n++
		}
	}
	return n
}
