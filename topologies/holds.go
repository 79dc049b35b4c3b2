// Two things can be wrong with a machine at a time: it is frozen twice over, or
// two neighbours take its processor. When the first of them is over, the other
// is still there.

package topologies

import (
	"context"
	"fmt"
	"math"
	"sync"
)

// Holds is what the faults in force hold of one node, so that each gives back
// only its own part. A holder is whatever tells one fault from the others. The
// zero value holds nothing. Only one of its methods runs at a time, so that two
// faults never change one node at once.
type Holds struct {
	mu     sync.Mutex
	frozen map[any]bool
	limits map[any]float64 // in cores
	own    float64         // the node's limit without any of them
}

// cpuRounding is by how many cores a limit may differ after it went through the
// kernel's whole microseconds per period.
const cpuRounding = 0.001

// Freeze freezes the node for one more holder.
func (h *Holds) Freeze(ctx context.Context, i Instance, holder any) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.frozen == nil {
		h.frozen = map[any]bool{}
	}
	h.frozen[holder] = true // also where the call fails: it may have been done
	return i.Pause(ctx)
}

// Thaw gives back what a holder holds, and lets the node go on when nobody
// else holds it frozen. It may be called again.
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

// Frozen says whether any holder holds the node frozen.
func (h *Holds) Frozen() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.frozen) > 0
}

// Limit limits the node's CPU for one more holder: of all limits the tightest
// is in force. One that is no tighter would change nothing, and is an error.
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
	h.limits[holder] = cores // also where the call failed: it may have been done
	if err == nil && len(h.limits) == 1 && former > 0 && cores >= former {
		err = fmt.Errorf("%v cores is not less than the %v it had", cores, former)
	}
	return err
}

// Unlimit gives back what a holder holds and says what the node has then: the
// tightest limit of the others, or its own. It may be called again.
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
	// Setting it a second time says which one was in force.
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

// tightest is the least of the limits, if there is one.
func (h *Holds) tightest() (cores float64, some bool) {
	for _, limit := range h.limits {
		if !some || limit < cores {
			cores, some = limit, true
		}
	}
	return cores, some
}
