// An instance is a running node, with operations from outside: kill, stop, start,
// pause, disconnect. Nothing here changes what runs inside.

package topologies

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/go-connections/nat"
)

// instance is a node that runs or has run.
type instance struct {
	node     Node
	cluster  *cluster
	networks []string              // in the order of the node
	at       map[string]netip.Addr // by network
	id       string                // the container's
	log      *follower             // nil: logs are not saved
	rules    rules
	holds    Holds

	verbs sync.Mutex // one operation at a time
	cut   bool       // disconnected by Disconnect
}

var _ Instance = (*instance)(nil)

// Name is the node's name.
func (i *instance) Name() string { return i.node.Name }

// Node is the node as the topology describes it.
func (i *instance) Node() Node { return i.node }

// Holds returns the faults in effect on the node.
func (i *instance) Holds() *Holds { return &i.holds }

// do makes a call to the daemon for this node, one operation at a time.
func (i *instance) do(ctx context.Context, verb string, limit time.Duration, f func(context.Context) error) error {
	i.verbs.Lock()
	defer i.verbs.Unlock()
	defer i.cluster.requests.begin(ctx, i.id, verb, len(i.networks))()
	return call(ctx, verb+" "+i.Name(), limit, f)
}

// benign drops an error which says that the node is already in the wanted state.
func benign(err error, says ...string) error {
	if err != nil && slices.ContainsFunc(says, func(s string) bool { return strings.Contains(err.Error(), s) }) {
		return nil
	}
	return err
}

// Kill sends SIGKILL and returns when the node has exited. If the node is not
// running it does nothing.
func (i *instance) Kill(ctx context.Context) error {
	return i.do(ctx, "kill", callLimit, func(ctx context.Context) error {
		return benign(i.cluster.docker.ContainerKill(ctx, i.id, "SIGKILL"), "is not running")
	})
}

// stopGrace is the time from SIGTERM to SIGKILL.
const stopGrace = 10 * time.Second

// Stop sends SIGTERM, and SIGKILL after 10 s.
func (i *instance) Stop(ctx context.Context) error {
	seconds := int(stopGrace / time.Second)
	return i.do(ctx, "stop", stopGrace+callLimit, func(ctx context.Context) error {
		return i.cluster.docker.ContainerStop(ctx, i.id, container.StopOptions{Timeout: &seconds})
	})
}

// Start starts the node if it is not running. A disconnected node remains
// disconnected; but Docker cannot start it without its network, so it is connected
// for the tenth of a second that a start takes.
func (i *instance) Start(ctx context.Context) error {
	return i.do(ctx, "start", callLimit, func(ctx context.Context) error {
		if i.cut {
			if err := i.plug(ctx); err != nil {
				return err
			}
		}
		if err := i.cluster.docker.ContainerStart(ctx, i.id, container.StartOptions{}); err != nil {
			return err
		}
		i.log.resume()
		if i.cut {
			defer i.cluster.requests.begin(ctx, i.id, "disconnect", len(i.networks))()
			return i.unplug(ctx)
		}
		return nil
	})
}

// Pause freezes every process of the node. On a busy host with cgroup v1 the kernel
// may give up before all are frozen, and resume all: then Pause tries again.
func (i *instance) Pause(ctx context.Context) error {
	return i.do(ctx, "pause", callLimit, func(ctx context.Context) error {
		for {
			err := benign(i.cluster.docker.ContainerPause(ctx, i.id), "already paused")
			if err == nil || !strings.Contains(err.Error(), "unable to freeze") || ctx.Err() != nil {
				return err
			}
		}
	})
}

// Unpause resumes a frozen node; if the node is not frozen it does nothing.
func (i *instance) Unpause(ctx context.Context) error {
	return i.do(ctx, "unpause", callLimit, func(ctx context.Context) error {
		return benign(i.cluster.docker.ContainerUnpause(ctx, i.id), "is not paused", "is not running")
	})
}

// Disconnect removes the node from every network.
func (i *instance) Disconnect(ctx context.Context) error {
	return i.do(ctx, "disconnect", callLimit, func(ctx context.Context) error {
		i.cut = true
		return i.unplug(ctx)
	})
}

// unplug removes the node from every network of the run that it is on.
func (i *instance) unplug(ctx context.Context) error {
	var errs []error
	for _, name := range i.networks {
		err := i.cluster.docker.NetworkDisconnect(ctx, i.cluster.wires[name].id, i.id, false)
		errs = append(errs, benign(err, "is not connected to"))
	}
	return errors.Join(errs...)
}

