package scenarios

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/holdfast-lab/holdfast/chaos"
	"github.com/holdfast-lab/holdfast/claims"
	"github.com/holdfast-lab/holdfast/results"
	"github.com/holdfast-lab/holdfast/targets"
	"github.com/holdfast-lab/holdfast/topologies"
)

// check checks every arm without Docker and without the network.
func (s *Scenario) check(d *decoder) {
	s.paper(d, Treatment)
	for i, c := range s.Control {
		arm := fmt.Sprintf("control-%d", i+1)
		d.measured(c)
		if armed := s.arm(d, arm); armed != nil {
			armed.paper(d, arm)
			s.outcomes(d, c, armed)
		}
	}
}

// paper checks one arm as it would be run.
func (s *Scenario) paper(d *decoder, arm string) {
	t, sure := s.design(d)
	s.load(d)
	if len(s.Claims) == 0 && !s.tells("claims") {
		d.wrong(s.section("claims"), "no claim: a run without claims proves nothing; add claims:, such as - recovers: {within: 30s}")
	}
	for _, step := range s.Steps {
		s.times(d, step)
		options(d, step)
	}
	if s.Attack.For > 0 && !slices.ContainsFunc(s.Steps, func(s Step) bool { return s.vague }) {
		s.phases(d) // otherwise that is the mistake, and these checks would be misleading
		if arm == Treatment {
			s.enough(d)
		}
	}
	if t != nil {
		for _, step := range s.Steps {
			places(d, step, *t, sure)
			if sure && !step.garbled {
				bites(d, step, *t)
			}
		}
		if sure {
			s.overlaps(d, *t)
		}
		s.reaches(d, *t, sure)
		s.holds(d, *t, sure)
	}
	for _, p := range slices.Concat(s.Steady, s.Claims) {
		s.promised(d, p)
	}
}

// section returns the place of a top-level key, or that of the file.
func (s *Scenario) section(key string) ast.Node {
	if e := find(s.root, key); e != nil {
		return e.Key
	}
	return nil
}

// tells reports whether a list of the file has any items. If none could be
// read, that is the mistake, and further ones would be misleading.
func (s *Scenario) tells(key string) bool {
	e := find(s.root, key)
	if e == nil {
		return false
	}
	list, ok := e.Value.(*ast.SequenceNode)
	return !ok || len(list.Values) > 0
}

// design checks the topology's name and settings; it returns nil if there is no
// such topology. sure is false if a setting is wrong and its default is used
// instead.
func (s *Scenario) design(d *decoder) (t *topologies.Topology, sure bool) {
	at := s.section("topology")
	var rungs []string
	for _, b := range topologies.Blueprints() {
		rungs = append(rungs, b.Name)
	}
	b, ok := topologies.Find(s.Topology.Name)
	if d.unreadIn("topology", "name") {
		return nil, false
	}
	if s.Topology.Name == "" {
		d.wrong(at, "no topology: add topology: {name: ...}; %s", instead("", rungs))
		return nil, false
	}
	if !ok {
		d.wrong(deep(find(s.root, "topology"), []string{"name"}), "no topology %q: %s", s.Topology.Name, instead(s.Topology.Name, rungs))
		return nil, false
	}
	var known []string
	for _, p := range b.Parameters {
		known = append(known, p.Name)
	}
	good := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(s.Topology.Set)) {
		place := at
		if m := values(find(s.root, "topology")); m != nil {
			place = find(m, name).Key
		}
		if !slices.Contains(known, name) {
			d.wrong(place, "topology %s has no setting %q: %s", b.Name, name, instead(name, known))
		} else if _, err := b.Design(map[string]any{name: s.Topology.Set[name]}); err != nil {
			d.wrong(place, "%v", err)
		} else {
			good[name] = s.Topology.Set[name]
		}
	}
	made, err := b.Design(good) // with defaults for wrong settings, so that steps and probes can be checked, too
	if err != nil {
		d.wrong(at, "%v", err)
		return nil, false
	}
	return &made, len(good) == len(s.Topology.Set) && !d.unreadIn("topology", "")
}

// load checks that there is an attack and that its record fits into memory.
func (s *Scenario) load(d *decoder) {
	at := s.section("attack")
	if at == nil {
		d.wrong(nil, "no load: add attack:, such as attack: {rate: 200/s, for: 60s, timeout: 2s, mix: {read: 100%%}}")
		return
	}
	errs := s.Attack.Check()
	for _, err := range errs {
		var m targets.Mistake
		if errors.As(err, &m) {
			first, _, _ := strings.Cut(m.Path, ".")
			if d.unreadIn("attack", first) {
				continue
			}
			if load := values(find(s.root, "attack")); load == nil || find(load, first) == nil {
				if !d.unreadIn("attack", lackingPart) {
					d.wrong(s.section("attack"), "attack: add %s:, as in attack: %s", first, exampleAttack)
				}
				continue
			}
			at = deep(find(s.root, "attack"), strings.Split(m.Path, "."))
			if op, is := strings.CutPrefix(m.Path, "mix."); is && !slices.Contains(targets.Operations(), op) {
				err = fmt.Errorf("%s: is not an operation: %s", m.Path, instead(op, targets.Operations()))
			}
		}
		d.wrong(at, "attack: %v", err)
	}
	if len(errs) > 0 {
		return
	}
	if n := s.Attack.Planned(); n > results.MaxRequests {
		d.wrong(at, "attack: %d requests are planned, but the record of at most %d fits into memory: lower rate: or for:", n, results.MaxRequests)
	}
}

