// A topology is drawn as text and as a Mermaid flow chart: nodes, their sizes,
// and the connections between nodes.

package topologies

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"text/tabwriter"
)

// Text is the topology for a terminal: one line per node, with its role, image,
// size, networks, the nodes it connects to and those that must be ready before it.
func (t Topology) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", t.About)
	if t.Entry != "" {
		fmt.Fprintf(&b, "requests enter at %s\n", t.Entry)
	}
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprint(w, "\nnode\trole\timage\tCPU\tMiB\tnetworks\tconnects to\tafter\n")
	for _, n := range t.Nodes {
		fmt.Fprintf(w, "%s\t%s\t%s\t%g\t%d\t%s\t%s\t%s\n", n.Name, n.Role, n.Image, n.CPU, n.MemoryMiB,
			strings.Join(networksOf(t, n), ", "), dash(t.peers(n)), dash(n.After))
	}
	_ = w.Flush()
	lines := strings.Split(b.String(), "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " ")
	}
	return strings.Join(lines, "\n")
}

// dash joins names, or returns "-" if there are none.
func dash(names []string) string {
	if len(names) == 0 {
		return "-"
	}
	return strings.Join(names, ", ")
}

// Mermaid is the topology as a flow chart: a box for each network, an arrow for
// each connection. A node on several networks is drawn in its first.
func (t Topology) Mermaid() string {
	var b strings.Builder
	b.WriteString("flowchart LR\n  requests([requests])\n")
	for _, net := range t.Networks {
		title := net.Name
		if net.Internal {
			title += ", internal"
		}
		fmt.Fprintf(&b, "  subgraph net_%s [%s]\n", id(net.Name), title)
		for _, n := range t.Nodes {
			if networksOf(t, n)[0] == net.Name {
				fmt.Fprintf(&b, "    %s\n", box(n))
			}
		}
		b.WriteString("  end\n")
	}
	if entry, port, ok := strings.Cut(t.Entry, ":"); ok {
		fmt.Fprintf(&b, "  requests -->|:%s| %s\n", port, id(entry))
	}
	for _, n := range t.Nodes {
		for _, peer := range t.peers(n) {
			fmt.Fprintf(&b, "  %s --> %s\n", id(n.Name), id(peer))
		}
	}
	return b.String()
}

// box is a node in a chart; a store is drawn as a cylinder.
func box(n Node) string {
	text := n.Name + "<br/>" + n.Role
	if n.Keeps != nil {
		return id(n.Name) + "[(" + text + ")]"
	}
	return id(n.Name) + "[" + text + "]"
}

// id converts a name to a Mermaid identifier.
func id(name string) string { return strings.ReplaceAll(name, "-", "_") }

// peers are the nodes that a node connects to, in the order of the topology: those
// named in its command, environment or configuration files, which always agree with
// what runs.
func (t Topology) peers(n Node) []string {
	var named strings.Builder
	for _, v := range n.Env {
		named.WriteString(v + "\n")
	}
	for _, f := range n.Files {
		named.WriteString(f.Text + "\n")
	}
	var peers []string
	for _, m := range t.Nodes {
		address := regexp.MustCompile(`(^|[^\w-])` + regexp.QuoteMeta(m.Name) + `:\d`)
		if m.Name != n.Name && (slices.Contains(n.Cmd, m.Name) || address.MatchString(named.String())) {
			peers = append(peers, m.Name)
		}
	}
	return peers
}
