// A caller asks and either gets an answer in time or does not. An error that
// comes fast is no good answer, so it counts as slower than every answer.

package claims

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// never is the wait of a request that was not answered: longer than any bound.
const never = time.Duration(math.MaxInt64)

// Responds promises that a share of the requests is answered, and how soon. A
// percentile is the time within which that part of all requests that left was
// answered; requests that failed rank last.
type Responds struct {
	Operation string        `yaml:"operation,omitempty" json:"operation,omitempty"` // "" is every operation
	Phase     string        `yaml:"phase,omitempty" json:"phase,omitempty"`         // "all" (or ""), "baseline", "faulted", "healed"
	After     time.Duration `yaml:"after,omitempty" json:"after,omitempty"`         // how long after the first fault took effect the watch begins
	Share     Share         `yaml:"share,omitempty" json:"share,omitempty"`         // least share answered; 0: not asked
	P50       time.Duration `yaml:"p50,omitempty" json:"p50,omitempty"`             // longest wanted; 0: not asked
	P95       time.Duration `yaml:"p95,omitempty" json:"p95,omitempty"`
	P99       time.Duration `yaml:"p99,omitempty" json:"p99,omitempty"`
	Max       time.Duration `yaml:"max,omitempty" json:"max,omitempty"`
	Clock     string        `yaml:"clock,omitempty" json:"clock,omitempty"`   // "response" (or ""): from the intended instant; "service": from the sending
	Window    time.Duration `yaml:"window,omitempty" json:"window,omitempty"` // every window of this length must satisfy it; 0: the phase as a whole
	Least     int           `yaml:"least,omitempty" json:"least,omitempty"`   // fewest requests that prove it
}

// bound is one percentile wanted.
type bound struct {
	name   string
	q      float64
	wanted time.Duration
}

func (c Responds) bounds() []bound {
	all := []bound{{"p50", 0.50, c.P50}, {"p95", 0.95, c.P95}, {"p99", 0.99, c.P99}, {"max", 1, c.Max}}
	return slices.DeleteFunc(all, func(b bound) bool { return b.wanted == 0 })
}

func (c Responds) wanted() string {
	var parts []string
	if c.Share > 0 {
		parts = append(parts, "at least "+c.Share.String()+" answered")
	}
	for _, b := range c.bounds() {
		parts = append(parts, fmt.Sprintf("%s at most %v", b.name, b.wanted))
	}
	text := strings.Join(parts, ", ")
	if c.Window > 0 {
		text += fmt.Sprintf(" in every %v", c.Window)
	}
	return text
}

// String is the promise as a sentence.
func (c Responds) String() string {
	text := plural(c.Operation)
	if c.Phase != "" && c.Phase != "all" {
		text = c.Phase + " " + text
	}
	text += " respond: " + c.wanted()
	if c.After > 0 {
		text += fmt.Sprintf(", from %v after the fault", c.After)
	}
	return text
}

// Valid refuses unknown words and a promise of nothing.
func (c Responds) Valid() error {
	var errs []error
	if !slices.Contains([]string{"", "all", "baseline", "faulted", "healed"}, c.Phase) {
		errs = append(errs, fmt.Errorf("check responds: phase %q is none of all, baseline, faulted, healed", c.Phase))
	}
	if !slices.Contains([]string{"", "response", "service"}, c.Clock) {
		errs = append(errs, fmt.Errorf("check responds: clock %q is none of response, service", c.Clock))
	}
	if c.Share == 0 && len(c.bounds()) == 0 {
		errs = append(errs, errors.New("check responds: nothing is wanted: give share, p50, p95, p99 or max"))
	}
	if c.P50 < 0 || c.P95 < 0 || c.P99 < 0 || c.Max < 0 || c.After < 0 || c.Window < 0 || c.Least < 0 {
		errs = append(errs, errors.New("check responds: a setting is negative"))
	}
	if c.After > 0 && c.Phase == "baseline" {
		errs = append(errs, errors.New("check responds: nothing of the baseline is after a fault"))
	}
	return errors.Join(errs...)
}

// Needs the load proof, for an answer is one only within the timeout, and a
// fault where the phase or the watch hangs on one.
func (c Responds) Needs() Needs {
	return Needs{Load: true, Fault: c.After > 0 || c.Phase == "faulted" || c.Phase == "healed", Calm: c.Phase == "baseline"}
}

