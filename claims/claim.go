// Package claims holds the promises: each a pure function of a run that says
// held, broken or unproven, and why. Each claim is one file.
package claims

import (
	"fmt"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// Claim is one promise of an architecture.
type Claim interface {
	// String is the promise as a sentence: "writes recover within 30 s".
	String() string
	// Needs says which proofs the promise hangs on.
	Needs() Needs
	// Check is pure: the same run gives the same verdict.
	Check(*results.Run) results.Verdict
}

// Needs says which proofs a claim hangs on. Where one fails, the claim is
// unproven with that reason, unless it is broken by evidence that does not
// hang on the doubtful part (Solid).
type Needs struct {
	Load  bool // the generator kept its schedule: every claim on latency, throughput, or answers in time
	Fault bool // a fault took effect, seen from outside
	Calm  bool // is about a time or a thing that no fault touches; all else hangs on every fault that the run played
	Solid bool // broken stays broken even where a proof failed: a lost write stays lost
}

// Valid is a claim that can tell settings that make no sense, so that a
// scenario is refused before anything starts. The judge asks it, too.
type Valid interface {
	// Valid is nil, or an error that joins all that is wrong.
	Valid() error
}

// Tight is a claim that wants a latency; the load proof allows the generator a
// share of the tightest one.
type Tight interface {
	// Tightest is the shortest latency wanted; 0 is none.
	Tightest() time.Duration
}

// compared stands for the latency that a comparison with the baseline wants: an
// order of magnitude, for the baseline is not known before the run. It allows
// the generator nothing beyond what is always allowed.
const compared = 20 * time.Millisecond

// Violator is a claim that knows a run that must break it. Every claim of the
// table is one: a claim that cannot be broken proves nothing.
type Violator interface {
	// Violation is a small run with sound proofs in which the claim, with the
	// settings it has, is broken.
	Violation() *results.Run
}

// because gives the verdict its outcome and its reason.
func because(v results.Verdict, o results.Outcome, format string, a ...any) results.Verdict {
	v.Outcome, v.Why = o, fmt.Sprintf(format, a...)
	return v
}

// held is the verdict without a reason to doubt it.
func held(v results.Verdict) results.Verdict {
	v.Outcome, v.Why = results.Held, ""
	return v
}

// of says whether a request is of the operation; "" is every operation.
func of(operation string, q results.Request) bool {
	return operation == "" || q.Operation == operation
}

// plural names the requests of an operation: "writes", "requests".
func plural(operation string) string {
	if operation == "" {
		return "requests"
	}
	return operation + "s"
}

// seconds is a figure that is a time, in seconds.
func seconds(name string, d time.Duration) results.Figure {
	return results.Figure{Name: name, Value: d.Seconds(), Unit: "s"}
}

// number is a figure that is a number of things.
func number(name string, n int, unit string) results.Figure {
	return results.Figure{Name: name, Value: float64(n), Unit: unit}
}

// ms rounds a duration for people.
func ms(d time.Duration) time.Duration { return d.Round(time.Millisecond) }
