package scenarios

import (
	"encoding/json"
	"fmt"

	"github.com/goccy/go-yaml"

	"github.com/holdfast-lab/holdfast/claims"
	"github.com/holdfast-lab/holdfast/results"
)

// plan is the arm as it is run, in the format of a scenario file, as JSON
// (which is YAML). The plan stored with a run can therefore be read by the same
// decoder.
func (s *Scenario) plan() (json.RawMessage, error) {
	var tree map[string]any
	if err := yaml.NodeToValue(s.root, &tree); err != nil {
		return nil, fmt.Errorf("write plan of %s: %w", s.Name, err)
	}
	if attack, ok := tree["attack"].(map[string]any); ok && s.Attack.Seed != 0 {
		attack["seed"] = s.Attack.Seed
	}
	if steps, ok := tree["steps"].([]any); ok && s.shifted > 0 {
		for i, step := range steps {
			step.(map[string]any)["at"] = s.Steps[i].At.String()
		}
	}
	b, err := json.Marshal(tree)
	if err != nil {
		return nil, fmt.Errorf("write plan of %s: %w", s.Name, err)
	}
	return b, nil
}

// Rejudge judges a saved run again from its folder alone: the claims of its
// plan on its record. It does not change the folder.
func Rejudge(folder string) (*results.Run, error) {
	r, err := results.Open(folder)
	if err != nil {
		return nil, err
	}
	d := &decoder{}
	root := d.tree(r.Plan)
	if root == nil {
		return nil, fmt.Errorf("judge %s again: its plan: %w", folder, d.mistakes("plan", r.Plan))
	}
	s := d.scenario(root)
	if err := d.mistakes("plan", r.Plan); err != nil {
		return nil, fmt.Errorf("judge %s again: its plan was made by holdfast %s: %w", folder, r.Where.Version, err)
	}
	claims.Judge(r, promises(s.Claims))
	return r, nil
}
