// A cable is pulled, a switch dies, a firewall is misconfigured: both sides
// live on and each thinks the other dead. One way only: an asymmetric
// partition, where a node hears its peers but is not heard.

package chaos

import (
	"context"
	"fmt"

	"github.com/holdfast-lab/holdfast/topologies"
)

// Cut drops every packet between the nodes and their peers; its undo mends the
// wire. Nothing is answered to a dropped packet: the far end sees silence.
type Cut struct {
	Way topologies.Direction `yaml:"way,omitempty" json:"way,omitempty"` // seen from the node: both (the default), in, out
}

// String gives "cut".
func (Cut) String() string { return "cut" }

// NeedsPeers says that a cut has two ends.
func (Cut) NeedsPeers() bool { return true }

// Check says what is wrong with the options, on paper.
func (c Cut) Check() error {
	_, err := way(c.Way)
	return err
}

// DescribeUndo says that the rules go.
func (Cut) DescribeUndo(on []topologies.Instance) string { return removeRules(on) }

// Inject cuts the wires and returns when a packet of every node was dropped.
func (c Cut) Inject(ctx context.Context, on, peers []topologies.Instance) (Injection, error) {
	d, err := way(c.Way)
	if err != nil {
		return Injection{}, fmt.Errorf("cut: %w", err)
	}
	if len(peers) == 0 {
		return Injection{}, noPeers("cut")
	}
	w := wires{verb: "cut", done: "dropped", set: func(ctx context.Context, net topologies.NetRules, peer string) (string, error) {
		return net.Drop(ctx, peer, d)
	}}
	return w.inject(ctx, on, peers)
}

// way gives the direction that an option means; none means both.
func way(d topologies.Direction) (topologies.Direction, error) {
	switch d {
	case "":
		return topologies.Both, nil
	case topologies.Both, topologies.In, topologies.Out:
		return d, nil
	}
	return "", fmt.Errorf("way %q: use both, in or out", d)
}

// noPeers is the error of a wire with one end: "any" would be more than was asked for.
func noPeers(fault string) error {
	return fmt.Errorf("%s: the other end of the wire is missing", fault)
}
