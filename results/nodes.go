package results

import "strings"

// Node is one node of the system that a run was played on: what a claim over
// "all web servers" has to have looked at.
type Node struct {
	Name  string `json:"name"`
	Role  string `json:"role,omitempty"`  // where it started
	Asked bool   `json:"asked,omitempty"` // it can say who it is, so its role is sampled
	Keeps bool   `json:"keeps,omitempty"` // it is a store, so the final audit reads it
}

// Kind is a node's name without its number: "web" of "web-1".
func (n Node) Kind() string {
	kind := strings.TrimRight(n.Name, "0123456789")
	if kind == n.Name {
		return kind
	}
	return strings.TrimSuffix(kind, "-")
}

// Means says whether a word stands for the node: its name, or its kind.
func (n Node) Means(word string) bool { return word != "" && (word == n.Name || word == n.Kind()) }

// NodesOf is every node of the run that a word stands for, in their order.
func (r *Run) NodesOf(word string) []Node {
	var found []Node
	for _, n := range r.Nodes {
		if n.Means(word) {
			found = append(found, n)
		}
	}
	return found
}
