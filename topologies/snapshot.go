// Faults must be undone completely: CPU and memory limits, networks, packet rules,
// and whether the node runs.

package topologies

import (
	"context"
	"errors"
	"slices"
	"strings"
)

// Snapshot is the state of a node that faults can change, at one time.
type Snapshot struct {
	Running, Paused bool
	CPU             float64           // limit, in cores; 0: none
	MemoryMiB       int64             // limit; 0: none
	Networks        map[string]string // the daemon's name of each network that the node is on, to its address there
	Rules           []string          // packet rules and queueing disciplines in its network namespace
}

// Snapshot returns the state of the node. Its packet rules are read in its sidecar;
// without a sidecar, no rule was ever set in the node's current network namespace.
func (i *instance) Snapshot(ctx context.Context) (Snapshot, error) {
	var s Snapshot
	err := call(ctx, "inspect "+i.Name(), callLimit, func(ctx context.Context) error {
		seen, err := i.cluster.docker.ContainerInspect(ctx, i.id)
		if err != nil {
			return err
		}
		if seen.ContainerJSONBase == nil || seen.State == nil || seen.HostConfig == nil || seen.NetworkSettings == nil {
			return errors.New("docker reports no state")
		}
		s.Running, s.Paused = seen.State.Running, seen.State.Paused
		s.CPU = float64(seen.HostConfig.CPUQuota) / float64(max(seen.HostConfig.CPUPeriod, 1))
		s.MemoryMiB = seen.HostConfig.Memory >> 20
		s.Networks = map[string]string{}
		for name, at := range seen.NetworkSettings.Networks {
			s.Networks[name] = at.IPAddress
		}
		return nil
	})
	if err == nil && s.Running {
		s.Rules, err = i.rules.list(ctx)
	}
	return s, err
}

// listRules prints the rules in the node's network namespace that are not there
// initially. It reads only the tables that Holdfast uses; Docker's resolver has
// rules in the nat table.
const listRules = `set -e
for t in filter mangle; do $I -w 5 -t $t -S | sed -n "s/^-A/$t/p"; done
tc qdisc show | grep -v noqueue || true
for d in ` + eachDevice + `; do tc class show dev $d; done`

// list reads the packet rules in the node's current network namespace.
func (r *rules) list(ctx context.Context) ([]string, error) {
	r.guard.Lock()
	defer r.guard.Unlock()
	if r.sidecar == "" {
		return nil, nil
	}
	s, err := r.node.State(ctx)
	if err != nil || !s.Running || !s.StartedAt.Equal(r.of) {
		return nil, err
	}
	text, err := r.run(ctx, listRules)
	if err != nil {
		return nil, err
	}
	var all []string
	for l := range strings.Lines(text) {
		if l = strings.TrimSpace(l); l != "" {
			all = append(all, l)
		}
	}
	slices.Sort(all)
	return all, nil
}
