// A machine is there but slow: a noisy neighbour takes its CPU, a burst credit
// is used up, a link falls back to a tenth of its rate. Health checks pass.

package chaos

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/holdfast-lab/holdfast/topologies"
)

// Throttle gives the nodes less CPU, or less bandwidth for what they send;
// exactly one of both. Its undo gives it back.
type Throttle struct {
	Bandwidth Bitrate `yaml:"bandwidth,omitempty" json:"bandwidth,omitempty"` // of what leaves for the peers, or for anyone where there are none
	CPU       float64 `yaml:"cpu,omitempty" json:"cpu,omitempty"`             // cores
}

// String gives "throttle".
func (Throttle) String() string { return "throttle" }

// NeedsPeers says no: bandwidth without peers is bandwidth to anyone.
func (Throttle) NeedsPeers() bool { return false }

// Check says what is wrong with the options, on paper.
func (t Throttle) Check() error {
	if t.Bandwidth < 0 || t.CPU < 0 || (t.Bandwidth == 0) == (t.CPU == 0) {
		return errors.New("throttle: set either bandwidth: 64kbit/s or cpu: 0.1 (cores)")
	}
	if t.CPU != 0 {
		return about("throttle: cpu", topologies.CheckCores(t.CPU))
	}
	return about("throttle: bandwidth", topologies.CheckBandwidth(int64(t.Bandwidth)))
}

// TakesPeers says whether a far end means anything to it: CPU has none.
func (t Throttle) TakesPeers() bool { return t.CPU == 0 }

// DescribeUndo says that the nodes get back what they had.
func (t Throttle) DescribeUndo(on []topologies.Instance) string {
	if t.CPU > 0 {
		return "restore the CPU limit of " + names(on)
	}
	return removeRules(on)
}

// Inject throttles the nodes and returns when each was seen to be held back.
func (t Throttle) Inject(ctx context.Context, on, peers []topologies.Instance) (Injection, error) {
	if err := t.Check(); err != nil {
		return Injection{}, err
	}
	if t.CPU > 0 {
		return t.cpu(ctx, on, peers)
	}
	w := wires{verb: "throttle", done: fmt.Sprintf("sent at %v", t.Bandwidth), set: func(ctx context.Context, net topologies.NetRules, peer string) (string, error) {
		return net.Limit(ctx, peer, int64(t.Bandwidth))
	}}
	return w.inject(ctx, on, peers)
}

// squeeze is one fault's hold of nodes' CPU.
type squeeze struct{ on []topologies.Instance }

// cpu limits the nodes' CPU, all at the same time, and is felt from the first
// limit on. Limits set before an error are undone by the Heal. Where another
// fault limits the same node, the tighter limit is in force.
func (t Throttle) cpu(ctx context.Context, on, peers []topologies.Instance) (Injection, error) {
	if len(peers) > 0 {
		return Injection{}, errors.New("throttle: cpu applies to nodes, not to a wire")
	}
	q := &squeeze{on}
	inj := Injection{Heal: q.giveBack, Meters: make([]Meter, len(on))}
	inj.Lasted = func(ctx context.Context) (string, []Meter, error) { return q.lasted(ctx, t.CPU) }
	text, from, err := each(on, func(n int, i topologies.Instance) (seen, error) {
		err := i.Holds().Limit(ctx, i, q, t.CPU)
		from := time.Now()
		var held, total time.Duration
		if err == nil {
			held, total, err = heldBack(ctx, i)
		}
		if err != nil {
			return seen{}, fmt.Errorf("throttle %s: %w", i.Name(), err)
		}
		inj.Meters[n] = Meter{Node: i.Name(), Counts: "ns", Count: uint64(total)}
		return seen{fmt.Sprintf("%s throttled for %v at %v cores", i.Name(), held.Round(time.Microsecond), t.CPU), from}, nil
	})
	if inj.Effect = from; err != nil {
		return inj, err
	}
	inj.Witness = text
	return inj, nil
}

// heldBack waits until the kernel says that it has held the node's processes
// back for longer than when the limit was set, for which it may have held them
// back under the former one. An idle node never is.
func heldBack(ctx context.Context, i topologies.Instance) (since, total time.Duration, err error) {
	before, err := i.Throttled(ctx)
	if err != nil {
		return 0, 0, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, patience, fmt.Errorf("waited %v", patience))
	defer cancel()
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for {
		now, err := i.Throttled(ctx)
		if err != nil {
			return 0, 0, err
		}
		if now > before {
			return now - before, now, nil
		}
		select {
		case <-ctx.Done():
			return 0, 0, fmt.Errorf("the limit never throttled it: %w", context.Cause(ctx))
		case <-tick.C:
		}
	}
}

// lasted sees that each node that runs has a limit of those cores at most, and
// reads for how long its limit has held it back so far.
func (q *squeeze) lasted(ctx context.Context, cores float64) (string, []Meter, error) {
	now := make([]Meter, len(q.on))
	text, _, err := each(q.on, func(n int, i topologies.Instance) (seen, error) {
		now[n] = Meter{Node: i.Name(), Counts: "ns"}
		s, err := i.Snapshot(ctx)
		switch {
		case err != nil:
			return seen{}, fmt.Errorf("inspect %s: %w", i.Name(), err)
		case s.CPU == 0 || s.CPU > cores+rounding:
			return seen{}, fmt.Errorf("%s has %v cores, not the limit of %v", i.Name(), s.CPU, cores)
		case !s.Running:
			now[n].Down = true
			return seen{text: i.Name() + " does not run"}, nil
		}
		held, err := i.Throttled(ctx)
		if err != nil {
			return seen{}, fmt.Errorf("read how long %s was throttled: %w", i.Name(), err)
		}
		now[n].Count = uint64(held)
		return seen{text: fmt.Sprintf("%s throttled for %v at %v cores", i.Name(), held.Round(time.Microsecond), s.CPU)}, nil
	})
	return text, now, err
}

// rounding is by how many cores a limit may differ after it went through the
// kernel's whole microseconds per period.
const rounding = 0.001

// giveBack gives the nodes the CPU that this fault took from them.
func (q *squeeze) giveBack(ctx context.Context) (string, error) {
	text, _, err := each(q.on, func(_ int, i topologies.Instance) (seen, error) {
		cores, err := i.Holds().Unlimit(ctx, i, q)
		if err != nil {
			return seen{}, fmt.Errorf("restore the CPU limit of %s: %w", i.Name(), err)
		}
		if cores == 0 {
			return seen{}, nil // nothing was taken from it: every node has a limit
		}
		return seen{text: fmt.Sprintf("%s has %v cores", i.Name(), cores)}, nil
	})
	return text, err
}
