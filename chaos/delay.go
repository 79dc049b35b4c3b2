// A wire gets longer: a route changes, a link is congested, the far end is on
// another continent. All packets arrive, and all later.

package chaos

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/holdfast-lab/holdfast/topologies"
)

// Delay makes every packet from the peers arrive later at the nodes; its undo
// lifts that. One direction is delayed, so a round trip grows by By, not by
// twice as much.
type Delay struct {
	By time.Duration `yaml:"by" json:"by"` // above 0
}

// String gives "delay".
func (Delay) String() string { return "delay" }

// NeedsPeers says that a wire has two ends.
func (Delay) NeedsPeers() bool { return true }

// Check says what is wrong with the options, on paper.
func (d Delay) Check() error {
	if d.By <= 0 {
		return errors.New("delay: say by how much, as in by: 50ms")
	}
	return nil
}

// Undo says that the rules go.
func (Delay) Undo(on []topologies.Instance) string { return removeRules(on) }

// Inject delays the wires and returns when a packet of every node was delayed.
func (d Delay) Inject(ctx context.Context, on, peers []topologies.Instance) (Injection, error) {
	if err := d.Check(); err != nil {
		return Injection{}, err
	}
	if len(peers) == 0 {
		return Injection{}, noPeers("delay")
	}
	w := wires{"delay", fmt.Sprintf("delayed by %v", d.By), func(ctx context.Context, net topologies.NetRules, peer string) (string, error) {
		return net.Delay(ctx, peer, d.By)
	}}
	return w.inject(ctx, on, peers)
}
