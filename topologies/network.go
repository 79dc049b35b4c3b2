// Nodes have fixed addresses, so that a dead node does not answer at a known
// address, instead of being an unknown name. Each network uses a /24 of the range
// for benchmarks (RFC 2544), which no network of the user should use.

package topologies

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"strings"

	"github.com/docker/docker/api/types/network"
)

// benchmarks is 198.18.0.0/15, reserved for benchmarks (RFC 2544); 512 subnets of
// 254 nodes.
var benchmarks = netip.MustParsePrefix("198.18.0.0/15")

// firstHost is the last byte of the first node's address; .1 is the gateway.
const firstHost = 10

// wire is a network that was created.
type wire struct {
	id, name string // Docker's
	subnet   netip.Prefix
	internal bool
	direct   bool // the host has an address on it, so containers can be dialled directly
}

// gateway is the host's address on a subnet.
func gateway(subnet netip.Prefix) netip.Addr { return subnet.Addr().Next() }

// nth is the address of the i-th node of a subnet.
func nth(subnet netip.Prefix, i int) netip.Addr {
	b := subnet.Addr().As4()
	b[3] += byte(firstHost + i)
	return netip.AddrFrom4(b)
}

// freeSubnets returns every /24 of the benchmark range that does not overlap with
// taken, beginning at start and wrapping around, so that parallel runs begin at
// different subnets.
func freeSubnets(taken []netip.Prefix, start int) []netip.Prefix {
	base := binary.BigEndian.Uint32(benchmarks.Addr().AsSlice())
	const count = 1 << (24 - 15)
	var free []netip.Prefix
next:
	for i := range count {
		var b [4]byte
		binary.BigEndian.PutUint32(b[:], base+uint32((start+i)%count)<<8)
		subnet := netip.PrefixFrom(netip.AddrFrom4(b), 24)
		for _, other := range taken {
			if subnet.Overlaps(other) {
				continue next
			}
		}
		free = append(free, subnet)
	}
	return free
}

// takenSubnets returns the subnets of Docker's networks and of this host's routes.
func takenSubnets(ctx context.Context, d *docker) ([]netip.Prefix, error) {
	list, err := d.NetworkList(ctx, network.ListOptions{})
	if err != nil {
		return nil, err
	}
	var taken []netip.Prefix
	for _, n := range list {
		for _, c := range n.IPAM.Config {
			if p, err := netip.ParsePrefix(c.Subnet); err == nil {
				taken = append(taken, p)
			}
		}
	}
	if addrs, err := net.InterfaceAddrs(); err == nil {
		for _, a := range addrs {
			if p, err := netip.ParsePrefix(a.String()); err == nil {
				taken = append(taken, p.Masked())
			}
		}
	}
	if text, err := os.ReadFile("/proc/net/route"); err == nil {
		taken = append(taken, parseRoutes(string(text))...)
	}
	return taken, nil
}

// parseRoutes reads the destinations of Linux's /proc/net/route, without the
// default route, which covers every address.
func parseRoutes(text string) []netip.Prefix {
	var routes []netip.Prefix
	lines := bufio.NewScanner(strings.NewReader(text))
	for lines.Scan() {
		f := strings.Fields(lines.Text())
		if len(f) < 8 {
			continue
		}
		dst, err1 := hex.DecodeString(f[1])
		mask, err2 := hex.DecodeString(f[7])
		if err1 != nil || err2 != nil || len(dst) != 4 || len(mask) != 4 {
			continue
		}
		ones, _ := net.IPv4Mask(mask[3], mask[2], mask[1], mask[0]).Size()
		if ones > 0 {
			routes = append(routes, netip.PrefixFrom(netip.AddrFrom4([4]byte{dst[3], dst[2], dst[1], dst[0]}), ones))
		}
	}
	return routes
}

// makeNetwork creates a network on a free subnet. If another run takes the same
// subnet first, Docker refuses it and the next one is tried.
func makeNetwork(ctx context.Context, d *docker, runID string, n Network) (wire, error) {
	taken, err := takenSubnets(ctx, d)
	if err != nil {
		return wire{}, err
	}
	err = fmt.Errorf("no free /24 left in %v", benchmarks)
	for _, subnet := range freeSubnets(taken, rand.IntN(1<<9)) {
		w := wire{name: objectName(runID, n.Name), subnet: subnet, internal: n.Internal}
		var made network.CreateResponse
		made, err = d.NetworkCreate(ctx, w.name, network.CreateOptions{
			Driver:   "bridge",
			Internal: n.Internal,
			Labels:   labels(runID),
			IPAM:     &network.IPAM{Config: []network.IPAMConfig{{Subnet: subnet.String(), Gateway: gateway(subnet).String()}}},
		})
		if err == nil {
			w.id, w.direct = made.ID, hostHas(gateway(subnet))
			return w, nil
		}
		if !isOverlap(err) {
			return wire{}, err
		}
	}
	return wire{}, err
}

// isOverlap reports whether Docker refused a subnet that is in use: "Pool overlaps
// with other one on this address space", or an existing bridge or route.
func isOverlap(err error) bool {
	text := strings.ToLower(err.Error())
	return strings.Contains(text, "overlap") || strings.Contains(text, "conflicts with network")
}

// hostHas reports whether an address belongs to this host. The address of a bridge
// does only if the daemon runs in this network namespace, and not in a virtual
// machine or elsewhere.
func hostHas(ip netip.Addr) bool {
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return false
	}
	for _, a := range addrs {
		if p, err := netip.ParsePrefix(a.String()); err == nil && p.Addr() == ip {
			return true
		}
	}
	return false
}

// addresses assigns every node an address on each of its networks: node to network
// to address.
func addresses(t Topology, wires map[string]wire) (map[string]map[string]netip.Addr, error) {
	at := map[string]map[string]netip.Addr{}
	used := map[string]int{}
	for _, n := range t.Nodes {
		at[n.Name] = map[string]netip.Addr{}
		for _, name := range networksOf(t, n) {
			if used[name] > 240 {
				return nil, errors.New("more than 240 nodes on network " + name)
			}
			at[n.Name][name] = nth(wires[name].subnet, used[name])
			used[name]++
		}
	}
	return at, nil
}

// hostsOf returns the entries of a node's hosts file, as "name:address": every node
// that shares a network with it, itself included.
func hostsOf(t Topology, n Node, at map[string]map[string]netip.Addr) []string {
	var lines []string
	for _, other := range t.Nodes {
		for _, name := range networksOf(t, n) {
			if ip, shared := at[other.Name][name]; shared {
				lines = append(lines, other.Name+":"+ip.String())
				break
			}
		}
	}
	return lines
}
