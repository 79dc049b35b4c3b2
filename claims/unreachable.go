// A private network is a wall. To see that it stands somebody outside tries
// every door, and one door that is known to be open, so that we know they can
// try doors.

package claims

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// leastPorts is how many ports of a node must have been tried where the claim
// does not say: the well-known ones.
const leastPorts = 1000

// Unreachable promises that from one node no port of others can be opened.
type Unreachable struct {
	From  string   `yaml:"from" json:"from"`
	To    []string `yaml:"to" json:"to"`                           // names of nodes, or what they begin with: "web"
	Ports int      `yaml:"ports,omitempty" json:"ports,omitempty"` // least ports tried on each; 0: 1000
}

// String is the promise as a sentence.
func (c Unreachable) String() string {
	return fmt.Sprintf("%s cannot be reached from %s", strings.Join(c.To, ", "), c.From)
}

// Valid wants both ends.
func (c Unreachable) Valid() error {
	if c.From == "" || len(c.To) == 0 || slices.Contains(c.To, "") || c.Ports < 0 {
		return errors.New("check unreachable: from and to must be named, and ports not below 0")
	}
	return nil
}

// Needs no proof but its own controls; an open port stays open.
func (Unreachable) Needs() Needs { return Needs{Solid: true} }

// Check wants no open port on any target, enough ports tried on each, and a
// control from the same node that was reached.
func (c Unreachable) Check(r *results.Run) results.Verdict {
	v := results.Verdict{Name: "unreachable", Claim: c.String(), Wanted: "0 open ports"}
	if err := c.Valid(); err != nil {
		return because(v, results.Unproven, "%v", err)
	}
	need := c.Ports
	if need == 0 {
		need = leastPorts
	}
	doubt, control, nodes := "", false, 0
	met := map[string]bool{}
	for _, reach := range r.Reaches {
		if reach.From != c.From {
			continue
		}
		if reach.Control {
			control = control || len(reach.Open) > 0 && reach.Err == ""
			continue
		}
		i := slices.IndexFunc(c.To, func(to string) bool { return strings.HasPrefix(reach.To, to) })
		if i < 0 {
			continue
		}
		for _, to := range c.To {
			met[to] = met[to] || strings.HasPrefix(reach.To, to)
		}
		nodes++
		v.N += reach.Tried
		switch {
		case len(reach.Open) > 0:
			v.Measured = fmt.Sprintf("%d open", len(reach.Open))
			return because(v, results.Broken, "%s answers on port %d", reach.To, reach.Open[0])
		case reach.Err != "":
			doubt = fmt.Sprintf("trying %s failed: %s", reach.To, reach.Err)
		case reach.Tried < need:
			doubt = fmt.Sprintf("only %d ports of %s were tried, wanted at least %d", reach.Tried, reach.To, need)
		}
	}
	for _, to := range c.To {
		if !met[to] {
			return because(v, results.Unproven, "no port of %s was tried from %s", to, c.From)
		}
	}
	v.Measured = fmt.Sprintf("0 open of %d tried on %d nodes", v.N, nodes)
	switch {
	case doubt != "":
		return because(v, results.Unproven, "%s", doubt)
	case !control:
		return because(v, results.Unproven, "%s reached nothing at all, so it may not be able to", c.From)
	}
	return held(v)
}

// Violation is a run in which the first target answers on one port.
func (c Unreachable) Violation() *results.Run {
	r := specimen("", 100, 9*time.Second)
	r.Reaches = []results.Reach{
		{From: c.From, To: "control", Tried: 1, Open: []int{80}, Control: true},
		{From: c.From, To: c.To[0], Tried: max(c.Ports, leastPorts), Open: []int{8080}},
	}
	return r
}
