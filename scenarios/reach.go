package scenarios

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"time"

	"github.com/holdfast-lab/holdfast/results"
	"github.com/holdfast-lab/holdfast/topologies"
)

const (
	// lastPort is the last port that is probed; the first is 1. Every port that
	// a topology serves is below it, and a node that drops packets costs 6 s.
	lastPort   = 10000
	probeLimit = 60 * time.Second // for the probe of one node
)

// reaches probes every node of To from each node of From. From each it first
// probes the control node, which must be reachable.
func reaches(ctx context.Context, r Reach, all []topologies.Instance, now func() time.Duration) []results.Reach {
	var tried []results.Reach
	for _, from := range standFor(all, r.From) {
		probe := func(to topologies.Instance, control bool) {
			one := results.Reach{From: from.Name(), To: to.Name(), Control: control}
			seen, err := try(ctx, from, to)
			if err != nil {
				one.Err = err.Error()
			}
			one.Tried, one.Open, one.At = seen.Tried, seen.Open, now()
			tried = append(tried, one)
		}
		for _, control := range standFor(all, r.Control) {
			probe(control, true)
		}
		for _, to := range standFor(all, r.To...) {
			if to.Name() != from.Name() {
				probe(to, false)
			}
		}
	}
	return tried
}

// standFor returns every node that one of the words stands for, without
// duplicates.
func standFor(all []topologies.Instance, words ...string) (some []topologies.Instance) {
	for _, i := range all {
		if slices.ContainsFunc(words, results.Node{Name: i.Name()}.Means) {
			some = append(some, i)
		}
	}
	return some
}

// report is the prober's output for one host.
type report struct {
	Tried int
	Open  []int
	Error string
}

// try runs the prober in one node against another.
func try(ctx context.Context, from, to topologies.Instance) (report, error) {
	var seen report
	ctx, cancel := context.WithTimeout(ctx, probeLimit)
	defer cancel()
	ip, err := address(ctx, from, to)
	if err != nil {
		return seen, fmt.Errorf("probe %s from %s: %w", to.Name(), from.Name(), err)
	}
	out, err := from.Exec(ctx, "site", "probe", "-to-port", strconv.Itoa(lastPort), ip)
	if err == nil {
		err = json.Unmarshal([]byte(out), &seen)
	}
	if err == nil && seen.Error != "" {
		err = errors.New(seen.Error)
	}
	if err != nil {
		return seen, fmt.Errorf("probe %s from %s: %w", to.Name(), from.Name(), err)
	}
	return seen, nil
}

// address returns the address of a node as seen from another: that on a network
// they share, or else its own address, which is reachable only if the isolation
// fails.
func address(ctx context.Context, from, to topologies.Instance) (string, error) {
	if ip, err := to.IP(from); err == nil {
		return ip, nil
	}
	if len(to.Node().Ports) == 0 {
		return "", errors.New("it serves no port, so its address is unknown")
	}
	addr, err := to.Addr(ctx, to.Node().Ports[0])
	if err != nil {
		return "", err
	}
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return "", err
	}
	if ip := net.ParseIP(host); ip == nil || ip.IsLoopback() {
		return "", fmt.Errorf("its own address is unknown on this host, only %s", host)
	}
	return host, nil
}
