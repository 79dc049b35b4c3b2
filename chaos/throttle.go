// A machine is there but slow: a noisy neighbour takes its CPU, a burst credit
// is used up, a link falls back to a tenth of its rate. Health checks pass.

package chaos

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
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
		return errors.New("throttle: say one of bandwidth: 64kbit/s and cpu: 0.1 (cores)")
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
		return "give the former CPU limit back to " + names(on)
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

// cores is a node's former CPU limit.
type cores struct {
	on     topologies.Instance
	former float64
}

// cpu limits the nodes' CPU. Limits set before an error are undone by the Heal.
func (t Throttle) cpu(ctx context.Context, on, peers []topologies.Instance) (Injection, error) {
	if len(peers) > 0 {
		return Injection{}, errors.New("throttle: cpu has no far end")
	}
	var set []cores
	inj := Injection{Heal: func(ctx context.Context) (string, error) { return giveBack(ctx, set) }}
	var seen []string
	for _, i := range on {
		former, err := i.SetCPU(ctx, t.CPU)
		if err != nil {
			return inj, fmt.Errorf("throttle %s: %w", i.Name(), err)
		}
		set = append(set, cores{i, former})
		if former > 0 && t.CPU >= former {
			return inj, fmt.Errorf("throttle %s: %v cores is no less than the %v it had", i.Name(), t.CPU, former)
		}
		held, err := heldBack(ctx, i)
		if err != nil {
			return inj, fmt.Errorf("throttle %s: %w", i.Name(), err)
		}
		seen = append(seen, fmt.Sprintf("%s held back for %v at %v cores", i.Name(), held.Round(time.Microsecond), t.CPU))
	}
	inj.Witness = strings.Join(seen, ", ")
	return inj, nil
}

// heldBack waits until the kernel says that it has held the node's processes
// back for longer than when the limit was set, for which it may have held them
// back under the former one. An idle node never is.
func heldBack(ctx context.Context, i topologies.Instance) (time.Duration, error) {
	before, err := i.Throttled(ctx)
	if err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, patience, fmt.Errorf("waited %v", patience))
	defer cancel()
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for {
		now, err := i.Throttled(ctx)
		if err != nil {
			return 0, err
		}
		if now > before {
			return now - before, nil
		}
		select {
		case <-ctx.Done():
			return 0, fmt.Errorf("the limit never held it back: %w", context.Cause(ctx))
		case <-tick.C:
		}
	}
}

// rounding is by how many cores a limit may differ after it went through the
// kernel's whole microseconds per period.
const rounding = 0.001

// giveBack sets the former limits again. Setting one a second time says which
// one was in force, and that is the witness.
func giveBack(ctx context.Context, set []cores) (string, error) {
	var seen []string
	var errs []error
	for _, c := range set {
		_, err := c.on.SetCPU(ctx, c.former)
		var now float64
		if err == nil {
			now, err = c.on.SetCPU(ctx, c.former)
		}
		if err == nil && math.Abs(now-c.former) > rounding {
			err = fmt.Errorf("it has %v cores, not the former %v", now, c.former)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("give CPU back to %s: %w", c.on.Name(), err))
			continue
		}
		seen = append(seen, fmt.Sprintf("%s has %v cores", c.on.Name(), c.former))
	}
	return strings.Join(seen, ", "), errors.Join(errs...)
}
