package scenarios

import (
	"slices"
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/holdfast-lab/holdfast/chaos"
	"github.com/holdfast-lab/holdfast/claims"
	"github.com/holdfast-lab/holdfast/results"
	"github.com/holdfast-lab/holdfast/topologies"
)

// holds checks that the load and the claims match the topology. Otherwise a
// mistake in the file would count as a failure of the system.
func (s *Scenario) holds(d *decoder, t topologies.Topology, sure bool) {
	if users := s.Attack.Keys.Filled().Users; users > t.Users && !d.unreadIn("attack", "keys") {
		at := s.section("attack")
		if e := find(s.root, "attack"); e != nil {
			at = deep(e, []string{"keys", "users"})
		}
		d.wrong(at, "attack: keys.users: %d, and %s holds %d users: every request for another user would be answered with 404", users, t.Name, t.Users)
	}
	for _, p := range slices.Concat(s.Steady, s.Claims) {
		s.fits(d, p, t, sure)
		s.evidence(d, p)
	}
	for _, p := range s.Steady {
		if p.Claim.Needs().Fault && !ofBaseline(p) {
			d.wrong(p.at, "steady is judged before the first step, but %s judges the effect of a fault: move it to claims", p.Name)
		}
	}
}

// fits checks a claim against the nodes of the topology.
func (s *Scenario) fits(d *decoder, p Promise, t topologies.Topology, sure bool) {
	if !sure {
		return // a corrected setting may result in more nodes
	}
	switch c := p.Claim.(type) {
	case *claims.OnePrimary:
		if n := t.Ranked(); n < 2 {
			d.wrong(p.at, "one-primary: %s has %d nodes that can be primary: at least two are needed", t.Name, n)
		}
	case *claims.Convergence:
		if n := t.Stores(); n < 2 {
			d.wrong(p.at, "convergence: %s has %d store: at least two are needed", t.Name, n)
		}
	case *claims.SpreadEvenly:
		what, n := "web servers", t.Servers()
		if c.By == "store" {
			what, n = "stores", t.Stores()
		}
		if c.Servers >= 2 && c.Servers != n {
			d.wrong(settingOf(p, "servers"), "spread-evenly: servers: %d, and %s has %d %s", c.Servers, t.Name, n, what)
		}
	}
}

// evidence checks that at least as many requests are planned as a claim
// requires; with fewer it could only be unproven.
func (s *Scenario) evidence(d *decoder, p Promise) {
	uses := claims.Uses(p.Claim)
	if s.Attack.Planned() == 0 || len(uses) == 0 {
		return
	}
	op := uses[0].Operation
	if _, counts := p.Claim.(*claims.Responds); !counts { // Responds checks this itself, by phase
		least, _ := setting(p.Claim, "least").(int)
		if n := s.planned(op, results.Span{To: s.Attack.For}); least > n {
			d.wrong(settingOf(p, "least"), "%s: least: %d, but the attack plans only %d: the claim could only be unproven", p.Name, least, n)
		}
	}
	need, is := setting(p.Claim, "at-risk").(int)
	if !is || len(s.Steps) == 0 || !p.Claim.Needs().Fault {
		return
	}
	if need == 0 {
		need = claims.LeastAtRisk
	}
	n := 0
	for _, step := range s.Steps { // a step may take effect up to a second late
		n += max(s.planned(op, results.Span{From: step.At - claims.Exposed, To: step.At}),
			s.planned(op, results.Span{From: step.At + time.Second - claims.Exposed, To: step.At + time.Second}))
	}
	if n < need {
		d.wrong(settingOf(p, "at-risk"), "%s: at-risk: %d, but only %d are planned in the %v before the steps: the claim could only be unproven; raise the rate or lower at-risk", p.Name, need, n, claims.Exposed)
	}
}

// settingOf returns the place of a setting of a claim, or that of the claim.
func settingOf(p Promise, name string) ast.Node {
	if p.said == nil {
		return p.at
	}
	if at := deep(p.said, []string{name}); at != p.said.Key {
		return find(values(p.said), name).Value
	}
	return p.at
}

// bites checks, before the run, for errors that a fault would otherwise report
// during it: that a CPU limit is not lower than the present one, or that two
// nodes share no network.
func bites(d *decoder, s Step, t topologies.Topology) {
	on, peers := meantNodes(s.On, t), meantNodes(s.Peers, t)
	if x, ok := s.Fault.(*chaos.Throttle); ok && x.CPU > 0 {
		for _, n := range t.Nodes {
			if slices.Contains(on, n.Name) && x.CPU >= n.CPU && x.Check() == nil {
				d.wrong(s.at, "throttle: cpu: %v cores is not lower than the %v that %s has", x.CPU, n.CPU, n.Name)
			}
		}
	}
	if w, ok := s.Fault.(interface{ TakesPeers() bool }); ok && !w.TakesPeers() && len(s.Peers) > 0 {
		d.wrong(s.at, "throttle: cpu applies to nodes, not to a wire: leave out from: and to:, and select the node with name: or role:")
		return
	}
	other := func(sel topologies.Selector) bool { // or one node of a role, of which there may be others
		who := settle(sel, t)
		return !slices.Contains(s.On, sel) || who.Name == "" && !who.All
	}
	if len(peers) > 0 && !slices.ContainsFunc(s.Peers, other) {
		d.wrong(s.at, "%s: both ends of the wire are the same node: name another one with to:", s.Fault)
		return
	}
	for _, a := range on {
		for _, b := range peers {
			if a != b && !t.Share(a, b) {
				d.wrong(s.at, "%s: %s and %s share no network: there is no wire between them", s.Fault, a, b)
			}
		}
	}
}

// meantNodes returns every node of the topology that a selector could choose.
func meantNodes(sels []topologies.Selector, t topologies.Topology) (names []string) {
	for _, sel := range sels {
		for _, name := range matches(settle(sel, t), t) {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}
