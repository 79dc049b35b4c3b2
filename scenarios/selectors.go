package scenarios

import (
	"reflect"
	"slices"

	"github.com/goccy/go-yaml/ast"

	"github.com/holdfast-lab/holdfast/topologies"
)

// fault decodes the value of a fault's name: the nodes to break, the ends of a
// wire, and the fault's own settings.
func (d *decoder) fault(n ast.Node, name string, s *Step) {
	var own, who []*ast.MappingValueNode
	es, ok := d.settingsOf(n, name, selected(name, s.Fault, n))
	s.garbled = s.garbled || !ok
	for _, e := range es {
		switch key := word(e.Key); {
		case key == "from":
			s.On = d.ends(e.Value)
			s.garbled = s.garbled || len(s.On) == 0
		case key == "to":
			s.Peers = d.ends(e.Value)
			s.garbled = s.garbled || len(s.Peers) == 0
		case slices.Contains(selectorKeys, key):
			who = append(who, e)
		default:
			own = append(own, e)
		}
	}
	if len(who) > 0 {
		var one topologies.Selector
		s.garbled = len(d.fill(who, name, &one)) > 0 || s.garbled
		s.On = append(s.On, one)
	}
	s.garbled = !d.own(own, name, s.Fault) || s.garbled
}

var selectorKeys = []string{"name", "role", "dc", "all"}

// own decodes the fault's own settings and reports whether all are known; an
// unknown one may be meant for a selector.
func (d *decoder) own(es []*ast.MappingValueNode, name string, into any) bool {
	names := slices.Concat(fields(reflect.TypeOf(into).Elem()), selectorKeys, []string{"from", "to"})
	var known []*ast.MappingValueNode
	for _, e := range es {
		if slices.Contains(names, word(e.Key)) {
			known = append(known, e)
			continue
		}
		d.wrong(e.Key, "%s has no setting %q: %s", name, word(e.Key), instead(word(e.Key), names))
	}
	for _, field := range d.fill(known, name, into) {
		// So that a number that could not be read is not also reported as
		// missing.
		if one := reflect.ValueOf(1); field.CanInt() || field.CanFloat() {
			field.Set(one.Convert(field.Type()))
		}
	}
	return len(known) == len(es)
}

// ends decodes one end of a wire: a word (a node's name, or a role, which
// stands for all nodes that have it), a selector, or a list of them.
func (d *decoder) ends(n ast.Node) []topologies.Selector {
	switch n := n.(type) {
	case *ast.StringNode:
		return []topologies.Selector{{Name: n.Value}}
	case *ast.SequenceNode:
		var all []topologies.Selector
		for _, v := range n.Values {
			all = append(all, d.ends(v)...)
		}
		return all
	case *ast.MappingNode:
		var one topologies.Selector
		d.fill(n.Values, "selector", &one)
		return []topologies.Selector{one}
	}
	d.wrong(n, "must be a node, a role, or a list of them, not %s", n)
	return nil
}

// settle replaces a word that is a role and not a node's name by all nodes of
// that role. Which of them it is depends on the topology.
func settle(s topologies.Selector, t topologies.Topology) topologies.Selector {
	if s.Name == "" || s.Role != "" {
		return s
	}
	role := false
	for _, n := range t.Nodes {
		if n.Name == s.Name {
			return s
		}
		role = role || n.Role == s.Name
	}
	if role {
		return topologies.Selector{Role: s.Name, DC: s.DC, All: true}
	}
	return s
}

// matches returns the nodes of the topology that a selector may choose.
func matches(s topologies.Selector, t topologies.Topology) []string {
	var names []string
	if s.Name == "" && s.Role == "" && s.DC == "" {
		return nil // the zero selector matches nothing, and "all" alone selects no nodes
	}
	for _, n := range t.Nodes {
		if (s.Name == "" || s.Name == n.Name) && (s.Role == "" || s.Role == n.Role) && (s.DC == "" || s.DC == n.DC) {
			names = append(names, n.Name)
		}
	}
	return names
}
