package scenarios

import (
	"slices"

	"github.com/holdfast-lab/holdfast/claims"
	"github.com/holdfast-lab/holdfast/results"
	"github.com/holdfast-lab/holdfast/topologies"
)

// means reports whether a word stands for a node of the topology: its name, or
// its kind.
func means(t topologies.Topology, word string) bool { return len(nodesOf(t, word)) > 0 }

// nodesOf returns the names of the nodes that any of the words stands for.
func nodesOf(t topologies.Topology, words ...string) (names []string) {
	for _, n := range t.Nodes {
		if slices.ContainsFunc(words, results.Node{Name: n.Name}.Means) {
			names = append(names, n.Name)
		}
	}
	return names
}

// probed checks that the probe covers every pair of nodes that a claim judges.
func (s *Scenario) probed(d *decoder, t topologies.Topology, sure bool) {
	for _, p := range s.Claims {
		c, ok := p.Claim.(*claims.Unreachable)
		if !ok {
			continue
		}
		for _, word := range append([]string{c.From}, c.To...) {
			if word != "" && !means(t, word) && (sure || !another(word, t)) {
				d.wrong(said(p.said, p.at, word), "unreachable: no node %q in %s: %s", word, t.Name, instead(word, nodeNamesOf(t)))
			}
		}
		for _, side := range []struct{ wanted, tried []string }{
			{nodesOf(t, c.From), nodesOf(t, s.Reach.From)}, {nodesOf(t, c.To...), nodesOf(t, s.Reach.To...)},
		} {
			for _, name := range side.wanted {
				if !slices.Contains(side.tried, name) {
					d.wrong(p.at, "unreachable judges %s, which reach does not probe: name it, or its kind, in reach", name)
				}
			}
		}
	}
}

// reaches checks the nodes of the probe.
func (s *Scenario) reaches(d *decoder, t topologies.Topology, sure bool) {
	at := s.section("reach")
	if s.Reach == nil {
		for _, p := range s.Claims {
			if p.Name == "unreachable" {
				d.wrong(p.at, "unreachable needs a probe: add reach: {from: visitor, to: [web-1], control: nginx}")
			}
		}
		return
	}
	if s.Reach.From == "" || len(s.Reach.To) == 0 || s.Reach.Control == "" {
		d.wrong(at, "reach: give from:, to: and control:; control is a node that must be reachable, since a broken probe would otherwise prove everything")
	}
	for _, name := range slices.Concat([]string{s.Reach.From, s.Reach.Control}, s.Reach.To) {
		if name != "" && !means(t, name) && (sure || !another(name, t)) {
			d.wrong(said(find(s.root, "reach"), at, name), "reach: no node %q in %s: %s", name, t.Name, instead(name, nodeNamesOf(t)))
		}
	}
	s.probed(d, t, sure)
}

// nodeNamesOf returns the names of all nodes.
func nodeNamesOf(t topologies.Topology) (names []string) {
	for _, n := range t.Nodes {
		names = append(names, n.Name)
	}
	return names
}
