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
		return errors.New("delay: give its length, as in by: 50ms")
	}
	return about("delay by", topologies.CheckDelay(d.By))
}

// DescribeUndo says that the rules go.
func (Delay) DescribeUndo(on []topologies.Instance) string { return removeRules(on) }

// Inject delays the wires and returns when a packet of every node met the
// delay and the round trip on each wire was measured to be that much longer. A
// far end that does not answer before is an error. The Heal measures twice
// more: that the delay lasted until then, and that it is over.
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

// mostTrips is how often a round trip is measured again that is too slow to be
// told from a delayed one: a busy machine adds tens of milliseconds now and then.
const mostTrips = 5

// shortest is the shortest of some round trips, or the first below enough.
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

// measure takes the round trip of a wire that is about to be delayed.
func (r *rule) measure(ctx context.Context, net topologies.NetRules) (err error) {
	r.before, err = r.shortest(ctx, net, r.by/2)
	return err
}

// slowed sees that the round trip grew by half of the delay at least; each is
// longer than the whole of it, but what the machine added before may be not now.
func (r *rule) slowed(ctx context.Context, net topologies.NetRules) (err error) {
	r.during, err = net.RoundTrip(ctx, r.peer)
	if err == nil && (r.during < r.by || r.during-r.before < r.by/2) {
		err = fmt.Errorf("a round trip takes %v, and took %v before: this is not a delay of %v", r.during, r.before, r.by)
	}
	return err
}

// stays sees that the round trip is long until the delay is lifted. A far end
// that went meanwhile answers nothing, and then the living delayer, which the
// rule's counter vouches for, is the witness.
func (r *rule) stays(ctx context.Context, net topologies.NetRules) error {
	if trip, err := net.RoundTrip(ctx, r.peer); err == nil && trip < r.by {
		return fmt.Errorf("a round trip takes %v: the delay of %v ended too early", trip, r.by)
	}
	return nil
}

// quick sees that the round trip is as before.
func (r *rule) quick(ctx context.Context, net topologies.NetRules) (string, error) {
	limit := r.before + r.by/2
	trip, err := r.shortest(ctx, net, limit)
	if err != nil {
		return "no answer from the other end", nil // it is down; that the rule is gone, the kernel says
	}
	if trip >= limit {
		return "", fmt.Errorf("a round trip still takes %v, and took %v before", trip, r.before)
	}
	return fmt.Sprintf("round trip %v", trip), nil
}
