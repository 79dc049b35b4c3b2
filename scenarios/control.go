package scenarios

import (
	"maps"
	"reflect"
	"slices"

	"github.com/holdfast-lab/holdfast/results"
	"github.com/holdfast-lab/holdfast/targets"
	"github.com/holdfast-lab/holdfast/topologies"
)

// A control removes the mechanism, or adds a load or a fault that the mechanism
// cannot withstand. It does not change the claims or how they are measured: a
// control that only tightened the claims could break them in any system.

// fixed maps the sections of a file that a control cannot change to the reason.
var fixed = map[string]string{
	"claims": "a control may change only the system, the load and the steps; it is judged by the scenario's own claims",
	"steady": "a control may change only the system, the load and the steps; it has the scenario's own steady checks",
	"reach":  "a control may change only the system, the load and the steps; it has the scenario's own reach",
	"story":  "a control has no story; its why says what is different",
}

// fixedLoad maps the settings of the attack that determine how the load is
// measured to the reason why a control cannot change them.
var fixedLoad = map[string]string{
	"timeout":       "it is how long a client waits, so changing it would change every claim",
	"max-in-flight": "it limits the generator, not the system",
	"seed":          "it belongs to the run, and every arm has the same one",
}

// measured notes the settings of a control that would change how claims are
// measured.
func (d *decoder) measured(c Control) {
	for _, e := range c.laid.Values {
		if why, is := fixed[word(e.Key)]; is {
			d.wrong(e.Key, "control: %s: %s; leave it out", word(e.Key), why)
		}
	}
	if attack := values(find(c.laid, "attack")); attack != nil {
		for _, e := range attack.Values {
			if why, is := fixedLoad[word(e.Key)]; is {
				d.wrong(e.Key, "control: attack: %s: %s; leave it out", word(e.Key), why)
			}
		}
	}
}

// differs reports whether an arm is another experiment than the treatment:
// another system, load or sequence of faults. Another length of the attack or
// another start of the first step does not suffice.
func (s *Scenario) differs(armed *Scenario) bool {
	return s.Topology.Name != armed.Topology.Name || !reflect.DeepEqual(s.choices(), armed.choices()) ||
		!reflect.DeepEqual(s.offered(), armed.offered()) || !reflect.DeepEqual(s.broken(), armed.broken())
}

// choices returns all settings of the topology, including defaults.
func (s *Scenario) choices() map[string]any {
	all := map[string]any{}
	if b, ok := topologies.Find(s.Topology.Name); ok {
		for _, p := range b.Parameters {
			all[p.Name] = p.Default
		}
	}
	maps.Copy(all, s.Topology.Set)
	return all
}

// offered returns the offered load: operations and arrival rates.
func (s *Scenario) offered() targets.Attack {
	a := s.Attack
	a.For, a.Timeout, a.MaxInFlight, a.Seed = 0, 0, 0, 0
	a.Keys = a.Keys.Filled()
	if a.Loop == "" {
		a.Loop = targets.Open
	}
	return a
}

// broken returns the steps, with times relative to the first one.
func (s *Scenario) broken() (all []Step) {
	for _, step := range s.Steps {
		all = append(all, Step{At: step.At - s.first(), For: step.For, Fault: step.Fault, On: step.On, Peers: step.Peers})
	}
	slices.SortStableFunc(all, func(a, b Step) int { return int(a.At - b.At) })
	return all
}

// outcomes checks that a control names claims with another outcome than in the
// treatment, and that the scenario has these claims.
func (s *Scenario) outcomes(d *decoder, c Control, armed *Scenario) {
	if len(c.Breaks)+len(c.Holds) == 0 && !c.garbled {
		d.wrong(c.laid, "a control that breaks no claim proves nothing: add breaks: [claim], the claims that must be broken here")
	}
	if !s.differs(armed) && !c.garbled {
		d.wrong(c.laid, "a control with the same system, load and faults proves nothing: change topology:, attack: or steps: so that the mechanism is missing")
	}
	expected := map[string]results.Outcome{}
	for _, p := range armed.Claims {
		expected[p.Name] = p.Expect
	}
	known := slices.Sorted(maps.Keys(expected))
	for _, name := range slices.Concat(c.Breaks, c.Holds) {
		if _, ok := expected[name]; !ok && len(armed.Claims) > 0 {
			place := said(find(c.laid, "breaks"), c.laid, name)
			d.wrong(said(find(c.laid, "holds"), place, name), "control: no claim %q in this scenario: %s", name, instead(name, known))
		}
	}
	for _, name := range c.Breaks {
		if slices.Contains(c.Holds, name) {
			d.wrong(c.laid, "control: %s cannot both break and hold", name)
		}
	}
}
