// Package scenarios holds the experiments: files that say which system to
// start, which load to send, which faults to inject and which claims must hold.
// It decodes them, checks them without starting anything, runs them, and proves
// them against their controls.
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

// Scenario is one experiment as decoded from its file.
type Scenario struct {
	Name     string // "replication/primary-kill": rung and file, or the path of a user's own file
	Story    string // one sentence
	Topology System
	Attack   targets.Attack
	Steps    []Step
	Steady   []Promise // must hold just before the first step, else the run proves nothing
	Claims   []Promise
	Control  []Control
	Reach    *Reach // nil: no probe

	root *ast.MappingNode // the file; the changes of an arm are merged into it
	file string
	text []byte

	given   map[string]string // settings of the topology that replace those of the file
	shifted time.Duration     // how much later than in the file the steps are
}

// System is a topology with some of its settings; the others have their
// defaults.
type System struct {
	Name string
	Set  map[string]any
}

// Step is one fault with its time and its nodes.
type Step struct {
	At, For time.Duration // since the first request; For 0: until the attack ends
	Fault   chaos.Fault
	On      []topologies.Selector // the nodes to break; for a wire, its near end
	Peers   []topologies.Selector // the other end of a wire; otherwise empty

	vague   bool // at: is missing or could not be read
	garbled bool // the fault's settings or its selector could not be read
	at      ast.Node
	said    *ast.MappingValueNode // the name of the fault with its value
}

// Promise is a claim with its name and the outcome that the scenario expects.
type Promise struct {
	Name   string // as in the file: "recovers"
	Claim  claims.Claim
	Expect results.Outcome // Held, or Broken if the textbook is wrong
	Guard  bool            // must have the expected outcome, but another scenario proves it: no control has to break it here

	at   ast.Node
	said *ast.MappingValueNode // the name of the claim with its value
}

// Control is the same experiment without the mechanism. The claims that it
// names must have the opposite outcome there; otherwise they prove nothing
// about the mechanism.
type Control struct {
	Why    string   // what is different
	Breaks []string // claims that must be broken
	Holds  []string // claims that must hold if the treatment expects them broken

	laid    *ast.MappingNode // what is merged into the file
	garbled bool             // a part of it could not be read
}

// Reach says which nodes are probed from inside the system, with one TCP
// connection per port. Each word is the name of a node, or a kind of nodes:
// "web" stands for web-1, web-2, and so on.
type Reach struct {
	From    string   `yaml:"from"`    // the nodes that run the probe
	To      []string `yaml:"to"`      // the nodes that are probed on every port of the topology
	Control string   `yaml:"control"` // a node that must be reachable, which shows that the probe works
}

// promises converts claims for the judge.
func promises(ps []Promise) []claims.Promise {
	out := make([]claims.Promise, 0, len(ps))
	for _, p := range ps {
		out = append(out, claims.Promise{Claim: p.Claim, Expect: p.Expect})
	}
	return out
}
