package results

import "strings"

// Node is one node of the system under test. A claim on "all web servers" must
// have observed each of them.
type Node struct {
	Name  string `json:"name"`
	Role  string `json:"role,omitempty"`  // at the start
	Asked bool   `json:"asked,omitempty"` // its role can be queried, so it is sampled
	Keeps bool   `json:"keeps,omitempty"` // it stores data, so the final audit reads it
}

// Kind is a node's name without its number: "web" of "web-1".
func (n Node) Kind() string {
	kind := strings.TrimRight(n.Name, "0123456789")
	if kind == n.Name {
		return kind
	}
	return strings.TrimSuffix(kind, "-")
}

// Means reports whether the word is the node's name or its kind.
func (n Node) Means(word string) bool { return word != "" && (word == n.Name || word == n.Kind()) }

// NodesOf returns every node of the run with that name or kind, in their order.
func (r *Run) NodesOf(word string) []Node {
	var found []Node
	for _, n := range r.Nodes {
		if n.Means(word) {
			found = append(found, n)
		}
	}
	return found
}
