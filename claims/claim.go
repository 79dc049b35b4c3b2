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
	// Needs returns the proofs that the promise depends on.
	Needs() Needs
	// Check is pure: the same run gives the same verdict.
	Check(*results.Run) results.Verdict
}

// Needs lists the proofs that a claim depends on. If one fails, the claim is
// unproven for that reason, unless it is broken by evidence that does not
// depend on the failed proof (Solid).
type Needs struct {
	Load  bool // the generator kept its schedule: for every claim on latency, throughput or timely answers
	Fault bool // a fault took effect, seen from outside
	Calm  bool // no fault affects what the claim measures; every other claim depends on all injected faults
	Solid bool // broken stays broken even if a proof failed: a lost write stays lost
}

// Valid is a claim that can detect invalid settings, so that a scenario is
// refused before anything starts. The judge checks it, too.
type Valid interface {
	// Valid returns nil, or an error that joins everything that is wrong.
	Valid() error
}

// Tight is a claim that requires a latency. The load proof allows the generator
// a share of the shortest one.
type Tight interface {
	// Tightest is the shortest latency required; 0 is none.
	Tightest() time.Duration
}

// compared stands for the latency that a comparison with the baseline requires,
// because the baseline is not known before the run. It is an order of
// magnitude, and allows the generator no more than what is always allowed.
const compared = 20 * time.Millisecond

// Violator is a claim that can construct a run that must break it. Every claim
// of the table is one: a claim that cannot be broken proves nothing.
type Violator interface {
	// Violation is a small run with valid proofs that breaks the claim with its
	// present settings.
	Violation() *results.Run
}

// because sets the outcome of a verdict and its reason.
func because(v results.Verdict, o results.Outcome, format string, a ...any) results.Verdict {
	v.Outcome, v.Why = o, fmt.Sprintf(format, a...)
	return v
}

// held sets the outcome Held, without a reason.
func held(v results.Verdict) results.Verdict {
	v.Outcome, v.Why = results.Held, ""
	return v
}

// of reports whether a request is of the operation; "" is every operation.
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

// seconds is a figure in seconds.
func seconds(name string, d time.Duration) results.Figure {
	return results.Figure{Name: name, Value: d.Seconds(), Unit: "s"}
}

// number is a figure that counts something.
func number(name string, n int, unit string) results.Figure {
	return results.Figure{Name: name, Value: float64(n), Unit: unit}
}

// ms rounds a duration to milliseconds.
func ms(d time.Duration) time.Duration { return d.Round(time.Millisecond) }
