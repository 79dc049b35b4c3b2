// Latency rises: a route changes, a link is congested, or the other end is on
// another continent. All packets arrive, but later.

package chaos

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/holdfast-lab/holdfast/topologies"
)

// Delay makes every packet from the peers arrive later at the nodes; its undo
// removes the delay. Only one direction is delayed, so a round trip grows by
// By, not by twice By.
type Delay struct {
	By time.Duration `yaml:"by" json:"by"` // above 0
}

// String gives "delay".
func (Delay) String() string { return "delay" }

// NeedsPeers is true: a delay needs both ends of a wire.
func (Delay) NeedsPeers() bool { return true }

// Check returns an error if the options are invalid.
func (d Delay) Check() error {
	if d.By <= 0 {
		return errors.New("delay: give its length, as in by: 50ms")
	}
	return about("delay by", topologies.CheckDelay(d.By))
}

// DescribeUndo says that the packet rules are removed.
func (Delay) DescribeUndo(on []topologies.Instance) string { return removeRules(on) }

// Inject delays the wires. It returns when a packet of every node has matched a
// rule and the measured round trip on each wire has grown accordingly. It is an
// error if the other end does not answer before the delay is set. Lasted
// measures the round trip again just before the undo, and Heal measures it once
// more afterwards.
func (d Delay) Inject(ctx context.Context, on, peers []topologies.Instance) (Injection, error) {
	if err := d.Check(); err != nil {
		return Injection{}, err
	}
	if len(peers) == 0 {
		return Injection{}, noPeers("delay")
	}
	w := wires{verb: "delay", done: fmt.Sprintf("delayed by %v", d.By), by: d.By, set: func(ctx context.Context, net topologies.NetRules, peer string) (string, error) {
		return net.Delay(ctx, peer, d.By)
	}}
	return w.inject(ctx, on, peers)
}

// mostTrips is how often a round trip is measured again if it is too slow to be
// distinguished from a delayed one: a busy machine occasionally adds tens of
// milliseconds.
const mostTrips = 5

// shortest returns the shortest of some round trips, or the first one below
// enough.
func (r *rule) shortest(ctx context.Context, net topologies.NetRules, enough time.Duration) (time.Duration, error) {
	var least time.Duration
	for n := range mostTrips {
		trip, err := net.RoundTrip(ctx, r.peer)
		if err != nil {
			return 0, err
		}
		if n == 0 || trip < least {
			least = trip
		}
		if least < enough {
			break
		}
	}
	return least, nil
}

// measure measures the round trip of a wire before it is delayed.
func (r *rule) measure(ctx context.Context, net topologies.NetRules) (err error) {
	r.before, err = r.shortest(ctx, net, r.by/2)
	return err
}

// slowed checks that the round trip has grown by at least half of the delay.
// With the delay in effect each round trip takes longer than the whole delay,
// but the time before may include a load of the machine that has ended since.
func (r *rule) slowed(ctx context.Context, net topologies.NetRules) (err error) {
	r.during, err = net.RoundTrip(ctx, r.peer)
	if err == nil && (r.during < r.by || r.during-r.before < r.by/2) {
		err = fmt.Errorf("a round trip takes %v, and took %v before: this is not a delay of %v", r.during, r.before, r.by)
	}
	return err
}

// stays checks, just before the undo, that the round trip is still long. If the
// other end is down, no round trip can be measured; then the process that
// delays the packets is still running, and the rule's counter is the evidence.
func (r *rule) stays(ctx context.Context, net topologies.NetRules) error {
	if trip, err := net.RoundTrip(ctx, r.peer); err == nil && trip < r.by {
		return fmt.Errorf("a round trip takes %v: the delay of %v ended too early", trip, r.by)
	}
	return nil
}

// quick checks that the round trip is as short as before the delay.
func (r *rule) quick(ctx context.Context, net topologies.NetRules) (string, error) {
	limit := r.before + r.by/2
	trip, err := r.shortest(ctx, net, limit)
	if err != nil {
		return "no answer from the other end", nil // the other end is down; the kernel has already confirmed that the rule is removed
	}
	if trip >= limit {
		return "", fmt.Errorf("a round trip still takes %v, and took %v before", trip, r.before)
	}
	return fmt.Sprintf("round trip %v", trip), nil
}
