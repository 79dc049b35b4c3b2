package scenarios

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/holdfast-lab/holdfast/results"
	"github.com/holdfast-lab/holdfast/targets"
	"github.com/holdfast-lab/holdfast/topologies"
)

// Describe returns the system, the attack and the steps of the treatment as
// text, each on its own line.
func (s *Scenario) Describe() string {
	var b strings.Builder
	if t, err := s.Design(Treatment); err == nil {
		fmt.Fprintf(&b, "system   %s     needs %.1f GiB\n", t.About, float64(topologies.NeedsMiB(t))/1024)
	}
	var mix []string
	for _, op := range targets.Operations() {
		if share := s.Attack.Mix[op]; share > 0 {
			mix = append(mix, fmt.Sprintf("%v %s", share, op))
		}
	}
	fmt.Fprintf(&b, "attack   %v for %v, %s loop, %s\n", s.Attack.Rate, s.Attack.For, cmp.Or(s.Attack.Loop, targets.Open), strings.Join(mix, ", "))
	for i, step := range s.Steps {
		head := "        "
		if i == 0 {
			head = "steps   "
		}
		fmt.Fprintf(&b, "%s T+%v  %s\n", head, step.At, step)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// Explain returns the whole scenario as text: system, attack, steps, steady
// checks, claims, and what is different in each control.
func (s *Scenario) Explain() string {
	var b strings.Builder
	b.WriteString(s.Describe() + "\n")
	lines := func(name string, all []string) {
		for _, text := range all {
			fmt.Fprintf(&b, "%-8s %s\n", name, text)
			name = ""
		}
	}
	sentences := func(ps []Promise) (all []string) {
		for _, p := range ps {
			text := p.Claim.String()
			if p.Expect == results.Broken {
				text += " (expected broken)"
			}
			if p.Guard {
				text += " (guard: another scenario proves it)"
			}
			all = append(all, text)
		}
		return all
	}
	lines("steady", sentences(s.Steady))
	lines("claims", sentences(s.Claims))
	var controls []string
	for i := range s.Control {
		arm := fmt.Sprintf("control-%d", i+1)
		controls = append(controls, arm+": "+s.why(arm))
	}
	if controls == nil {
		controls = []string{"none, so holdfast prove can only call this scenario unproven"}
	}
	lines("control", controls)
	lines("arms", []string{strings.Join(s.Arms(), ", ")})
	return strings.TrimSuffix(b.String(), "\n")
}

// Text returns the scenario's file as it was read.
func (s *Scenario) Text() string { return string(s.text) }

// String returns the step as a sentence: "kill the primary, for 30s".
func (s Step) String() string {
	text := fmt.Sprint(s.Fault)
	text += " " + list(s.On)
	if len(s.Peers) > 0 {
		text += " to " + list(s.Peers)
	}
	if s.For > 0 {
		text += fmt.Sprintf(", for %v", s.For)
	}
	return text
}

// list describes selectors, joined by commas.
func list(all []topologies.Selector) string {
	var words []string
	for _, s := range all {
		words = append(words, describe(s))
	}
	return strings.Join(words, ", ")
}

// describe describes a selector: "pg-1", "the primary", "every web".
func describe(s topologies.Selector) string {
	text := s.Name
	if s.Role != "" {
		the := "the "
		if s.All {
			the = "every "
		}
		text = strings.TrimSpace(the + s.Role + " " + s.Name)
	}
	if s.DC != "" {
		text = strings.TrimSpace(text + " in " + s.DC)
	}
	if text == "" {
		return "no name, role or dc"
	}
	return text
}
