package topologies

import (
	"errors"
	"net/netip"
	"slices"
	"testing"
)

func TestFreeSubnets(t *testing.T) {
	all := freeSubnets(nil, 0)
	if len(all) != 512 || all[0].String() != "198.18.0.0/24" || all[511].String() != "198.19.255.0/24" {
		t.Fatalf("%d subnets, %v to %v", len(all), all[0], all[len(all)-1])
	}
	if round := freeSubnets(nil, 511); round[0] != all[511] || round[1] != all[0] {
		t.Errorf("does not go round: %v %v", round[0], round[1])
	}
	taken := []netip.Prefix{netip.MustParsePrefix("198.18.0.0/16"), netip.MustParsePrefix("198.19.0.128/25"), netip.MustParsePrefix("10.0.0.0/8")}
	if free := freeSubnets(taken, 0); len(free) != 255 || free[0].String() != "198.19.1.0/24" {
		t.Errorf("%d free, first %v", len(free), free[0])
	}
	if free := freeSubnets([]netip.Prefix{benchmarks}, 0); len(free) != 0 {
		t.Errorf("free of a full range: %v", free)
	}
}

func TestParseRoutes(t *testing.T) {
	const text = `Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
eth0	00000000	0100A8C0	0003	0	0	0	00000000	0	0	0
br-1	00 broken
br-2	000112C6	00000000	0001	0	0	0	00FFFFFF	0	0	0
`
	if got := parseRoutes(text); len(got) != 1 || got[0].String() != "198.18.1.0/24" {
		t.Errorf("routes %v", got)
	}
}

func TestHosts(t *testing.T) {
	a, b, c := sized("a"), sized("b"), sized("c")
	a.Networks, b.Networks, c.Networks = []string{"x"}, []string{"x", "y"}, []string{"y"}
	top := Topology{Networks: []Network{{Name: "x"}, {Name: "y"}}, Nodes: []Node{a, b, c}}
	wires := map[string]wire{"x": {subnet: netip.MustParsePrefix("198.18.1.0/24")}, "y": {subnet: netip.MustParsePrefix("198.18.2.0/24")}}
	at, err := addresses(top, wires)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range []struct {
		of   Node
		want []string
	}{
		{a, []string{"a:198.18.1.10", "b:198.18.1.11"}},
		{b, []string{"a:198.18.1.10", "b:198.18.1.11", "c:198.18.2.11"}},
		{c, []string{"b:198.18.2.10", "c:198.18.2.11"}},
	} {
		if got := hostsOf(top, w.of, at); !slices.Equal(got, w.want) {
			t.Errorf("hosts of %s: %v, want %v", w.of.Name, got, w.want)
		}
	}
}

func TestIsOverlap(t *testing.T) {
	for text, want := range map[string]bool{
		"Pool overlaps with other one on this address space":     true,
		"networks have overlapping IPv4":                         true,
		"cannot create network x: conflicts with network y: foo": true,
		"permission denied":                                      false,
	} {
		if isOverlap(errors.New(text)) != want {
			t.Errorf("%q: want %v", text, want)
		}
	}
}
