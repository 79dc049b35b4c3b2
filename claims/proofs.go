// A verdict is only as good as its evidence: a late generator measures itself,
// and a fault that was not observed proves nothing.

package claims

import (
	"fmt"
	"strings"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// ownError is the prefix of every error of the driver itself: it ran out of
// files, ports or memory. Such an error says nothing about the system.
const ownError = "driver:"

// proofs is the evidence for the trustworthiness of a run.
type proofs struct {
	record, load, fault results.Check
	undisturbed         results.Check
	restored            results.Check
	pace                pace         // how the generator kept its schedule, for comparison with the claims
	tried               *shiftedRuns // the run without the generator's error
}

// prove computes the proofs of a run for those promises.
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
	return proofs{record: proveRecord(r), load: proveLoad(r, s, tightest), fault: proveFault(r, needsFault), undisturbed: proveUndisturbed(r), restored: proveRestored(r), pace: s, tried: &shiftedRuns{run: r, lag: s.lag}}
}

// tightestOf is the shortest latency that a claim requires. A claim that
// requires only answers requires them within the timeout of a request.
func tightestOf(c Claim, r *results.Run) time.Duration {
	if t, ok := c.(Tight); ok {
		if d, _ := safely(func() time.Duration { return t.Tightest() }); d > 0 {
			return d
		}
	}
	return r.Load.Timeout
}

// complete reports whether the record holds every planned request.
func complete(r *results.Run) bool {
	return r.Finished && uint64(len(r.Requests)) == r.Load.Planned
}

// proveRecord reports whether the history is complete and free of the driver's
// own errors: every planned request once, and none that failed for lack of the
// driver's resources.
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
			check.Detail = fmt.Sprintf("request %d is in the place of request %d", q.Seq, i)
			return check
		}
		if strings.HasPrefix(q.Error, ownError) {
			check.Detail = fmt.Sprintf("request %d failed in the driver: %s; to do: lower the rate or raise the limits of open files, ports and memory", i, q.Error)
			return check
		}
	}
	check.OK, check.Detail = true, fmt.Sprintf("%d requests: history complete, no duplicates", len(r.Requests))
	return check
}

// proveFault reports whether every fault was observed by an independent witness
// to begin, at targets that served until then; to last; and, if its undo was
// requested, to end then and not before.
func proveFault(r *results.Run, needed bool) results.Check {
	check := results.Check{Name: "fault"}
	if len(r.Faults) == 0 {
		check.OK, check.Note, check.Detail = !needed, !needed, "no fault was injected"
		return check
	}
	var seen []string
	for _, f := range r.Faults {
		name := strings.TrimSpace(f.Name + " " + strings.Join(f.Targets, ","))
		idle, early := doubtTargets(r, f), doubtLasting(r, f)
		switch {
		case f.Err != "":
			check.Detail = name + ": " + f.Err
		case !f.InEffect():
			check.Detail = name + " was never seen in effect; to do: choose a target that the fault can reach, and run again"
		case idle != "":
			check.Detail = name + " had nothing to break: " + idle + "; to do: choose a target that runs and serves, and run again"
		case early != "":
			check.Detail = name + ": " + early + "; to do: leave the fault alone until its undo, and run again"
		case f.Healing > 0 && (f.Ended == 0 || f.EndWitness == ""):
			check.Detail = name + " was never seen to end; to do: see holdfast doctor, run holdfast clean, and run again"
		case f.Name == "kill" && met(r, f) == 0:
			check.Detail = name + " affected no request in flight, so it proves nothing; to do: raise the rate"
		default:
			seen = append(seen, name+": "+f.Witness)
			continue
		}
		return check
	}
	check.OK, check.Detail = true, strings.Join(seen, "; ")
	return check
}

// met counts, from the history, the requests that a fault affected in flight. A
// kill takes effect between its request and its witness, up to a second later:
// it affected the requests in flight at either instant, and those that failed
// between. A request that was sent after the kill was requested and answered
// before the witness may have been too early, so it does not count.
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
