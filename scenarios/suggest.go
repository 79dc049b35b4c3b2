package scenarios

import (
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/holdfast-lab/holdfast/chaos"
	"github.com/holdfast-lab/holdfast/topologies"
)

// synonyms maps words of other tools to ours, for suggestions.
var synonyms = map[string][]string{
	"assertions":   {"claims"},
	"blackhole":    {"cut"},
	"crash":        {"kill"},
	"description":  {"story"},
	"disconnect":   {"cut"},
	"drop":         {"lose"},
	"duration":     {"for", "by", "within"},
	"expected":     {"expect"},
	"expectations": {"claims"},
	"experiment":   {"steps"},
	"faults":       {"steps"},
	"freeze":       {"pause"},
	"host":         {"name"},
	"isolate":      {"cut"},
	"latency":      {"delay", "p99"},
	"length":       {"for"},
	"limit":        {"within", "throttle"},
	"load":         {"attack"},
	"loss":         {"lose", "share"},
	"name":         {"story"},
	"node":         {"name"},
	"nodes":        {"name"},
	"op":           {"operation"},
	"partition":    {"cut"},
	"percent":      {"share"},
	"promises":     {"claims"},
	"qps":          {"rate"},
	"reboot":       {"restart"},
	"rps":          {"rate"},
	"shutdown":     {"stop"},
	"sigkill":      {"kill"},
	"sigterm":      {"stop"},
	"slow":         {"delay"},
	"start":        {"at"},
	"suspend":      {"pause"},
	"system":       {"topology"},
	"terminate":    {"stop"},
	"time":         {"at", "within"},
	"title":        {"story"},
	"users":        {"keys"},
	"when":         {"at"},
	"workload":     {"attack", "mix"},
}

// instead suggests the word that was probably meant, or lists them all.
func instead(word string, words []string) string {
	best := Nearest(word, words)
	for _, s := range synonyms[strings.ToLower(word)] {
		if slices.Contains(words, s) {
			best = s
			break
		}
	}
	switch {
	case best != "":
		return fmt.Sprintf("did you mean %q?", best)
	case len(words) == 0:
		return "none is available"
	}
	return "available: " + strings.Join(words, ", ")
}

// required maps claims that need a setting to an example of it.
var required = map[string]string{
	"recovers":      "{within: 30s}",
	"responds":      "{share: 99%}",
	"slow-bounded":  "{slower-than: 1s, at-most: 100, each-within: 5s}",
	"spread-evenly": "{servers: 3}",
	"unreachable":   "{from: visitor, to: [web]}",
}

// example returns an example of the value of a name, with the required
// settings.
func example(name string) string {
	if text := required[name]; text != "" {
		return text
	}
	return "{}"
}

// lacking returns the required settings that are missing in a claim.
func lacking(name string, m *ast.MappingNode) (all []string) {
	if name == "responds" {
		return nil // one of several settings is required
	}
	for part := range strings.SplitSeq(strings.Trim(required[name], "{}"), ", ") {
		if setting, _, _ := strings.Cut(part, ":"); setting != "" && (m == nil || find(m, setting) == nil) {
			all = append(all, part)
		}
	}
	return all
}

// settingsOf returns the map that is the value of a section; otherwise it notes
// a mistake with an example.
func (d *decoder) settingsOf(n ast.Node, of, example string) ([]*ast.MappingValueNode, bool) {
	switch n := n.(type) {
	case *ast.MappingNode:
		return n.Values, true
	case *ast.NullNode:
		return nil, true
	}
	d.wrong(n, "%s: must be a map, not %s: write %s: %s", of, n, of, example)
	return nil, false
}

// selected shows how a fault selects the nodes that a word probably means.
func selected(name string, f chaos.Fault, n ast.Node) string {
	who := "web-1"
	if s, ok := n.(*ast.StringNode); ok {
		who = s.Value
	}
	if _, wire := f.(chaos.Wire); wire {
		return fmt.Sprintf("{from: %s, to: ...}", who)
	}
	if isRole(who) {
		return fmt.Sprintf("{role: %s}", who)
	}
	return fmt.Sprintf("{name: %s}", who)
}

// isRole reports whether a word is a role of nodes in any topology, and not a
// node's name.
func isRole(word string) bool {
	role := false
	for _, b := range topologies.Blueprints() {
		t, _ := b.Design(nil)
		for _, n := range t.Nodes {
			if n.Name == word {
				return false
			}
			role = role || n.Role == word
		}
	}
	return role
}
