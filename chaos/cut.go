// A cable is pulled, a switch fails or a firewall is misconfigured: both sides
// keep running, and each believes that the other is down. If only one direction
// is cut, the partition is asymmetric: a node receives from its peers but does
// not reach them.

package chaos

import (
	"context"
	"fmt"

	"github.com/holdfast-lab/holdfast/topologies"
)

// Cut drops every packet between the nodes and their peers; its undo removes
// the rules. A dropped packet gets no reply, such as a reset: the other end
// sees only silence.
type Cut struct {
	Way topologies.Direction `yaml:"way,omitempty" json:"way,omitempty"` // seen from the node: both (the default), in, out
}

// String gives "cut".
func (Cut) String() string { return "cut" }

// NeedsPeers is true: a cut needs both ends of a wire.
func (Cut) NeedsPeers() bool { return true }

// Check returns an error if the options are invalid.
func (c Cut) Check() error {
	_, err := way(c.Way)
	return err
}

// DescribeUndo says that the packet rules are removed.
func (Cut) DescribeUndo(on []topologies.Instance) string { return removeRules(on) }

// Inject cuts the wires and returns when every node has dropped a packet.
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

// way returns the direction of an option; the default is both.
func way(d topologies.Direction) (topologies.Direction, error) {
	switch d {
	case "":
		return topologies.Both, nil
	case topologies.Both, topologies.In, topologies.Out:
		return d, nil
	}
	return "", fmt.Errorf("way %q: use both, in or out", d)
}

// noPeers is the error of a wire fault without peers. It does not mean "all
// peers", because that would break more than the scenario asked for.
func noPeers(fault string) error {
	return fmt.Errorf("%s: the other end of the wire is missing", fault)
}
