package targets

import (
	"slices"
	"sync"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// The heartbeat's beat, and how finely and up to where its lateness is counted.
const (
	beat     = time.Millisecond
	lateStep = 20 * time.Microsecond
	lateMost = 200 * time.Millisecond
)

// stallOver is how late a beat must be to be kept as a stall: five times what a
// Go timer is late by on a quiet machine, and as much as the load proof of package
// claims always allows the heartbeat. mostStalls bounds how many are kept; what
// comes after makes the last one longer, which doubts more and never less.
const (
	stallOver  = 5 * time.Millisecond
	mostStalls = 10_000
)

// heartbeat is a goroutine that means to wake every millisecond and notes how
// late it was: what any goroutine of the generator suffers of a busy machine, a
// stopped process or the garbage collector. Its lateness has that of a Go timer
// in it, up to about 1 ms on a quiet machine. Beats that a stall swallowed count
// as late as they were, so that a long stall is not one late beat.
type heartbeat struct {
	began      time.Time // what stalls count from
	quit, done chan struct{}

	mu     sync.Mutex
	counts [lateMost / lateStep]uint64
	beyond []time.Duration // those later than lateMost; few
	total  uint64
	stalls []results.Stall
}

func startHeartbeat(began time.Time) *heartbeat {
	h := &heartbeat{began: began, quit: make(chan struct{}), done: make(chan struct{})}
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
		due = h.wake(due, time.Now())
		timer.Reset(time.Until(due))
	}
}

// wake notes every beat that was due by now, and gives the next.
func (h *heartbeat) wake(due, now time.Time) time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	if now.Sub(due) > stallOver {
		h.stalled(due.Add(-beat).Sub(h.began), now.Sub(h.began))
	}
	for ; !due.After(now); due = due.Add(beat) {
		h.note(now.Sub(due))
	}
	return due
}

// stalled keeps a stall; one that begins as the last ended goes on with it.
func (h *heartbeat) stalled(from, to time.Duration) {
	if n := len(h.stalls); n > 0 && (from <= h.stalls[n-1].End()+beat || n == mostStalls) {
		h.stalls[n-1].For = to - h.stalls[n-1].At
		return
	}
	h.stalls = append(h.stalls, results.Stall{At: from, For: to - from})
}

func (h *heartbeat) note(late time.Duration) {
	h.total++
	if late < lateMost {
		h.counts[late/lateStep]++
		return
	}
	h.beyond = append(h.beyond, late)
}

// stop ends the heartbeat.
func (h *heartbeat) stop() {
	close(h.quit)
	<-h.done
}

// read writes what was seen so far into the load: the lateness that one beat in
// 1000 exceeds, rounded up to 20 µs, and the stalls.
func (h *heartbeat) read(l *results.Load) {
	h.mu.Lock()
	defer h.mu.Unlock()
	l.HeartbeatP999, l.Stalls = h.p999(), slices.Clone(h.stalls)
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
