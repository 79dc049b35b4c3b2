package targets

import (
	"runtime"
	"time"
)

// How a pacer waits: with a timer while there is much time, so that it can be
// stopped, then in the kernel's fine sleep, then awake. A Go timer is late by up
// to about 1 ms, a nanosleep by its slack of 50 µs and the way back.
const (
	coarse = 2 * time.Millisecond
	awake  = 60 * time.Microsecond
)

// pacer lets request n go at its intended instant, exactly. It waits by itself
// inside Pace, because vegeta's own wait is a Go timer, and it knows the total,
// because vegeta drops what a duration cuts off.
type pacer struct {
	plan  *plan
	began time.Time
	stop  <-chan struct{}
	timer *time.Timer
	timed bool // the timer alone says when
}

func newPacer(p *plan, began time.Time, stop <-chan struct{}, timed bool) *pacer {
	timer := time.NewTimer(0)
	<-timer.C
	return &pacer{p, began, stop, timer, timed}
}

// Pace waits until the next request is to leave, and says stop after the last
// or when the attack is stopped. What is late leaves at once.
func (p *pacer) Pace(_ time.Duration, hits uint64) (time.Duration, bool) {
	if hits >= p.plan.total {
		return 0, true
	}
	return 0, !p.wait(p.plan.intended(hits))
}

// Rate is the planned rate at that time, per second.
func (p *pacer) Rate(elapsed time.Duration) float64 { return p.plan.curve.rate(elapsed.Seconds()) }

// wait returns at the instant, or false as soon as the attack is stopped.
func (p *pacer) wait(at time.Duration) bool {
	early := coarse
	if p.timed {
		early = 0
	}
	if left := at - time.Since(p.began); left > early {
		p.timer.Reset(left - early)
		select {
		case <-p.stop:
			return false
		case <-p.timer.C:
		}
	}
	select {
	case <-p.stop:
		return false
	default:
	}
	if left := at - time.Since(p.began); left > awake {
		// The last request's worker is next on this processor, which a sleeping
		// thread would take with it for a while: let it go first.
		runtime.Gosched()
		nap(at - awake - time.Since(p.began))
	}
	for time.Since(p.began) < at {
	}
	return true
}
