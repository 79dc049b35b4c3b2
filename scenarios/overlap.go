package scenarios

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/holdfast-lab/holdfast/chaos"
	"github.com/holdfast-lab/holdfast/topologies"
)

// inForce is a step that is in effect.
type inForce struct {
	fault     chaos.Fault
	on, peers []string
}

// claim registers a step before its fault is injected. It returns an error if a
// step that is in effect on one of its nodes prevents it. This cannot be
// checked before the run, because roles move.
func (b *stepRunner) claim(n int, s Step, on, peers []topologies.Instance) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	second := chaos.Played{Fault: s.Fault, Peers: nodeNames(peers)}
	for _, step := range slices.Sorted(maps.Keys(b.inForce)) {
		f := b.inForce[step]
		for _, name := range nodeNames(on) {
			if !slices.Contains(f.on, name) {
				continue
			}
			if why := chaos.Prevents(chaos.Played{Fault: f.fault, Peers: f.peers}, second); why != "" {
				return fmt.Errorf("%s %s, within step %d: %s; to do: make the steps follow each other", s.Fault, name, step+1, why)
			}
		}
	}
	if b.inForce == nil {
		b.inForce = map[int]inForce{}
	}
	b.inForce[n] = inForce{s.Fault, nodeNames(on), second.Peers}
	return nil
}

// release removes a step that has ended.
func (b *stepRunner) release(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.inForce, n)
}

// overlaps checks every two steps that are certain to affect the same node:
// that the second can be injected while the first is in effect, and that the
// second does not end the first.
func (s *Scenario) overlaps(d *decoder, t topologies.Topology) {
	steps := slices.Clone(s.Steps)
	slices.SortStableFunc(steps, func(a, b Step) int { return cmp.Compare(a.At, b.At) })
	for i, first := range steps {
		for _, second := range steps[i+1:] {
			if first.vague || first.garbled || second.vague || second.garbled || !s.within(first, second.At) {
				continue
			}
			both := slices.DeleteFunc(certain(second.On, t), func(name string) bool { return !slices.Contains(certain(first.On, t), name) })
			if len(both) == 0 {
				continue
			}
			if why := s.clash(first, second, t); why != "" {
				d.wrong(second.at, "%s %s at %v overlaps the %s at %v (line %d): %s; begin it when the %s is over, or remove one of them",
					second.Fault, both[0], second.At, first.Fault, first.At, first.at.GetToken().Position.Line, why, first.Fault)
			} else if why := s.outlasted(first, second); why != "" {
				d.wrong(second.at, "%s %s at %v ends the %s at %v (line %d) too early: %s; end the %s at least a second before",
					second.Fault, both[0], second.At, first.Fault, first.At, first.at.GetToken().Position.Line, why, first.Fault)
			}
		}
	}
}

// within reports whether a step is in effect at a given time.
func (s *Scenario) within(step Step, at time.Duration) bool {
	if step.Fault.String() == "restart" { // a restart is over once it is in effect
		return at == step.At
	}
	return step.For == 0 || at < step.At+step.For
}

// clash says why a step cannot be injected while another is in effect. If two
// begin at the same time, either may be first.
func (s *Scenario) clash(first, second Step, t topologies.Topology) string {
	a := chaos.Played{Fault: first.Fault, Peers: certain(first.Peers, t)}
	b := chaos.Played{Fault: second.Fault, Peers: certain(second.Peers, t)}
	if len(first.Peers) > 0 && len(a.Peers) == 0 || len(second.Peers) > 0 && len(b.Peers) == 0 {
		a.Peers, b.Peers = []string{"one"}, []string{"another"} // whether both have the same wire is unknown
	}
	why := chaos.Prevents(a, b)
	if why == "" && first.At == second.At {
		why = chaos.Prevents(b, a)
	}
	return why
}

// startBefore is how long before the restart of a node a fault on its wires
// must be scheduled to end. Both are timed from their witnesses, which may come
// at different delays.
const startBefore = time.Second

// outlasted says why the second of two steps would end the first too early.
func (s *Scenario) outlasted(first, second Step) string {
	ends := s.Attack.For
	if first.For > 0 {
		ends = first.At + first.For
	}
	starts := second.At + second.For
	if second.Fault.String() != "restart" && (second.For == 0 || starts >= ends+startBefore) {
		return ""
	}
	return chaos.Outlasted(first.Fault, second.Fault)
}

// certain returns the nodes that selectors are certain to choose: nodes
// selected by name, and nodes with a fixed role, which is not queried during
// the run.
func certain(sels []topologies.Selector, t topologies.Topology) []string {
	var names []string
	for _, sel := range sels {
		sel = settle(sel, t)
		found := slices.Sorted(slices.Values(matches(sel, t)))
		if sel.Role != "" && slices.ContainsFunc(t.Nodes, func(n topologies.Node) bool { return n.Role == sel.Role && n.Ask != nil }) {
			continue
		}
		if !sel.All && len(found) > 1 {
			found = found[:1]
		}
		names = append(names, found...)
	}
	return names
}
