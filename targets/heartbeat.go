package targets

import (
	"slices"
	"sync"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// The interval of the heartbeat, and the resolution and range of its lateness histogram.
const (
	beat     = time.Millisecond
	lateStep = 20 * time.Microsecond
	lateMost = 200 * time.Millisecond
)

// stallOver is the lateness above which a beat is recorded as a stall: five times
// the lateness of a Go timer on an idle machine, and the lateness of the heartbeat
// that the load proof of package claims always allows. mostStalls limits how many
// are recorded; later stalls extend the last one, which can only add doubt.
const (
	stallOver  = 5 * time.Millisecond
	mostStalls = 10_000
)

// heartbeat is a goroutine that wakes every millisecond and records how late it
// was: the delay that a busy machine, a stopped process or the garbage collector
// causes in the generator. The lateness includes that of a Go timer, up to about
// 1 ms on an idle machine. Every beat that was due during a stall counts with its
// own lateness, so that a long stall is more than one late beat.
type heartbeat struct {
	began      time.Time // stalls are relative to this
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

// wake records every beat that was due by now, and returns the time of the next.
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

// stalled records a stall; one that begins when the last ended extends it.
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

// read writes the measurements so far into the load: the p99.9 of the lateness,
// rounded up to 20 µs, and the stalls.
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
