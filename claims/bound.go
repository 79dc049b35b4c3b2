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
		return fmt.Errorf("read bound %q: write a time with its unit, as in 50ms, or so many times the baseline, as in 2x baseline", text)
	}
	*b = Within(d)
	return nil
}

// LeastBaseline is how many requests a baseline takes: at fewer, one request is
// over 1 % of it.
const LeastBaseline = 100

// bound is one percentile wanted.
type bound struct {
	name   string
	q      float64
	asked  Bound
	wanted time.Duration // in this run; 0 for a relative one that was not resolved
}

// words is the bound for people, with what it comes to in this run.
func (b bound) words() string {
	if b.asked.Times != 0 && b.wanted > 0 {
		return fmt.Sprintf("%s at most %v (%s)", b.name, b.asked, wait(b.wanted))
	}
	return fmt.Sprintf("%s at most %v", b.name, b.asked)
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
		return bs, "no fault was played, so nothing lies before one to be the baseline"
	}
	before := Responds{Operation: c.Operation, Clock: c.Clock, Phase: "baseline"}.groups(r, 0)[0]
	if before.sent < LeastBaseline {
		return bs, fmt.Sprintf("only %d requests were sent before the first fault, wanted at least %d for a baseline", before.sent, LeastBaseline)
	}
	sorted(before.waits)
	for i, b := range bs {
		if b.asked.Times == 0 {
			continue
		}
		base := quantile(before.waits, b.q)
		if base == never {
			return bs, fmt.Sprintf("the baseline has no %s: %d of %d were not answered", b.name, before.sent-before.answered, before.sent)
		}
		bs[i].wanted = time.Duration(min(b.asked.Times*float64(base), float64(never/2)))
	}
	return bs, ""
}
