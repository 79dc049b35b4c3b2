// While a system is frozen for six seconds, every request waits. A clock that
// starts only when a request is sent does not measure the full wait.

package claims

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// closeEnough is the tolerance for a percentile if the claim sets none
// (docs/CATALOGUE.md, row 1.10).
const closeEnough = 200 * time.Millisecond

// HonestClock promises that a clock measures the wait that a freeze caused.
// Requests that arrive evenly during a freeze of length F wait from F down to
// 0. So in a run of length T with freezes F1, F2, ... the fraction that waits
// longer than x is (max(0, F1-x) + max(0, F2-x) + ...) / T, and the quantile q
// is the x at which that is 1 - q: for one freeze, F - T(1-q) (coordinated
// omission, after Tene). A clock that starts when a request is sent breaks the
// claim.
type HonestClock struct {
	Operation string        `yaml:"operation,omitempty" json:"operation,omitempty"` // "" is every operation
	Clock     string        `yaml:"clock,omitempty" json:"clock,omitempty"`         // "response" (or ""): from the scheduled send time; "service": from the sending
	Within    time.Duration `yaml:"within,omitempty" json:"within,omitempty"`       // tolerance for a percentile; 0: 200 ms
	Quantiles []float64     `yaml:"quantiles,omitempty" json:"quantiles,omitempty"` // in percent; none: 99 and 95
}

func (c HonestClock) clock() string {
	if c.Clock == "" {
		return "response"
	}
	return c.Clock
}

func (c HonestClock) within() time.Duration {
	if c.Within == 0 {
		return closeEnough
	}
	return c.Within
}

func (c HonestClock) quantiles() []float64 {
	if len(c.Quantiles) == 0 {
		return []float64{99, 95}
	}
	return c.Quantiles
}

// String is the promise as a sentence.
func (c HonestClock) String() string {
	return fmt.Sprintf("the %s clock measures a freeze correctly, within %v", c.clock(), c.within())
}

// Valid refuses unknown clocks and invalid percentiles.
func (c HonestClock) Valid() error {
	var errs []error
	if c.clock() != "response" && c.clock() != "service" {
		errs = append(errs, fmt.Errorf("check honest-clock: clock %q is unknown: use response or service", c.Clock))
	}
	if c.Within < 0 {
		errs = append(errs, errors.New("check honest-clock: within is negative"))
	}
	for _, q := range c.Quantiles {
		if !(q > 0 && q < 100) {
			errs = append(errs, fmt.Errorf("check honest-clock: quantile %v is not between 0 and 100", q))
		} else if q > highestPercent {
			errs = append(errs, fmt.Errorf("check honest-clock: quantiles: %v must be at most %v, which takes 100000 requests to measure", q, highestPercent))
		}
	}
	return errors.Join(errs...)
}

// Needs the fault proof. It does not need the load proof: the clock must be
// right even if the generator is late.
func (HonestClock) Needs() Needs { return Needs{Fault: true} }

// Check compares the percentiles with those that the freezes must cause.
func (c HonestClock) Check(r *results.Run) results.Verdict {
	v := results.Verdict{Name: "honest-clock", Claim: c.String()}
	if err := c.Valid(); err != nil {
		return because(v, results.Unproven, "%v", err)
	}
	freezes := frozen(r.Faults)
	if len(freezes) == 0 {
		return because(v, results.Unproven, "no freeze was seen from its start to its end")
	}
	var response, service []time.Duration
	unsent := 0
	for _, q := range r.Requests {
		switch {
		case !of(c.Operation, q):
		case q.Fate == results.Unsent:
			unsent++
		default:
			response, service = append(response, q.Response()), append(service, q.Service())
		}
	}
	v.N = len(response)
	sorted(response)
	sorted(service)
	if v.N == 0 || unsent > 0 {
		return because(v, results.Unproven, "%d requests were sent, %d were not", v.N, unsent)
	}
	chosen := map[string][]time.Duration{"response": response, "service": service}[c.clock()]
	v = held(v)
	var wanted, measured, off []string
	for _, percent := range c.quantiles() {
		q := percent / 100
		want := ms(waited(freezes, time.Duration(float64(r.Load.For)*(1-q)))) // compared as printed
		if want <= 0 || v.N < enough(q) {
			return because(v, results.Unproven, "p%g does not show %s in %v with %d requests", percent, freezesOf(freezes), r.Load.For, v.N)
		}
		got := quantile(chosen, q)
		format := func(d time.Duration) string { return beside(d, coarse, want-c.within(), want+c.within()) }
		wanted = append(wanted, fmt.Sprintf("p%g %v ± %v", percent, want, c.within()))
		measured = append(measured, fmt.Sprintf("p%g response %v service %v", percent, format(quantile(response, q)), format(quantile(service, q))))
		if miss := got - want; miss.Abs() > c.within() {
			off = append(off, fmt.Sprintf("p%g of the %s clock is %v, %v off", percent, c.clock(), format(got), beside(miss, coarse, c.within(), -c.within())))
		}
	}
	v.Wanted, v.Measured = strings.Join(wanted, ", "), strings.Join(measured, ", ")
	if len(off) > 0 {
		return because(v, results.Broken, "%s", strings.Join(off, ", "))
	}
	return v
}

// frozen is the length of each freeze, longest first: from a fault's effect to
// its end, with overlapping and adjacent ones merged. It is empty if the start
// or the end of a fault was not seen.
func frozen(faults []results.Fault) (all []time.Duration) {
	faults = slices.SortedFunc(slices.Values(faults), func(a, b results.Fault) int { return cmp.Compare(a.Effect, b.Effect) })
	end := -never
	for _, f := range faults {
		if !f.InEffect() || f.Ended <= f.Effect {
			return nil
		}
		if f.Effect > end {
			all, end = append(all, 0), f.Effect
		}
		if f.Ended > end {
			all[len(all)-1], end = all[len(all)-1]+f.Ended-end, f.Ended
		}
	}
	slices.SortFunc(all, func(a, b time.Duration) int { return cmp.Compare(b, a) })
	return all
}

// waited is the wait that is exceeded for the time long in total over the
// freezes: the x of max(0, F1-x) + max(0, F2-x) + ... = long. The freezes are
// sorted, longest first. It is 0 or less if the freezes are too short.
func waited(freezes []time.Duration, long time.Duration) time.Duration {
	sum := time.Duration(0)
	for k, f := range freezes {
		sum += f
		x := (sum - long) / time.Duration(k+1)
		if k+1 == len(freezes) || x >= freezes[k+1] {
			return x
		}
	}
	return 0
}

// freezesOf names the freezes: "a freeze of 6s", "2 freezes of 6s, 4s".
func freezesOf(freezes []time.Duration) string {
	if len(freezes) == 1 {
		return fmt.Sprintf("a freeze of %v", ms(freezes[0]))
	}
	var each []string
	for _, f := range freezes {
		each = append(each, ms(f).String())
	}
	return fmt.Sprintf("%d freezes of %s", len(freezes), strings.Join(each, ", "))
}

// Violation is a run with a freeze that neither clock measures.
func (c HonestClock) Violation() *results.Run {
	n := 100
	for _, q := range c.quantiles() {
		n = max(n, enough(q/100))
	}
	r := specimen(c.Operation, n, max(100*time.Second, 100*c.within()))
	r.Faults[0].Ended = r.Faults[0].Effect + r.Load.For*999/1000 // so that every quantile must show it
	return r
}
