// Package targets is the load generator: what to send, when, and the result of
// each request. The load is an open loop: every request has a scheduled send time,
// which does not depend on earlier answers. Vegeta is the engine.
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
	maxTimeout = 10 * time.Minute // the longest latency that the histograms of results can hold
	maxRate    = 1_000_000        // per second; far above what one machine sends
	maxSlots   = 60_000           // in flight: a connection each, and there are 65 535 ports
)

// Attack describes a load: arrival rate, length, mix of operations, and keys. The
// same attack with the same seed plans the same requests.
type Attack struct {
	Rate        Rate          `yaml:"rate" json:"rate"`
	For         time.Duration `yaml:"for" json:"for"`                                         // length of the schedule
	Timeout     time.Duration `yaml:"timeout" json:"timeout"`                                 // of one request, from its actual send time
	MaxInFlight int           `yaml:"max-in-flight,omitempty" json:"max-in-flight,omitempty"` // 0: 1.5 × highest rate × timeout, 1024 to 16384; in a closed loop 1
	Loop        string        `yaml:"loop,omitempty" json:"loop,omitempty"`                   // "open" (or "") or "closed"
	Mix         Mix           `yaml:"mix" json:"mix"`
	Keys        Keys          `yaml:"keys,omitempty" json:"keys,omitempty"`
	Seed        uint64        `yaml:"seed,omitempty" json:"seed,omitempty"`
}

// The loops of an attack. In an open loop a request is due at its scheduled send
// time, independent of earlier requests. In a closed loop there are max-in-flight
// clients; each waits for its answer before it sends the next request, and a request
// is due when a client is free: the wait for that is missing from every response
// time (coordinated omission). The closed loop is for comparison only.
const (
	Open   = "open"
	Closed = "closed"
)

// Mistake is one error in an attack.
type Mistake struct {
	Path string // of the field within the attack: "rate.ramp.from"
	Text string
}

// Error returns the path and the text.
func (m Mistake) Error() string { return m.Path + ": " + m.Text }

// wrong returns a Mistake.
func wrong(path, format string, args ...any) error {
	return Mistake{path, fmt.Sprintf(format, args...)}
}

// Check returns every error in the attack; each is a Mistake. Planned, Intended and
// Fire require an attack without errors.
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

// Planned is the number of requests in the schedule: those with a scheduled send
// time before the end. An attack with an invalid rate plans nothing.
func (a Attack) Planned() uint64 {
	if a.For <= 0 || len(a.Rate.check(a.For)) > 0 {
		return 0
	}
	// The integral gives the number up to rounding at the end; there the send times
	// decide.
	n := uint64(max(math.Ceil(a.Rate.curve(a.For).hits(a.For.Seconds())), 0))
	for n > 0 && a.Intended(n-1) >= a.For {
		n--
	}
	for a.Intended(n) < a.For {
		n++
	}
	return n
}

// Intended is the scheduled send time of request n, from 0, since the start: the
// time at which the integral of the rate reaches n. The first request is due at 0.
func (a Attack) Intended(n uint64) time.Duration {
	return instant(a.Rate.curve(a.For), n)
}

// Due is the number of planned requests that are due by an instant.
func (a Attack) Due(at time.Duration) uint64 {
	return uint64(sort.Search(int(a.Planned()), func(n int) bool { return a.Intended(uint64(n)) > at }))
}

// instant is the scheduled send time of request n of a curve, to the nearest
// nanosecond, limited to the longest time.Duration.
func instant(c curve, n uint64) time.Duration {
	ns := math.Round(c.at(float64(n)) * float64(time.Second))
	if ns >= math.MaxInt64 {
		return math.MaxInt64
	}
	return time.Duration(ns)
}

// slots is the limit of requests in flight.
func (a Attack) slots() int {
	if a.MaxInFlight > 0 {
		return a.MaxInFlight
	}
	if a.Loop == Closed {
		return 1
	}
	// At the highest rate, all requests of one timeout may be waiting for a system
	// that does not answer; the factor 1.5 leaves room for connecting.
	need := 1.5 * a.Rate.highest(a.For) * a.Timeout.Seconds()
	return int(min(max(need, 1024), 16384))
}
