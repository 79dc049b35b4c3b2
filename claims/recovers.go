// The part that answered is gone. For a while nobody answers; then another
// takes its place. How long "a while" is, is what an operator is paid for.

package claims

import (
	"fmt"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// Recovers promises that after the first fault the operation is answered again
// within the limit. The time runs from the instant the fault was seen in
// effect to the end of the first answered request that was sent after it and
// is followed by no longer gap: a single lucky answer is no recovery.
type Recovers struct {
	Operation string        `yaml:"operation" json:"operation"` // "" is every operation
	Within    time.Duration `yaml:"within" json:"within"`
}

// String is the promise as a sentence.
func (c Recovers) String() string {
	op := c.Operation
	if op == "" {
		op = "request"
	}
	return fmt.Sprintf("%ss recover within %v", op, c.Within)
}

// Needs says that a fault must have been seen.
func (Recovers) Needs() Needs { return Needs{Fault: true} }

// Check finds the longest gap between answers after the fault; recovery is its end.
func (c Recovers) Check(r *results.Run) results.Verdict {
	v := results.Verdict{Name: "recovers", Claim: c.String(), Wanted: fmt.Sprintf("at most %v", c.Within)}
	effect, seen := firstEffect(r.Faults)
	if !seen {
		v.Why = "no fault was seen in effect"
		return v
	}
	g := c.gap(r.Requests, effect)
	v.N = g.sent
	switch {
	case g.before == 0:
		v.Why = "nothing was answered before the fault, so there was nothing to recover"
	case g.sent == 0:
		v.Why = "no request was sent after the fault"
	case g.answered == 0 && g.watched <= c.Within:
		v.Why = fmt.Sprintf("no answer, but the run watched for only %v after the fault", g.watched.Round(time.Millisecond))
	case g.answered == 0:
		v.Outcome, v.Measured = results.Broken, "never"
		v.Why = fmt.Sprintf("no answer in the %v after the fault", g.watched.Round(time.Millisecond))
	case g.failed == 0:
		v.Why = "not one request failed after the fault: there was nothing to recover from"
	default:
		v.Measured = g.recovered.Round(time.Millisecond).String()
		v.Outcome = results.Held
		if g.recovered > c.Within {
			v.Outcome, v.Why = results.Broken, fmt.Sprintf("missed by %v", (g.recovered-c.Within).Round(time.Millisecond))
		}
	}
	return v
}

// silence is what the history says of the time after a fault; durations run from its effect.
type silence struct {
	before                 int // answered before the fault
	sent, answered, failed int // sent after it, and what became of them
	recovered              time.Duration
	watched                time.Duration // until the last request's fate was known
}

// gap walks the history once. Answers come in the order of Seq and not of
// Done; the gap is therefore taken between the instants at which requests that
// were answered had been sent, and recovery is stamped by the answer's end.
func (c Recovers) gap(h results.History, effect time.Duration) silence {
	var s silence
	var longest time.Duration
	last := effect
	for _, q := range h {
		if q.Fate == results.Unsent || c.Operation != "" && q.Operation != c.Operation {
			continue
		}
		if q.Sent <= effect {
			if q.Fate == results.Answered && q.Done <= effect {
				s.before++
			}
			continue
		}
		s.sent++
		s.watched = max(s.watched, q.Done-effect)
		if q.Fate != results.Answered {
			s.failed++
			continue
		}
		s.answered++
		if gap := q.Sent - last; gap > longest {
			longest, s.recovered = gap, q.Done-effect
		}
		last = max(last, q.Sent)
	}
	if s.answered > 0 && s.watched-(last-effect) > longest && s.watched-(last-effect) > c.Within {
		s.answered = 0 // it went silent again, and stayed so for longer than the promise allows
	}
	return s
}

// firstEffect is when the first fault was seen in effect.
func firstEffect(faults []results.Fault) (time.Duration, bool) {
	for _, f := range faults {
		if f.InEffect() {
			return f.Effect, true
		}
	}
	return 0, false
}
