// A private network cannot be reached from outside. To check that, a node
// outside tries every port of every node inside, and one port that is known to
// be open, to show that it is able to connect.

package claims

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// leastPorts is how many ports of a node must have been tried if the claim sets
// no number: the well-known ones.
const leastPorts = 1000

// Unreachable promises that no port of some nodes can be opened from others.
// Every pair must have been tried: each node that From names with each that To
// names.
type Unreachable struct {
	From  string   `yaml:"from" json:"from"`                       // a node, or a kind of node: "visitor"
	To    []string `yaml:"to" json:"to"`                           // nodes, or kinds of nodes: "web" is web-1, web-2, ...
	Ports int      `yaml:"ports,omitempty" json:"ports,omitempty"` // least number of ports tried on each; 0: 1000
}

// String is the promise as a sentence.
func (c Unreachable) String() string {
	return fmt.Sprintf("%s cannot be reached from %s", strings.Join(c.To, ", "), c.From)
}

// Valid requires From and To.
func (c Unreachable) Valid() error {
	if c.From == "" || len(c.To) == 0 || slices.Contains(c.To, "") || c.Ports < 0 {
		return errors.New("check unreachable: from and to must be named, and ports must not be negative")
	}
	return nil
}

// Needs no proof except its own controls; an open port stays a violation.
func (Unreachable) Needs() Needs { return Needs{Solid: true} }

// pair is one node that tries the ports of another.
type pair struct{ from, to string }

// pairs returns every pair that must be tried, and why some are unknown.
func (c Unreachable) pairs(r *results.Run) (all []pair, why string) {
	if len(r.Nodes) == 0 {
		why = "the record does not name the system's nodes, so whether all were tried is unknown"
		seen := &results.Run{}
		for _, reach := range r.Reaches {
			seen.Nodes = append(seen.Nodes, results.Node{Name: reach.From}, results.Node{Name: reach.To})
		}
		r = seen
	}
	from := r.NodesOf(c.From)
	if len(from) == 0 {
		return nil, cmp.Or(why, fmt.Sprintf("the system has no node %s", c.From))
	}
	for _, word := range c.To {
		to := r.NodesOf(word)
		if len(to) == 0 {
			return all, cmp.Or(why, fmt.Sprintf("the system has no node %s", word))
		}
		for _, f := range from {
			for _, t := range to {
				if p := (pair{f.Name, t.Name}); f.Name != t.Name && !slices.Contains(all, p) {
					all = append(all, p)
				}
			}
		}
	}
	if len(all) == 0 {
		why = "from and to are the same node"
	}
	return all, why
}

// tries summarizes what was tried for a claim.
type tries struct {
	ports   int             // total tried
	tried   map[pair]int    // ports per pair; the most, if a pair was tried several times
	failed  map[pair]string // why a try failed
	open    []string        // "web-1 answers on port 80"
	control map[string]bool // nodes that reached their control
}

func (c Unreachable) tries(r *results.Run, wanted []pair) tries {
	t := tries{tried: map[pair]int{}, failed: map[pair]string{}, control: map[string]bool{}}
	for _, reach := range r.Reaches {
		p := pair{reach.From, reach.To}
		if reach.Control {
			t.control[reach.From] = t.control[reach.From] || len(reach.Open) > 0 && reach.Err == ""
			continue
		}
		if !slices.Contains(wanted, p) {
			continue
		}
		t.ports += reach.Tried
		t.tried[p] = max(t.tried[p], reach.Tried)
		if reach.Err != "" {
			t.failed[p] = reach.Err
		}
		for _, port := range reach.Open {
			t.open = append(t.open, fmt.Sprintf("%s answers %s on port %d", reach.To, reach.From, port))
		}
	}
	return t
}

// Check requires that no port was open in any pair, that enough ports were
// tried in each, and that every node that tries has reached its control.
func (c Unreachable) Check(r *results.Run) results.Verdict {
	v := results.Verdict{Name: "unreachable", Claim: c.String(), Wanted: "0 open ports"}
	if err := c.Valid(); err != nil {
		return because(v, results.Unproven, "%v", err)
	}
	wanted, why := c.pairs(r)
	t := c.tries(r, wanted)
	v.N = t.ports
	v.Measured = fmt.Sprintf("%d open of %d ports tried, %d of %d pairs of nodes", len(t.open), t.ports, len(t.tried), len(wanted))
	switch {
	case len(t.open) > 0:
		return because(v, results.Broken, "%s", t.open[0])
	case why != "":
		return because(v, results.Unproven, "%s", why)
	}
	need := c.Ports
	if need == 0 {
		need = leastPorts
	}
	for _, p := range wanted {
		n, was := t.tried[p]
		switch {
		case !was:
			return because(v, results.Unproven, "no port of %s was tried from %s", p.to, p.from)
		case t.failed[p] != "":
			return because(v, results.Unproven, "trying %s from %s failed: %s", p.to, p.from, t.failed[p])
		case n < need:
			return because(v, results.Unproven, "only %d ports of %s were tried from %s; at least %d are required", n, p.to, p.from, need)
		}
	}
	for _, p := range wanted {
		if !t.control[p.from] {
			return because(v, results.Unproven, "%s reached nothing at all, so its network may not work", p.from)
		}
	}
	return held(v)
}

// Violation is a run in which the first target answers on one port.
func (c Unreachable) Violation() *results.Run {
	r, to := specimen("", 100, 9*time.Second), c.To[0]
	if to == c.From {
		to += "-1"
	}
	r.Nodes = []results.Node{{Name: c.From}, {Name: "control"}, {Name: to}}
	r.Reaches = []results.Reach{
		{From: c.From, To: "control", Tried: 1, Open: []int{80}, Control: true},
		{From: c.From, To: to, Tried: max(c.Ports, leastPorts), Open: []int{8080}},
	}
	return r
}
