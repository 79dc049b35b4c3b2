package claims

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// measure is what the requests of a window are held against: a claim, its
// bounds in this run, and what the machine's own noise is (nil: not known).
type measure struct {
	claim  Responds
	bounds []bound
	noise  *results.Calibration
}

// judge is the verdict on one window. Requests that never left are neither
// answered nor not: where they could turn the verdict it is unproven.
func (m measure) judge(v results.Verdict, g group) results.Verdict {
	where := ""
	if m.claim.Window > 0 {
		where = fmt.Sprintf(" in the %v from %v", m.claim.Window, ms(g.from))
	}
	if g.sent == 0 {
		return because(v, results.Unproven, "no request was sent%s", where)
	}
	sorted(g.waits)
	v.Measured = m.measured(g)
	v = m.decide(v, g, where)
	if unsent := g.planned - g.sent; unsent > 0 && v.Outcome == results.Held {
		g.sent, g.waits = g.planned, append(slices.Clone(g.waits), slices.Repeat([]time.Duration{never}, unsent)...)
		if m.decide(v, g, where).Outcome != results.Held {
			return because(v, results.Unproven, "%d of %d planned requests never left%s", unsent, g.planned, where)
		}
	}
	return v
}

func (m measure) decide(v results.Verdict, g group, where string) results.Verdict {
	v = held(v)
	lower := func(o results.Outcome, format string, a ...any) {
		if o < v.Outcome {
			v = because(v, o, format+"%s", append(a, where)...)
		}
	}
	for _, b := range m.bounds {
		got := quantile(g.waits, b.q)
		floor := m.noise.Floor(b.q, min(got, b.wanted))
		switch {
		case tooFew(g.waits, b):
			lower(results.Unproven, "%d requests are too few for %s, which takes %d", g.sent, b.name, enough(b.q))
		case within(got, b.wanted, floor):
			lower(results.Unproven, "%s: %s", b.name, inNoise(got, b.wanted, floor, m.noise))
		case got > b.wanted:
			lower(results.Broken, "%s is %s", b.name, wait(got))
		}
	}
	if share(g.answered, g.sent) < m.claim.Share {
		_, high := wilson(g.answered, g.sent)
		if m.claim.Window == 0 && g.sent < m.claim.least() && high >= float64(m.claim.Share) {
			lower(results.Unproven, "%d requests are too few to tell", g.sent)
		} else {
			lower(results.Broken, "%d of %d were not answered", g.sent-g.answered, g.sent)
		}
	}
	return v
}

// tooFew says whether sorted samples cannot tell on which side of its bound a
// percentile lies: there are not ten beyond it, and the part that was slower is
// not certainly (95 %) more or less than it may be.
func tooFew(waits []time.Duration, b bound) bool {
	if b.q == 1 || len(waits) >= enough(b.q) {
		return false
	}
	within := sort.Search(len(waits), func(i int) bool { return waits[i] > b.wanted })
	low, high := wilson(len(waits)-within, len(waits))
	return low <= 1-b.q && high > 1-b.q
}

func share(k, n int) Share { return Share(float64(k) / float64(n)) }

// measured names the figures that were asked for.
func (m measure) measured(g group) string {
	var parts []string
	if m.claim.Share > 0 {
		text := fmt.Sprintf("%.5g%% of %d answered", 100*float64(share(g.answered, g.sent)), g.sent)
		if g.answered == g.sent {
			text += fmt.Sprintf(" (95%% sure: at most %.2g%% fail)", 100*noneOf(g.sent))
		} else {
			low, high := wilson(g.answered, g.sent)
			text += fmt.Sprintf(" (95%% sure: %.4g%% to %.4g%%)", 100*low, 100*high)
		}
		parts = append(parts, text)
	}
	for _, b := range m.bounds {
		parts = append(parts, b.name+" "+wait(quantile(g.waits, b.q)))
	}
	return strings.Join(parts, ", ")
}

// wait writes how long an answer took.
func wait(d time.Duration) string {
	if d == never {
		return "never"
	}
	return d.Round(10 * time.Microsecond).String()
}