// deep returns the place of a setting within an entry, following the path as
// far as possible.
func deep(e *ast.MappingValueNode, path []string) ast.Node {
	for _, name := range path {
		m := values(e)
		if m == nil {
			break
		}
		next := find(m, name)
		if next == nil {
			break
		}
		e = next
	}
	return e.Key
}

// times checks that a step lies within the attack, if its length is known.
func (s *Scenario) times(d *decoder, step Step) {
	length := s.Attack.For
	switch end := step.At + step.For; {
	case step.For < 0:
		d.wrong(step.at, "%s for %v: the duration must not be negative", step.Fault, step.For)
	case step.vague:
	case step.At < 0:
		d.wrong(step.at, "%s at %v: this is before the first request; at: counts from the start of the attack", step.Fault, step.At)
	case length <= 0:
	case step.At >= length:
		d.wrong(step.at, "%s at %v: the attack ends at %v; begin the step earlier or make the attack longer", step.Fault, step.At, length)
	case end > length:
		d.wrong(step.at, "%s from %v to %v lasts longer than the attack, which ends at %v: shorten the step or make the attack longer", step.Fault, step.At, end, length)
	}
}

// phases checks that the times before and after the first step are long enough
// for the claims on them.
func (s *Scenario) phases(d *decoder) {
	if len(s.Steps) == 0 {
		return
	}
	first := s.first()
	const least = claims.LeastBaseline
	short := s.Attack.Planned() >= least && s.Attack.Intended(least-1) >= first
	if short && len(s.Steady) > 0 {
		d.wrong(s.section("steady"), "fewer than %d requests are planned before the first step at %v, too few to tell whether the system is steady: begin the step later or raise the rate", least, first)
	}
	for _, p := range s.Steady {
		if ofBaseline(p) {
			d.wrong(p.at, "steady is judged before the first step, on the baseline itself: give %s a time, such as p99: 50ms", p.Name)
		}
	}
	for _, p := range s.Claims {
		if within := limit(p); within > 0 && first+within > s.Attack.For {
			d.wrong(p.at, "%s within %v cannot be seen: the first step is at %v and the attack ends at %v, %v later; make the attack longer", p.Name, within, first, s.Attack.For, s.Attack.For-first)
		}
	}
}

// ofBaseline reports whether the limit of a claim is a multiple of the run's
// own baseline.
func ofBaseline(p Promise) bool {
	c, ok := p.Claim.(interface{ OfBaseline() bool })
	return ok && c.OfBaseline()
}

// first returns when the first step begins.
func (s *Scenario) first() time.Duration {
	return slices.MinFunc(s.Steps, func(a, b Step) int { return int(a.At - b.At) }).At
}

// options checks a step's own settings, independent of the topology. If a part
// of it could not be read, that is the mistake; it is not also reported as
// missing.
func options(d *decoder, s Step) {
	if s.garbled {
		return
	}
	wire, isWire := s.Fault.(chaos.Wire)
	if len(s.On) == 0 {
		hint := "{role: primary}"
		if isWire {
			hint = "{from: primary, to: replica}"
		}
		d.wrong(s.at, "%s selects no nodes: add a selector, such as %s: %s", s.Fault, s.Fault, hint)
	}
	switch {
	case isWire && wire.NeedsPeers() && len(s.Peers) == 0:
		d.wrong(s.at, "%s needs the other end of the wire: add to:, such as to: replica", s.Fault)
	case !isWire && len(s.Peers) > 0:
		d.wrong(s.at, "%s does not affect a wire: leave out to: and select the nodes with role: or name:", s.Fault)
	}
	if c, ok := s.Fault.(chaos.Checker); ok {
		d.blame(s.said, s.at, c.Check())
	}
}

// places checks the nodes of a step against the topology. If the topology's
// settings are wrong, there may be more nodes of a kind.
func places(d *decoder, s Step, t topologies.Topology, sure bool) {
	var words []string
	for _, n := range t.Nodes {
		words = append(words, n.Name)
		if n.Role != "" && !slices.Contains(words, n.Role) {
			words = append(words, n.Role)
		}
	}
	for _, sel := range slices.Concat(s.On, s.Peers) {
		if s.garbled && sel == (topologies.Selector{}) {
			continue
		}
		sel = settle(sel, t)
		if len(matches(sel, t)) == 0 && (sure || !another(sel.Name, t)) {
			d.wrong(said(s.said, s.at, cmp.Or(sel.Name, sel.Role)), "%s: nothing in %s matches %s: %s", s.Fault, t.Name, describe(sel), instead(sel.Name+sel.Role, words))
		}
	}
}

// another reports whether a name differs from a node's name only in its number.
func another(name string, t topologies.Topology) bool {
	kind := func(s string) string { return strings.TrimRight(s, "0123456789") }
	return name != kind(name) && slices.ContainsFunc(t.Nodes, func(n topologies.Node) bool { return kind(n.Name) == kind(name) })
}
