// Package scenarios holds the experiments: files that say which system to
// stand up, how to load it, what to break and what must hold. It reads them,
// checks them on paper, plays them, and proves them against their controls.
package scenarios

import (
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/holdfast-lab/holdfast/chaos"
	"github.com/holdfast-lab/holdfast/claims"
	"github.com/holdfast-lab/holdfast/results"
	"github.com/holdfast-lab/holdfast/targets"
	"github.com/holdfast-lab/holdfast/topologies"
)

// Scenario is one experiment as it was read from its file.
type Scenario struct {
	Name     string // "replication/primary-kill": rung and file, or the path of a user's own file
	Story    string // one sentence for people
	Topology System
	Attack   targets.Attack
	Steps    []Step
	Steady   []Promise // must hold just before the first step, else the run proves nothing
	Claims   []Promise
	Control  []Control
	Reach    *Reach // nil: no probe from inside

	root *ast.MappingNode // the file; arms are laid over it
	file string
	text []byte

	given   map[string]string // settings of the topology that replace the file's
	shifted time.Duration     // how much later than in the file the steps are
}

// System names a topology and what is set of it; the rest are defaults.
type System struct {
	Name string
	Set  map[string]any
}

// Step is one fault with its time and its place.
type Step struct {
	At, For time.Duration // since the first request; For 0: until the attack ends
	Fault   chaos.Fault
	On      []topologies.Selector // who is broken; for a wire, its near end
	Peers   []topologies.Selector // the far end of a wire; else empty

	vague   bool // at: is missing or could not be read
	garbled bool // of the fault's settings or its selector
	at      ast.Node
	said    *ast.MappingValueNode // the name and what stands behind it
}

// Promise is a claim with its name and with what the scenario expects of it.
type Promise struct {
	Name   string // as in the file: "recovers"
	Claim  claims.Claim
	Expect results.Outcome // Held, or Broken where the textbook is wrong
	Guard  bool            // must come out as expected, but is proven elsewhere: no control has to break it here

	at   ast.Node
	said *ast.MappingValueNode // the name and what stands behind it
}

// Control is the same experiment with the mechanism taken away: there the
// claims it names must come out the other way, else they prove nothing.
type Control struct {
	Why    string   // what is taken away, for people
	Breaks []string // claims that must be broken
	Holds  []string // claims that must hold, where the treatment expects them broken

	laid    *ast.MappingNode // what is laid over the file
	garbled bool             // something of it could not be read
}

// Reach is which nodes are tried from inside, one TCP connection a port. Each
// word is a node, or a kind of nodes: "web" is web-1, web-2, and so on.
type Reach struct {
	From    string   `yaml:"from"`    // the nodes that try
	To      []string `yaml:"to"`      // nodes that are tried on every port of the topology
	Control string   `yaml:"control"` // a node that must be reachable, to show that the prober works
}

// promises is what the judge is given.
func promises(ps []Promise) []claims.Promise {
	out := make([]claims.Promise, 0, len(ps))
	for _, p := range ps {
		out = append(out, claims.Promise{Claim: p.Claim, Expect: p.Expect})
	}
	return out
}
