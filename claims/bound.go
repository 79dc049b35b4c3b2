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

// Bound is the longest latency wanted: a time, written "50ms", or so many times
// that of the run's own baseline, written "2x baseline". The zero Bound wants
// nothing.
type Bound struct {
	Time  time.Duration // 0 where Times is set
	Times float64       // of the same percentile before the first fault; 0 where Time is set
}

// Within is a bound that is a time.
func Within(d time.Duration) Bound { return Bound{Time: d} }

// TimesBaseline is a bound of so many times the run's own baseline.
func TimesBaseline(x float64) Bound { return Bound{Times: x} }

// IsZero says whether nothing is wanted.
func (b Bound) IsZero() bool { return b == Bound{} }

const ofBaseline = "x baseline"

// String writes the bound as a file has it.
func (b Bound) String() string {
	if b.Times != 0 {
		return strconv.FormatFloat(b.Times, 'g', -1, 64) + ofBaseline
	}
	return b.Time.String()
}

// MarshalText writes the bound as String does.
func (b Bound) MarshalText() ([]byte, error) { return []byte(b.String()), nil }

// UnmarshalText reads "50ms" or "2x baseline". A bare number is refused: it
// could be of any unit.
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

// LeastBaseline is how many requests a baseline takes: at fewer, one request is
// over 1 % of it.
const LeastBaseline = 100

// bound is one percentile wanted. What is so many times the baseline is known only
// as well as the baseline: in this run it lies between two times, which are one
// where the bound is a time. Both are 0 where a relative one was not resolved.
type bound struct {
	name         string
	q            float64
	asked        Bound
	wanted, upTo time.Duration
	base         []time.Duration // the baseline, sorted
}

// wantedText is the bound for people, with what it comes to in this run.
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

// OfBaseline says whether a bound is stated by the run's own baseline.
func (c Responds) OfBaseline() bool {
	return slices.ContainsFunc(c.bounds(), func(b bound) bool { return b.asked.Times != 0 })
}

// resolve gives the bounds their times in this run: a relative one is measured
// by the same percentile of the same requests before the first fault. The text
// says why there is no baseline, if there is none.
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

// ends are so many times the lower and the upper end of the baseline's
// percentile, each 95 % sure. The maximum has no such interval: it is the longest
// that was seen, and both ends are that.
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

// undecidedText is why a percentile lies neither certainly within nor certainly beyond
// a relative bound, and how long a baseline could tell.
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

// baseline is how many requests with the same distribution as the baseline's
// would tell on which side of a time its percentile lies; 0: no number that matters.
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
