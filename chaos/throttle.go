// A machine is slow but running: a noisy neighbour takes its CPU, burst credits
// are used up, a link falls back to a tenth of its bandwidth. Health checks
// pass.

package chaos

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/holdfast-lab/holdfast/topologies"
)

// Throttle limits either the nodes' CPU or the bandwidth of what they send. Its
// undo restores the former limit.
type Throttle struct {
	Bandwidth Bitrate `yaml:"bandwidth,omitempty" json:"bandwidth,omitempty"` // of packets to the peers, or of all packets if no peers are given
	CPU       float64 `yaml:"cpu,omitempty" json:"cpu,omitempty"`             // cores
}

// String gives "throttle".
func (Throttle) String() string { return "throttle" }

// NeedsPeers is false: without peers, the bandwidth of all packets is limited.
func (Throttle) NeedsPeers() bool { return false }

// Check returns an error if the options are invalid.
func (t Throttle) Check() error {
	if t.Bandwidth < 0 || t.CPU < 0 || (t.Bandwidth == 0) == (t.CPU == 0) {
		return errors.New("throttle: set either bandwidth: 64kbit/s or cpu: 0.1 (cores)")
	}
	if t.CPU != 0 {
		return about("throttle: cpu", topologies.CheckCores(t.CPU))
	}
	return about("throttle: bandwidth", topologies.CheckBandwidth(int64(t.Bandwidth)))
}

// TakesPeers reports whether peers apply: they do for bandwidth, not for CPU.
func (t Throttle) TakesPeers() bool { return t.CPU == 0 }

// DescribeUndo says which limits are removed or restored.
func (t Throttle) DescribeUndo(on []topologies.Instance) string {
	if t.CPU > 0 {
		return "restore the CPU limit of " + names(on)
	}
	return removeRules(on)
}

// Inject throttles the nodes and returns when each was observed to be
// throttled.
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

// squeeze is the hold of one fault on the nodes' CPU.
type squeeze struct{ on []topologies.Instance }

// cpu limits the CPU of all nodes concurrently. The effect begins with the
// first limit. Heal also removes limits that were set before an error. If
// another fault limits the same node, the lower limit applies.
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

// heldBack waits until the kernel has throttled the node's processes for longer
// than it had when the limit was set; a former limit may have throttled them
// before. An idle node is never throttled. It returns the increase and the
// total.
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

// lasted checks that each node is still limited to at most that many cores, and
// reads for how long the running ones have been throttled so far.
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

// rounding is the tolerance, in cores, of a limit that the kernel stores in
// whole microseconds per period.
const rounding = 0.001

// giveBack removes this fault's limit from the nodes.
func (q *squeeze) giveBack(ctx context.Context) (string, error) {
	text, _, err := each(q.on, func(_ int, i topologies.Instance) (seen, error) {
		cores, err := i.Holds().Unlimit(ctx, i, q)
		if err != nil {
			return seen{}, fmt.Errorf("restore the CPU limit of %s: %w", i.Name(), err)
		}
		if cores == 0 {
			return seen{}, nil // it was never limited: every node has a CPU limit above 0
		}
		return seen{text: fmt.Sprintf("%s has %v cores", i.Name(), cores)}, nil
	})
	return text, err
}
