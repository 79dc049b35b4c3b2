// Some nodes can start only after others are ready. A topology that names an
// unknown node, or in which nodes wait for each other in a cycle, is refused before
// it starts.

package topologies

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
)

// check returns all errors in a topology.
func check(t Topology) error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if len(t.Nodes) == 0 {
		bad("no nodes")
	}
	if len(t.Networks) == 0 {
		bad("no networks")
	}
	seen := map[string]bool{}
	for _, n := range t.Nodes {
		if n.Name == "" || seen[n.Name] {
			bad("node %q: the name is empty or taken", n.Name)
		}
		seen[n.Name] = true
	}
	for _, n := range t.Nodes {
		if n.Image == "" {
			bad("node %s: no image", n.Name)
		}
		if n.CPU <= 0 || n.MemoryMiB <= 0 {
			bad("node %s: no limits: set CPU and MemoryMiB", n.Name)
		}
		for _, dep := range n.After {
			if !seen[dep] {
				bad("node %s: after %s, which is not a node", n.Name, dep)
			}
		}
		for _, name := range n.Networks {
			if !slices.ContainsFunc(t.Networks, func(w Network) bool { return w.Name == name }) {
				bad("node %s: network %s is not in the topology", n.Name, name)
			}
		}
	}
	if t.Entry != "" {
		if err := checkEntry(t); err != nil {
			errs = append(errs, err)
		}
	}
	if circle := cycle(t.Nodes); circle != nil {
		bad("nodes wait for each other in a cycle: %s", strings.Join(circle, " after "))
	}
	return errors.Join(errs...)
}

// checkEntry checks that the entry is a port that some node serves.
func checkEntry(t Topology) error {
	host, port, err := net.SplitHostPort(t.Entry)
	if err != nil {
		return fmt.Errorf("entry %q: %w", t.Entry, err)
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		return fmt.Errorf("entry %q: %w", t.Entry, err)
	}
	for _, n := range t.Nodes {
		if n.Name == host && slices.Contains(n.Ports, number) {
			return nil
		}
	}
	return fmt.Errorf("entry %q: no node serves it", t.Entry)
}

// cycle returns nodes that wait for each other, with the first also last, or nil.
func cycle(nodes []Node) []string {
	after := map[string][]string{}
	for _, n := range nodes {
		after[n.Name] = n.After
	}
	done := map[string]bool{}
	var path []string
	var visit func(name string) []string
	visit = func(name string) []string {
		if at := slices.Index(path, name); at >= 0 {
			return append(slices.Clone(path[at:]), name)
		}
		if done[name] {
			return nil
		}
		path = append(path, name)
		for _, dep := range after[name] {
			if circle := visit(dep); circle != nil {
				return circle
			}
		}
		path, done[name] = path[:len(path)-1], true
		return nil
	}
	for _, n := range nodes {
		if circle := visit(n.Name); circle != nil {
			return circle
		}
	}
	return nil
}

// networksOf returns the networks of a node: those it names, otherwise the first.
func networksOf(t Topology, n Node) []string {
	if len(n.Networks) > 0 {
		return n.Networks
	}
	return []string{t.Networks[0].Name}
}