// Tightest is the shortest latency wanted; 0 where only a share is.
func (c Responds) Tightest() time.Duration {
	least := time.Duration(0)
	for _, b := range c.bounds() {
		if least == 0 || b.wanted < least {
			least = b.wanted
		}
	}
	return least
}

// Check judges every window and gives the worst of them.
func (c Responds) Check(r *results.Run) results.Verdict {
	v := results.Verdict{Name: "responds", Claim: c.String(), Wanted: c.wanted()}
	if err := c.Valid(); err != nil {
		return because(v, results.Unproven, "%v", err)
	}
	var from time.Duration
	if c.After > 0 {
		effect, seen := firstEffect(r.Faults)
		if !seen {
			return because(v, results.Unproven, "no fault was seen in effect")
		}
		from = effect + c.After
	}
	groups := c.groups(r, from)
	sent := 0
	for _, g := range groups {
		sent += g.sent
	}
	v.N = sent
	if sent == 0 {
		return because(v, results.Unproven, "no such request was sent")
	}
	worst := c.judge(v, groups[0])
	for _, g := range groups[1:] {
		if next := c.judge(v, g); next.Outcome < worst.Outcome {
			worst = next
		}
	}
	if worst.Outcome == results.Held {
		if need := c.least(); sent < need {
			return because(worst, results.Unproven, "only %d requests, wanted at least %d to prove it", sent, need)
		}
	}
	return worst
}

// least is how many requests prove a share: at least as many as it takes for
// one failure to be allowed.
func (c Responds) least() int {
	if c.Share > 0 && c.Share < 1 {
		return max(c.Least, int(math.Ceil(1/(1-float64(c.Share))-1e-6)))
	}
	return max(c.Least, 1)
}

// judge is the verdict on one window. Requests that never left are neither
// answered nor not: where they could turn the verdict it is unproven.
func (c Responds) judge(v results.Verdict, g group) results.Verdict {
	where := ""
	if c.Window > 0 {
		where = fmt.Sprintf(" in the %v from %v", c.Window, ms(g.from))
	}
	if g.sent == 0 {
		return because(v, results.Unproven, "no request was sent%s", where)
	}
	sorted(g.waits)
	v.Measured = c.measured(g)
	v = c.decide(v, g, where)
	if unsent := g.planned - g.sent; unsent > 0 && v.Outcome == results.Held {
		g.sent, g.waits = g.planned, append(slices.Clone(g.waits), slices.Repeat([]time.Duration{never}, unsent)...)
		if c.decide(v, g, where).Outcome != results.Held {
			return because(v, results.Unproven, "%d of %d planned requests never left%s", unsent, g.planned, where)
		}
	}
	return v
}

func (c Responds) decide(v results.Verdict, g group, where string) results.Verdict {
	v = held(v)
	lower := func(o results.Outcome, format string, a ...any) {
		if o < v.Outcome {
			v = because(v, o, format+"%s", append(a, where)...)
		}
	}
	for _, b := range c.bounds() {
		switch got := quantile(g.waits, b.q); {
		case tooFew(g.waits, b):
			lower(results.Unproven, "%d requests are too few for %s, which takes %d", g.sent, b.name, enough(b.q))
		case got > b.wanted:
			lower(results.Broken, "%s is %s", b.name, wait(got))
		}
	}
	if share(g.answered, g.sent) < c.Share {
		_, high := wilson(g.answered, g.sent)
		if c.Window == 0 && g.sent < c.least() && high >= float64(c.Share) {
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
func (c Responds) measured(g group) string {
	var parts []string
	if c.Share > 0 {
		text := fmt.Sprintf("%.5g%% of %d answered", 100*float64(share(g.answered, g.sent)), g.sent)
		if g.answered == g.sent {
			text += fmt.Sprintf(" (95%% sure: at most %.2g%% fail)", 100*noneOf(g.sent))
		} else {
			low, high := wilson(g.answered, g.sent)
			text += fmt.Sprintf(" (95%% sure: %.4g%% to %.4g%%)", 100*low, 100*high)
		}
		parts = append(parts, text)
	}
	for _, b := range c.bounds() {
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

// Violation is a run in which nothing is answered.
func (c Responds) Violation() *results.Run {
	long := max(6*time.Second, 6*c.After, 6*c.Window)
	r := specimen(c.Operation, 6000, long)
	fail(r, 0, long)
	return r
}
