package scenarios

import (
	"encoding/json"
	"fmt"
	"maps"

	"github.com/holdfast-lab/holdfast/topologies"
)

// With returns the scenario with other settings of its topology, as if its file
// had them. All errors in the settings are one error. Mistakes that the
// settings cause in the rest of the file are reported as *Mistakes at their
// places there.
func (s *Scenario) With(set map[string]any) (*Scenario, error) {
	if len(set) == 0 {
		return s, nil
	}
	b, ok := topologies.Find(s.Topology.Name)
	if !ok {
		return nil, fmt.Errorf("%s: no topology %q", s.Name, s.Topology.Name)
	}
	all := maps.Clone(s.Topology.Set)
	maps.Copy(all, set)
	if _, err := b.Design(all); err != nil {
		return nil, err
	}
	text, err := json.Marshal(map[string]any{"topology": set})
	if err != nil {
		return nil, fmt.Errorf("set %v: %w", set, err)
	}
	d := &decoder{}
	over := d.tree(text) // JSON is YAML
	if over == nil {
		return nil, d.mistakes("--set", text)
	}
	made := d.scenario(lay(s.root, over))
	made.Name, made.file, made.text = s.Name, s.file, s.text
	made.given = map[string]string{}
	for name, value := range set {
		made.given[name] = fmt.Sprint(value)
	}
	made.check(d)
	if err := d.mistakes(s.file, s.text); err != nil {
		return nil, err
	}
	return made, nil
}
