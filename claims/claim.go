// Package claims holds the promises: each a pure function of a run that says
// held, broken or unproven, and why. Each claim is one file.
package claims

import "github.com/holdfast-lab/holdfast/results"

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
	Load  bool // the generator kept its schedule: every claim on latency or throughput
	Fault bool // a fault took effect, seen from outside
	Solid bool // broken stays broken even where a proof failed: a lost write stays lost
}
