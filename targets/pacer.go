package targets

import (
	"runtime"
	"time"
)

// A pacer first waits with a timer, so that it can be stopped, then with nanosleep,
// then in a busy loop. A Go timer is late by up to about 1 ms, a nanosleep by its
// slack of 50 µs and the time to return.
const (
	coarse = 2 * time.Millisecond
	awake  = 60 * time.Microsecond
)

// pacer releases request n exactly at its scheduled send time. It waits inside
// Pace, because vegeta itself waits with a Go timer, and it knows the total number,
// because vegeta drops requests beyond its duration.
type pacer struct {
	plan  *plan
	began time.Time
	stop  <-chan struct{}
	timer *time.Timer
	timed bool // wait with timers only
}

func newPacer(p *plan, began time.Time, stop <-chan struct{}, timed bool) *pacer {
	timer := time.NewTimer(0)
	<-timer.C
	return &pacer{p, began, stop, timer, timed}
}

// Pace waits until the next request is due, and returns stop after the last one or
// when the attack is stopped. An overdue request is sent at once.
func (p *pacer) Pace(_ time.Duration, hits uint64) (time.Duration, bool) {
	if hits >= p.plan.total {
		return 0, true
	}
	return 0, !p.wait(p.plan.intended(hits))
}

// Rate is the planned rate at that time, per second.
func (p *pacer) Rate(elapsed time.Duration) float64 { return p.plan.curve.rate(elapsed.Seconds()) }

// wait returns true at the instant, or false as soon as the attack is stopped.
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
		// The worker of the last request is next on this processor, and a thread in
		// nanosleep would keep the processor for a while: let the worker run first.
		runtime.Gosched()
		nap(at - awake - time.Since(p.began))
	}
	for time.Since(p.began) < at {
	}
	return true
}
