package topologies

import (
	"strings"
	"testing"
)

// sized is a node that check has nothing against.
func sized(name string, after ...string) Node {
	return Node{Name: name, Image: "tools", CPU: 1, MemoryMiB: 64, Ports: []int{80}, After: after}
}

func TestCheck(t *testing.T) {
	net := []Network{{Name: "n"}}
	small := sized("a")
	small.CPU = 0
	lost := sized("a")
	lost.Networks = []string{"m"}
	for _, c := range []struct {
		name string
		t    Topology
		want string
	}{
		{"good", Topology{Entry: "a:80", Networks: net, Nodes: []Node{sized("a", "b"), sized("b")}}, ""},
		{"nothing", Topology{}, "no nodes"},
		{"no networks", Topology{Nodes: []Node{sized("a")}}, "no networks"},
		{"twice", Topology{Networks: net, Nodes: []Node{sized("a"), sized("a")}}, "taken"},
		{"unknown", Topology{Networks: net, Nodes: []Node{sized("a", "x")}}, "after x, which is not a node"},
		{"circle", Topology{Networks: net, Nodes: []Node{sized("a", "b"), sized("b", "c"), sized("c", "b")}}, "b after c after b"},
		{"itself", Topology{Networks: net, Nodes: []Node{sized("a", "a")}}, "a after a"},
		{"no limits", Topology{Networks: net, Nodes: []Node{small}}, "no limits"},
		{"network", Topology{Networks: net, Nodes: []Node{lost}}, "network m is not"},
		{"entry", Topology{Entry: "a:81", Networks: net, Nodes: []Node{sized("a")}}, "no node serves it"},
	} {
		err := check(c.t)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	if err := check(Topology{Nodes: []Node{small, sized("b", "x")}}); strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("not all mistakes at once: %v", err)
	}
}

func TestNeedsMiB(t *testing.T) {
	if got := NeedsMiB(Topology{Nodes: []Node{sized("a"), sized("b")}}); got != overheadMiB+128 {
		t.Errorf("%d MiB", got)
	}
}
