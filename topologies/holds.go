// Two faults can affect a machine at the same time: two causes freeze it, or two
// neighbours use its CPU. When the first ends, the other is still in effect.

package topologies

import (
	"context"
	"fmt"
	"math"
	"sync"
)

// Holds tracks the faults in effect on one node, so that each undoes only its own
// part. A holder is any value that identifies one fault. The zero value has no
// faults. Only one of its methods runs at a time, so that two faults never change
// one node at once. See docs/decisions/overlapping-faults.md.
type Holds struct {
	mu     sync.Mutex
	frozen map[any]bool
	limits map[any]float64 // in cores
	own    float64         // the node's limit without faults
}

// cpuRounding is the difference in cores that rounding can cause: the kernel
// stores a limit in whole microseconds per period.
const cpuRounding = 0.001

// Freeze freezes the node for a holder.
func (h *Holds) Freeze(ctx context.Context, i Instance, holder any) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.frozen == nil {
		h.frozen = map[any]bool{}
	}
	h.frozen[holder] = true // also if the call fails: the node may be frozen
	return i.Pause(ctx)
}

// Thaw ends the freeze of a holder, and resumes the node if no other holder freezes
// it. It may be called again.
func (h *Holds) Thaw(ctx context.Context, i Instance, holder any) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.frozen[holder] {
		return nil
	}
	if len(h.frozen) == 1 {
		s, err := i.State(ctx)
		if err == nil && s.Paused {
			err = i.Unpause(ctx)
		}
		if err != nil {
			return err
		}
	}
	delete(h.frozen, holder)
	return nil
}

// Frozen reports whether any holder freezes the node.
func (h *Holds) Frozen() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.frozen) > 0
}

// Limit limits the node's CPU, in cores, for a holder: the tightest of all limits
// applies. A limit that is not tighter would have no effect, and is an error.
func (h *Holds) Limit(ctx context.Context, i Instance, holder any, cores float64) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if now, others := h.tightest(); others && cores >= now {
		return fmt.Errorf("%v cores is not less than the %v that another fault leaves it", cores, now)
	}
	former, err := i.SetCPU(ctx, cores)
	if err != nil && former == 0 {
		return err // nothing was changed
	}
	if h.limits == nil {
		h.limits = map[any]float64{}
	}
	if len(h.limits) == 0 {
		h.own = former
	}
	h.limits[holder] = cores // also if the call failed: the limit may be set
	if err == nil && len(h.limits) == 1 && former > 0 && cores >= former {
		err = fmt.Errorf("%v cores is not less than the %v it had", cores, former)
	}
	return err
}

// Unlimit ends the limit of a holder and returns the limit that then applies, in
// cores: the tightest of the other holders, or the node's own. It may be called
// again.
func (h *Holds) Unlimit(ctx context.Context, i Instance, holder any) (cores float64, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	limit, mine := h.limits[holder]
	delete(h.limits, holder)
	cores, others := h.tightest()
	if !others {
		cores = h.own
	}
	if !mine {
		return cores, nil
	}
	// Setting it a second time returns the limit that was in effect.
	_, err = i.SetCPU(ctx, cores)
	var now float64
	if err == nil {
		now, err = i.SetCPU(ctx, cores)
	}
	if err == nil && math.Abs(now-cores) > cpuRounding {
		err = fmt.Errorf("it has %v cores instead of %v", now, cores)
	}
	if err != nil {
		h.limits[holder] = limit
	}
	return cores, err
}

// tightest is the lowest limit, if there is one.
func (h *Holds) tightest() (cores float64, some bool) {
	for _, limit := range h.limits {
		if !some || limit < cores {
			cores, some = limit, true
		}
	}
	return cores, some
}
