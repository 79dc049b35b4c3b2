// Package targets is the attack: what to send, when, and what became of it.
// The load is open: every request has an instant at which it is meant to leave,
// which no answer, however late, can move. Vegeta is the engine.
package targets

import (
	"fmt"
	"math"
	"sort"
	"time"
)

// Limits of an attack.
const (
	maxFor     = 24 * time.Hour
	maxTimeout = 10 * time.Minute // as long a latency as the histograms of results tell apart
	maxRate    = 1_000_000        // per second; far above what one machine sends
	maxSlots   = 60_000           // in flight: a connection each, and there are 65 535 ports
)

// Attack is a load: so many requests, at such instants, of such kinds. It is
// data; the same attack with the same seed plans the same requests.
type Attack struct {
	Rate        Rate          `yaml:"rate" json:"rate"`
	For         time.Duration `yaml:"for" json:"for"`                                         // length of the schedule
	Timeout     time.Duration `yaml:"timeout" json:"timeout"`                                 // of one request, from its sending
	MaxInFlight int           `yaml:"max-in-flight,omitempty" json:"max-in-flight,omitempty"` // 0: 1.5 × highest rate × timeout, 1024 to 16384; in a closed loop 1
	Loop        string        `yaml:"loop,omitempty" json:"loop,omitempty"`                   // "open" (or "") or "closed"
	Mix         Mix           `yaml:"mix" json:"mix"`
	Keys        Keys          `yaml:"keys,omitempty" json:"keys,omitempty"`
	Seed        uint64        `yaml:"seed,omitempty" json:"seed,omitempty"`
}

// The loops of an attack. In an open loop a request is due at its instant of the
// schedule, whatever became of those before it. In a closed loop so many clients
// as may be in flight wait for their answers before they ask again, and a request
// is due when a client is free for it: what had to wait for that is left out of
// every response time (coordinated omission). It is there to be compared with.
const (
	Open   = "open"
	Closed = "closed"
)

// Mistake is one thing that is wrong with an attack.
type Mistake struct {
	Path string // of the field within the attack: "rate.ramp.from"
	Text string
}

// Error gives the path and the text.
func (m Mistake) Error() string { return m.Path + ": " + m.Text }

// wrong makes a Mistake.
func wrong(path, format string, args ...any) error {
	return Mistake{path, fmt.Sprintf(format, args...)}
}

// Check says everything that is wrong with the attack; each error is a Mistake.
// Planned, Intended and Fire are for attacks with which nothing is wrong.
func (a Attack) Check() []error {
	errs := a.Rate.check(a.For)
	if a.For <= 0 || a.For > maxFor {
		errs = append(errs, wrong("for", "%v: must be above 0s and up to %v", a.For, maxFor))
	}
	if a.Timeout <= 0 || a.Timeout > maxTimeout {
		errs = append(errs, wrong("timeout", "%v: must be above 0s and up to %v", a.Timeout, maxTimeout))
	}
	if a.MaxInFlight < 0 || a.MaxInFlight > maxSlots {
		errs = append(errs, wrong("max-in-flight", "%d: must be 0 (the default) to %d", a.MaxInFlight, maxSlots))
	}
	if a.Loop != "" && a.Loop != Open && a.Loop != Closed {
		errs = append(errs, wrong("loop", "%q is not a loop; available: %s, %s", a.Loop, Open, Closed))
	}
	errs = append(errs, a.Mix.check()...)
	errs = append(errs, a.Keys.check()...)
	if len(errs) == 0 && a.Planned() == 0 {
		errs = append(errs, wrong("rate", "%v for %v is less than one request", a.Rate, a.For))
	}
	return errs
}

// Planned is how many requests the schedule holds: those whose instant lies
// before the end. An attack with a wrong rate plans nothing.
func (a Attack) Planned() uint64 {
	if a.For <= 0 || len(a.Rate.check(a.For)) > 0 {
		return 0
	}
	// The integral says how many, but for rounding at the very end, where the
	// instants themselves decide.
	n := uint64(max(math.Ceil(a.Rate.curve(a.For).hits(a.For.Seconds())), 0))
	for n > 0 && a.Intended(n-1) >= a.For {
		n--
	}
	for a.Intended(n) < a.For {
		n++
	}
	return n
}

// Intended is when request n, from 0, is meant to leave, since the start: when n
// requests' worth of the rate has gone by. The first leaves at once.
func (a Attack) Intended(n uint64) time.Duration {
	return instant(a.Rate.curve(a.For), n)
}

// Due is how many of the planned requests are meant to have left by an instant.
func (a Attack) Due(at time.Duration) uint64 {
	return uint64(sort.Search(int(a.Planned()), func(n int) bool { return a.Intended(uint64(n)) > at }))
}

// instant is when request n of a curve leaves, to the nearest nanosecond. What
// is farther away than a duration can say is as far as that.
func instant(c curve, n uint64) time.Duration {
	ns := math.Round(c.at(float64(n)) * float64(time.Second))
	if ns >= math.MaxInt64 {
		return math.MaxInt64
	}
	return time.Duration(ns)
}

// slots is how many requests may be in flight at once.
func (a Attack) slots() int {
	if a.MaxInFlight > 0 {
		return a.MaxInFlight
	}
	if a.Loop == Closed {
		return 1
	}
	// At the highest rate, all of a timeout's requests may be waiting for a
	// system that is silent; half as many again leaves room for the connecting.
	need := 1.5 * a.Rate.highest(a.For) * a.Timeout.Seconds()
	return int(min(max(need, 1024), 16384))
}
