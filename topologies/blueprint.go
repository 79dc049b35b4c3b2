// A blueprint creates a topology from settings: with more replicas, with a
// mechanism, or without that mechanism, to show that a claim breaks without it.

package topologies

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Parameter is one setting of a blueprint.
type Parameter struct {
	Name, About string
	Default     any      // int or string
	Values      []string // the allowed words; nil: any word, or a number between Min and Max
	Min, Max    int
}

// Blueprint is a topology with parameters.
type Blueprint struct {
	Name, About string
	Parameters  []Parameter
	Make        func(Settings) (Topology, error)
}

// Settings are the values of all parameters of a blueprint, by name.
type Settings map[string]any

// Int returns a setting that is a number.
func (s Settings) Int(name string) int { n, _ := s[name].(int); return n }

// Word returns a setting that is a word.
func (s Settings) Word(name string) string { w, _ := s[name].(string); return w }

// blueprints lists all blueprints, in the order of the catalogue.
var blueprints = []Blueprint{singleServer, loadBalancer, replication}

// Blueprints returns all blueprints, in the order of the catalogue.
func Blueprints() []Blueprint { return slices.Clone(blueprints) }

// Find returns the blueprint of that name.
func Find(name string) (Blueprint, bool) {
	i := slices.IndexFunc(blueprints, func(b Blueprint) bool { return b.Name == name })
	if i < 0 {
		return Blueprint{}, false
	}
	return blueprints[i], true
}

// Design creates the topology with these settings and the defaults for the rest.
// The error lists every unknown setting and every value that is not allowed, with
// what is allowed.
func (b Blueprint) Design(set map[string]any) (Topology, error) {
	all := Settings{}
	for _, p := range b.Parameters {
		all[p.Name] = p.Default
	}
	var wrong []string
	for _, name := range slices.Sorted(maps.Keys(set)) {
		i := slices.IndexFunc(b.Parameters, func(p Parameter) bool { return p.Name == name })
		if i < 0 {
			wrong = append(wrong, fmt.Sprintf("no setting %q, %s", name, b.choices()))
			continue
		}
		v, err := b.Parameters[i].accept(set[name])
		if err != nil {
			wrong = append(wrong, fmt.Sprintf("%s: %v", name, err))
			continue
		}
		all[name] = v
	}
	if len(wrong) > 0 {
		return Topology{}, fmt.Errorf("design %s: %s", b.Name, strings.Join(wrong, "; "))
	}
	t, err := b.Make(all)
	if err != nil {
		return Topology{}, fmt.Errorf("design %s: %w", b.Name, err)
	}
	t.Users = siteUsers
	return t, nil
}

// choices names the settings of a blueprint.
func (b Blueprint) choices() string {
	if len(b.Parameters) == 0 {
		return "it has none"
	}
	var names []string
	for _, p := range b.Parameters {
		names = append(names, p.Name)
	}
	return "available: " + strings.Join(names, ", ")
}

// accept checks one value and returns it as an int or a string.
func (p Parameter) accept(v any) (any, error) {
	if _, number := p.Default.(int); number {
		n, ok := wholeNumber(v)
		if !ok || n < p.Min || n > p.Max {
			return nil, fmt.Errorf("%v is not a whole number from %d to %d", v, p.Min, p.Max)
		}
		return n, nil
	}
	w, ok := v.(string)
	if !ok {
		return nil, fmt.Errorf("%v is not a word; %s", v, p.allowed())
	}
	if p.Values != nil && !slices.Contains(p.Values, w) {
		return nil, fmt.Errorf("%q is not allowed; %s", w, p.allowed())
	}
	return w, nil
}

// allowed describes the words that a parameter accepts.
func (p Parameter) allowed() string {
	if p.Values == nil {
		return fmt.Sprintf("for example %q", p.Default)
	}
	return "it may be " + strings.Join(p.Values, ", ")
}

// wholeNumber converts a number from a YAML or JSON decoder.
func wholeNumber(v any) (int, bool) {
	switch n := v.(type) {
	case int:
		return n, true
	case int64:
		return int(n), true
	case uint64:
		return int(n), n <= 1<<31
	case float64:
		return int(n), n == float64(int(n))
	}
	return 0, false
}
