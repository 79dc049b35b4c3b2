// A link is unreliable: a dirty fibre, a full buffer, interference. Some
// packets never arrive, and TCP sends them again after 200 ms or more.

package chaos

import (
	"context"
	"errors"
	"fmt"

	"github.com/holdfast-lab/holdfast/topologies"
)

// Lose drops a random share of the packets between the nodes and their peers;
// its undo removes the rules.
type Lose struct {
	Share Share                `yaml:"share" json:"share"`                 // above 0 %, up to 100 %, of each direction
	Way   topologies.Direction `yaml:"way,omitempty" json:"way,omitempty"` // seen from the node: both (the default), in, out
}

// String gives "lose".
func (Lose) String() string { return "lose" }

// NeedsPeers is true: packet loss needs both ends of a wire.
func (Lose) NeedsPeers() bool { return true }

// Check returns an error if the options are invalid.
func (l Lose) Check() error {
	if l.Share <= 0 || l.Share > 1 {
		return errors.New("lose: give a share above 0% and up to 100%, as in share: 10%")
	}
	if err := topologies.CheckLoss(float64(l.Share)); err != nil {
		return fmt.Errorf("lose: share %v is too small to be observed: use at least %v", l.Share, Share(topologies.MinLoss))
	}
	_, err := way(l.Way)
	return err
}

// DescribeUndo says that the packet rules are removed.
func (Lose) DescribeUndo(on []topologies.Instance) string { return removeRules(on) }

// Inject sets the rules and returns when every node has lost a packet.
func (l Lose) Inject(ctx context.Context, on, peers []topologies.Instance) (Injection, error) {
	if err := l.Check(); err != nil {
		return Injection{}, err
	}
	if len(peers) == 0 {
		return Injection{}, noPeers("lose")
	}
	d, _ := way(l.Way)
	w := wires{verb: "lose", done: fmt.Sprintf("lost, share %v", l.Share), set: func(ctx context.Context, net topologies.NetRules, peer string) (string, error) {
		return net.Lose(ctx, peer, d, float64(l.Share))
	}}
	return w.inject(ctx, on, peers)
}
