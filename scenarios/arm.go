package scenarios

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/holdfast-lab/holdfast/topologies"
)

// The arms of a scenario. A claim is proven if its outcome is the expected one
// in the treatment, the opposite one in the control, and not broken in the
// placebo.
const (
	Treatment = "treatment" // with the mechanism and with the fault
	Placebo   = "placebo"   // with the mechanism and without a fault
)

// Arms lists the arms: treatment, control-1 and so on, placebo. Without steps
// there is no placebo, because it would equal the treatment.
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

// Arm returns the scenario as that arm runs it: a control is merged into the
// file, and the placebo has no steps.
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

// Design returns the topology of an arm without starting it.
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

// control returns the control that an arm runs, or nil.
func (s *Scenario) control(arm string) *Control {
	number, ok := strings.CutPrefix(arm, "control-")
	if n, err := strconv.Atoi(number); ok && err == nil && n >= 1 && n <= len(s.Control) {
		return &s.Control[n-1]
	}
	return nil
}

// arm decodes the file with the changes of that arm; nil if the arm is unknown.
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

// without returns a map without one key.
func without(m *ast.MappingNode, key string) *ast.MappingNode {
	out := ast.Mapping(m.Start, m.IsFlowStyle)
	for _, e := range m.Values {
		if word(e.Key) != key {
			out.Values = append(out.Values, e)
		}
	}
	return out
}

// lay merges a control into a file. In the topology and the attack it replaces
// single settings, elsewhere whole sections.
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

// merged combines the settings of two maps; those of over take precedence. A
// topology with another name replaces the former one completely.
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

// values returns the map that is the value of an entry, or nil.
func values(e *ast.MappingValueNode) *ast.MappingNode {
	if e == nil {
		return nil
	}
	m, _ := e.Value.(*ast.MappingNode)
	return m
}

// find returns the entry with that key, or nil.
func find(m *ast.MappingNode, key string) *ast.MappingValueNode {
	for _, e := range m.Values {
		if word(e.Key) == key {
			return e
		}
	}
	return nil
}
