package scenarios

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/holdfast-lab/holdfast/topologies"
)

// The arms of a scenario. A claim is proven when it comes out as expected in
// the treatment, the other way in the control, and unbroken in the placebo.
const (
	Treatment = "treatment" // with the mechanism and with the fault
	Placebo   = "placebo"   // with the mechanism and without a fault
)

// Arms lists the arms: treatment, control-1 and so on, placebo. Where there
// are no steps there is no placebo, for it would be the treatment again.
func (s *Scenario) Arms() []string {
	arms := []string{Treatment}
	for i := range s.Control {
		arms = append(arms, fmt.Sprintf("control-%d", i+1))
	}
	if len(s.Steps) > 0 {
		arms = append(arms, Placebo)
	}
	return arms
}

// Arm is the scenario as it is played in that arm: a control is laid over the
// file, the placebo has no steps.
func (s *Scenario) Arm(name string) (*Scenario, error) {
	d := &decoder{}
	armed := s.arm(d, name)
	if armed == nil {
		return nil, fmt.Errorf("%s: no arm %q: %s", s.Name, name, instead(name, s.Arms()))
	}
	if err := d.mistakes(s.file, s.text); err != nil {
		return nil, err
	}
	return armed, nil
}

// Design is the topology of an arm, on paper.
func (s *Scenario) Design(arm string) (topologies.Topology, error) {
	armed, err := s.Arm(arm)
	if err != nil {
		return topologies.Topology{}, err
	}
	b, ok := topologies.Find(armed.Topology.Name)
	if !ok {
		return topologies.Topology{}, fmt.Errorf("%s: no topology %q", s.Name, armed.Topology.Name)
	}
	return b.Design(armed.Topology.Set)
}

// control is the control that an arm plays, or nil.
func (s *Scenario) control(arm string) *Control {
	number, ok := strings.CutPrefix(arm, "control-")
	if n, err := strconv.Atoi(number); ok && err == nil && n >= 1 && n <= len(s.Control) {
		return &s.Control[n-1]
	}
	return nil
}

// arm reads the file as that arm; nil where there is no such arm.
func (s *Scenario) arm(d *decoder, name string) *Scenario {
	if !slices.Contains(s.Arms(), name) {
		return nil
	}
	root := without(s.root, "control")
	if c := s.control(name); c != nil {
		root = lay(root, c.laid)
	}
	if name == Placebo {
		root = without(root, "steps")
	}
	armed := d.scenario(root)
	armed.Name, armed.file, armed.text, armed.given = s.Name, s.file, s.text, s.given
	return armed
}

// without is a map without a key.
func without(m *ast.MappingNode, key string) *ast.MappingNode {
	out := ast.Mapping(m.Start, m.IsFlowStyle)
	for _, e := range m.Values {
		if word(e.Key) != key {
			out.Values = append(out.Values, e)
		}
	}
	return out
}

// lay lays a control over a file: of the topology and of the attack it
// replaces single settings, of all else the whole.
func lay(root, over *ast.MappingNode) *ast.MappingNode {
	for _, e := range over.Values {
		key := word(e.Key)
		if !slices.Contains([]string{"topology", "attack", "steps"}, key) {
			continue
		}
		if key == "topology" || key == "attack" {
			e = merged(find(root, key), e)
		}
		root = without(root, key)
		root.Values = append(root.Values, e)
	}
	return root
}

// merged is an entry whose map has the settings of both, those of over where
// both have one. A topology of another name starts afresh.
func merged(under, over *ast.MappingValueNode) *ast.MappingValueNode {
	a, b := values(under), values(over)
	if a == nil || b == nil || word(over.Key) == "topology" && find(b, "name") != nil {
		return over
	}
	for _, e := range b.Values {
		a = without(a, word(e.Key))
	}
	sum := ast.Mapping(b.Start, b.IsFlowStyle, append(a.Values, b.Values...)...)
	return ast.MappingValue(over.Start, over.Key, sum)
}

// values is the map behind an entry's key, or nil.
func values(e *ast.MappingValueNode) *ast.MappingNode {
	if e == nil {
		return nil
	}
	m, _ := e.Value.(*ast.MappingNode)
	return m
}

// find is the entry of that key, or nil.
func find(m *ast.MappingNode, key string) *ast.MappingValueNode {
	for _, e := range m.Values {
		if word(e.Key) == key {
			return e
		}
	}
	return nil
}
