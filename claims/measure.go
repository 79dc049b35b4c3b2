package claims

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// measure is what the requests of a window are compared with: a claim, its
// bounds in this run, and the machine's noise (nil: unknown).
type measure struct {
	claim  Responds
	bounds []bound
	noise  *results.Calibration
}

// judge is the verdict on one window. Unsent requests are neither answered nor
// unanswered: if they could change the verdict, it is unproven.
func (m measure) judge(v results.Verdict, g group) results.Verdict {
	where := ""
	switch {
	case m.claim.Window > 0:
		where = fmt.Sprintf(" in the %v from %v", m.claim.Window, ms(g.from))
	case m.claim.Each != "":
		where = fmt.Sprintf(" from %v", ms(g.from))
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
			return because(v, results.Unproven, "%d of %d planned requests were never sent%s", unsent, g.planned, where)
		}
	}
	return v
}

func (m measure) decide(v results.Verdict, g group, where string) results.Verdict {
	v = held(v)
	lower := func(o results.Outcome, why string) {
		if o < v.Outcome {
			v = because(v, o, "%s", why)
		}
	}
	if m.claim.Share > 0 {
		lower(m.share(g, where))
	}
	for _, b := range m.bounds {
		lower(m.bound(g, b, where))
	}
	return v
}

// share judges the share that was answered.
func (m measure) share(g group, where string) (results.Outcome, string) {
	t := sample{g.sent - g.answered, g.sent, m.claim.Share}
	switch o := t.judge(m.claim.Least); o {
	case results.Broken:
		return o, fmt.Sprintf("%d of %d were not answered%s", t.missed, t.n, where)
	case results.Unproven:
		return o, t.tooFew(m.claim.Share.String(), "fail", where, m.claim.Least)
	}
	return results.Held, ""
}

// bound judges one percentile: held if it is within the lower end of the bound,
// broken if it exceeds the upper end.
func (m measure) bound(g group, b bound, where string) (results.Outcome, string) {
	got, least := quantile(g.waits, b.q), m.claim.Least
	near := sample{g.slower(b.wanted), g.sent, Share(b.q)}
	far := sample{g.slower(b.upTo), g.sent, Share(b.q)}
	keeps, exceeds := near.judge(least) == results.Held, far.judge(least) == results.Broken
	limit := b.wanted
	if exceeds {
		limit = b.upTo
	}
	floor := m.noise.Floor(b.q, min(got, limit))
	switch {
	case (keeps || exceeds) && withinNoise(got, limit, floor):
		return results.Unproven, fmt.Sprintf("%s: %s%s", b.name, inNoise(got, limit, floor, m.noise), where)
	case exceeds:
		is := " is "
		if got == never {
			is = ": "
		}
		return results.Broken, b.name + is + beside(got, fine, b.upTo) + where
	case keeps:
		return results.Held, ""
	case b.upTo > b.wanted && got > b.wanted:
		return results.Unproven, b.undecidedText(got, where)
	}
	return results.Unproven, near.tooFew(b.name, "take longer", where, least)
}

// measured formats the required figures.
func (m measure) measured(g group) string {
	var parts []string
	if m.claim.Share > 0 {
		t := sample{g.sent - g.answered, g.sent, m.claim.Share}
		parts = append(parts, fmt.Sprintf("%s%% of %d answered (95%% sure: at most %s%% fail)",
			digits(float64(100*g.answered)/float64(g.sent), 5, m.claim.Share.Percent()), g.sent, t.atMost()))
	}
	for _, b := range m.bounds {
		parts = append(parts, b.name+" "+beside(quantile(g.waits, b.q), fine, b.wanted, b.upTo))
	}
	return strings.Join(parts, ", ")
}

// wait formats a latency.
func wait(d time.Duration) string { return beside(d, fine) }
