package targets

import (
	"slices"
	"time"
)

// The heartbeat's beat, and how finely and up to where its lateness is counted.
const (
	beat     = time.Millisecond
	lateStep = 20 * time.Microsecond
	lateMost = 200 * time.Millisecond
)

// heartbeat is a goroutine that means to wake every millisecond and notes how
// late it was: what any goroutine of the generator suffers of a busy machine, a
// stopped process or the garbage collector. Its lateness has that of a Go timer
// in it, up to about 1 ms on a quiet machine. Beats that a stall swallowed count
// as late as they were, so that a long stall is not one late beat.
type heartbeat struct {
	quit, done chan struct{}
	counts     [lateMost / lateStep]uint64
	beyond     []time.Duration // those later than lateMost; few
	total      uint64
}

func startHeartbeat() *heartbeat {
	h := &heartbeat{quit: make(chan struct{}), done: make(chan struct{})}
	go h.run()
	return h
}

func (h *heartbeat) run() {
	defer close(h.done)
	due := time.Now().Add(beat)
	timer := time.NewTimer(beat)
	defer timer.Stop()
	for {
		select {
		case <-h.quit:
			return
		case <-timer.C:
		}
		now := time.Now()
		for ; !due.After(now); due = due.Add(beat) {
			h.note(now.Sub(due))
		}
		timer.Reset(time.Until(due))
	}
}

func (h *heartbeat) note(late time.Duration) {
	h.total++
	if late < lateMost {
		h.counts[late/lateStep]++
		return
	}
	h.beyond = append(h.beyond, late)
}

// stop ends the heartbeat and gives the lateness that one beat in 1000 exceeds,
// rounded up to 20 µs.
func (h *heartbeat) stop() time.Duration {
	close(h.quit)
	<-h.done
	return h.p999()
}

func (h *heartbeat) p999() time.Duration {
	left := h.total / 1000 // beats that may be later
	if n := uint64(len(h.beyond)); n > left {
		slices.Sort(h.beyond)
		return h.beyond[n-1-left]
	}
	left -= uint64(len(h.beyond))
	for i := len(h.counts) - 1; i >= 0; i-- {
		if h.counts[i] > left {
			return time.Duration(i+1) * lateStep
		}
		left -= h.counts[i]
	}
	return 0
}