// Connect reconnects the node to every network, with its address and name.
func (i *instance) Connect(ctx context.Context) error {
	return i.do(ctx, "connect", callLimit, func(ctx context.Context) error {
		if err := i.plug(ctx); err != nil {
			return err
		}
		i.cut = false
		return nil
	})
}

// plug connects the node to every network of it that it is not on.
func (i *instance) plug(ctx context.Context) error {
	seen, err := i.cluster.docker.ContainerInspect(ctx, i.id)
	if err != nil {
		return err
	}
	for _, name := range i.networks {
		w := i.cluster.wires[name]
		if _, there := seen.NetworkSettings.Networks[w.name]; there {
			continue
		}
		if err := i.cluster.docker.NetworkConnect(ctx, w.id, i.id, i.endpoint(name)); err != nil {
			return fmt.Errorf("network %s: %w", name, err)
		}
	}
	return nil
}

// endpoint is the node's endpoint on a network, with its address.
func (i *instance) endpoint(name string) *network.EndpointSettings {
	return &network.EndpointSettings{
		NetworkID:  i.cluster.wires[name].id,
		Aliases:    []string{i.Name()},
		IPAMConfig: &network.EndpointIPAMConfig{IPv4Address: i.at[name].String()},
		DriverOpts: i.endpointSysctls(),
	}
}

// State is the state of the node's process in Docker. It may be called during
// another operation.
func (i *instance) State(ctx context.Context) (State, error) {
	var s State
	err := call(ctx, "inspect "+i.Name(), callLimit, func(ctx context.Context) error {
		seen, err := i.cluster.docker.ContainerInspect(ctx, i.id)
		if err != nil {
			return err
		}
		if seen.ContainerJSONBase == nil || seen.State == nil {
			return errors.New("docker reports no state")
		}
		s = State{Running: seen.State.Running, Paused: seen.State.Paused, ExitCode: seen.State.ExitCode, OOMKilled: seen.State.OOMKilled}
		s.StartedAt, _ = time.Parse(time.RFC3339Nano, seen.State.StartedAt) // zero: never started
		s.FinishedAt, _ = time.Parse(time.RFC3339Nano, seen.State.FinishedAt)
		return nil
	})
	return s, err
}

// Addr is the address at which this process reaches the port: the node's own
// address if the daemon's networks are on this host, else a published port of
// 127.0.0.1.
func (i *instance) Addr(ctx context.Context, port int) (string, error) {
	for _, name := range i.networks {
		if i.cluster.wires[name].direct {
			return net.JoinHostPort(i.at[name].String(), strconv.Itoa(port)), nil
		}
	}
	var addr string
	err := call(ctx, fmt.Sprintf("find port %d of %s", port, i.Name()), callLimit, func(ctx context.Context) error {
		seen, err := i.cluster.docker.ContainerInspect(ctx, i.id)
		if err != nil {
			return err
		}
		for _, b := range seen.NetworkSettings.Ports[nat.Port(fmt.Sprintf("%d/tcp", port))] {
			addr = net.JoinHostPort("127.0.0.1", b.HostPort)
			return nil
		}
		return errors.New("it is not published: the node is not running, or does not list the port")
	})
	return addr, err
}

// IP is the node's address on the first network it shares with peer.
func (i *instance) IP(peer Instance) (string, error) {
	ips, err := i.cluster.shared(i.Name(), peer.Name())
	if err != nil {
		return "", err
	}
	return ips[0].mine.String(), nil
}

// link is a network that two nodes share, by their addresses.
type link struct{ mine, peers netip.Addr }

// shared is every link between two nodes.
func (c *cluster) shared(name, peer string) ([]link, error) {
	mine, other := c.find(name), c.find(peer)
	if mine == nil || other == nil {
		return nil, fmt.Errorf("find the link between %s and %s: no such node", name, peer)
	}
	var links []link
	for _, n := range mine.networks {
		if ip, on := other.at[n]; on && name != peer {
			links = append(links, link{mine.at[n], ip})
		}
	}
	if len(links) == 0 {
		return nil, fmt.Errorf("find the link between %s and %s: they share no network", name, peer)
	}
	return links, nil
}

// find returns the instance of that name, or nil.
func (c *cluster) find(name string) *instance {
	for _, i := range c.nodes {
		if i.Name() == name {
			return i
		}
	}
	return nil
}

// Exec runs a command in the node and returns its combined output. An exit code
// other than 0 is an error that contains the output.
func (i *instance) Exec(ctx context.Context, argv ...string) (string, error) {
	return execIn(ctx, i.cluster.docker, i.id, i.Name(), argv)
}
