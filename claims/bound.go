package claims

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// Bound is a required upper limit of a latency: a time, written "50ms", or a
// multiple of the run's own baseline, written "2x baseline". The zero Bound
// requires nothing.
type Bound struct {
	Time  time.Duration // 0 where Times is set
	Times float64       // multiple of the same percentile before the first fault; 0 where Time is set
}

// Within returns a bound that is a time.
func Within(d time.Duration) Bound { return Bound{Time: d} }

// TimesBaseline returns a bound that is x times the run's own baseline.
func TimesBaseline(x float64) Bound { return Bound{Times: x} }

// IsZero reports whether the bound requires nothing.
func (b Bound) IsZero() bool { return b == Bound{} }

const ofBaseline = "x baseline"

// String formats the bound as in a scenario file.
func (b Bound) String() string {
	if b.Times != 0 {
		return strconv.FormatFloat(b.Times, 'g', -1, 64) + ofBaseline
	}
	return b.Time.String()
}

// MarshalText formats the bound as String does.
func (b Bound) MarshalText() ([]byte, error) { return []byte(b.String()), nil }

// UnmarshalText reads "50ms" or "2x baseline". A number without a unit is an
// error.
func (b *Bound) UnmarshalText(text []byte) error {
	word := strings.TrimSpace(string(text))
	if number, ok := strings.CutSuffix(word, ofBaseline); ok {
		x, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
		if err != nil || !(x > 0) || math.IsInf(x, 0) {
			return fmt.Errorf("read bound %q: write a number above 0 before %q, as in 2x baseline", text, ofBaseline)
		}
		*b = TimesBaseline(x)
		return nil
	}
	d, err := time.ParseDuration(word)
	if err != nil || word == "0" {
		return fmt.Errorf("read bound %q: write a time with its unit, as in 50ms, or a multiple of the baseline, as in 2x baseline", text)
	}
	*b = Within(d)
	return nil
}

// LeastBaseline is the least number of requests of a baseline: with fewer, one
// request is more than 1 % of it.
const LeastBaseline = 100

// bound is one required percentile. A relative bound is only as precise as the
// baseline: in this run it lies between wanted and upTo, which are equal if the
// bound is a time. Both are 0 for a relative bound that is not resolved.
type bound struct {
	name         string
	q            float64
	asked        Bound
	wanted, upTo time.Duration
	base         []time.Duration // the baseline, sorted
}

// wantedText is the bound for people, with its value in this run.
func (b bound) wantedText() string {
	text := fmt.Sprintf("%s at most %v", b.name, b.asked)
	switch {
	case b.asked.Times == 0 || b.wanted == 0 && b.upTo == 0:
		return text
	case b.upTo == b.wanted:
		return text + fmt.Sprintf(" (%v)", b.wanted)
	case b.upTo == anyAnswer:
		return text + fmt.Sprintf(" (%v or more)", b.wanted)
	}
	return text + fmt.Sprintf(" (%v to %v)", b.wanted, b.upTo)
}

// OfBaseline reports whether any bound is relative to the run's own baseline.
func (c Responds) OfBaseline() bool {
	return slices.ContainsFunc(c.bounds(), func(b bound) bool { return b.asked.Times != 0 })
}

// resolve sets the bounds' times in this run. A relative bound is measured by
// the same percentile of the same requests before the first fault. The text
// says why there is no baseline; "" if there is one.
func (c Responds) resolve(r *results.Run) (bs []bound, why string) {
	bs = c.bounds()
	if !c.OfBaseline() {
		return bs, ""
	}
	if len(r.Faults) == 0 {
		return bs, "no fault was injected, so the run has no baseline"
	}
	before := Responds{Operation: c.Operation, Clock: c.Clock}.groups(r, r.Spans("baseline"))[0]
	if before.sent < LeastBaseline {
		return bs, fmt.Sprintf("only %d requests were sent before the first fault; at least %d are required for a baseline", before.sent, LeastBaseline)
	}
	sorted(before.waits)
	for i, b := range bs {
		if b.asked.Times == 0 {
			continue
		}
		if quantile(before.waits, b.q) == never {
			return bs, fmt.Sprintf("the baseline has no %s: %d of %d were not answered", b.name, before.sent-before.answered, before.sent)
		}
		bs[i].base = before.waits
		bs[i].wanted, bs[i].upTo = b.ends(before.waits)
	}
	return bs, ""
}

// ends returns the multiples of the lower and the upper confidence limit of the
// baseline's percentile, each with 95 % confidence. The maximum has no such
// interval: both ends are the multiple of the longest observed.
func (b bound) ends(base []time.Duration) (low, high time.Duration) {
	lower, upper := len(base), len(base)
	if b.q < 1 {
		lower, upper = results.QuantileRanks(len(base), b.q)
	}
	at := func(rank int) time.Duration {
		switch {
		case rank < 1:
			return 0
		case rank > len(base) || base[rank-1] == never:
			return anyAnswer
		}
		return time.Duration(min(b.asked.Times*float64(base[rank-1]), float64(never/2)))
	}
	return at(lower), at(upper)
}

// undecidedText says why a percentile is neither certainly within nor certainly
// beyond a relative bound, and how long a baseline would decide it.
func (b bound) undecidedText(got time.Duration, where string) string {
	text := fmt.Sprintf("%s%s is %s, but the baseline is too imprecise to decide: the limit lies %s", b.name, where, beside(got, fine, b.wanted, b.upTo), b.between())
	if n := b.baseline(float64(got) / b.asked.Times); n > 0 {
		return text + fmt.Sprintf("; to do: send about %d requests before the first fault, instead of %d", n, len(b.base))
	}
	return text + "; it is too close to the limit for a longer baseline to decide"
}

func (b bound) between() string {
	if b.upTo == anyAnswer {
		return fmt.Sprintf("at %v or above", b.wanted)
	}
	return fmt.Sprintf("between %v and %v", b.wanted, b.upTo)
}

// baseline is how many requests, distributed as the baseline's, would show on
// which side of a time its percentile lies; 0 if more than can be sent.
func (b bound) baseline(side float64) int {
	below := 0
	for _, w := range b.base {
		if float64(w) < side {
			below++
		}
	}
	part := float64(below) / float64(len(b.base))
	if Share(b.q).Met(below, len(b.base)) { // the percentile is shorter
		return search(func(n int) bool { return results.BinomialAtMost(int(part*float64(n))-1, n, b.q) >= results.Sure })
	}
	return search(func(n int) bool {
		return results.BinomialAtMost(int(math.Ceil(part*float64(n))), n, b.q) <= 1-results.Sure
	})
}
