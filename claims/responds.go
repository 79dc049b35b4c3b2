// A caller gets an answer in time or does not. A fast error is not a success,
// so a failed request counts as slower than every answer.

package claims

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// never is the wait of a request that was not answered: longer than any bound.
// anyAnswer is the bound that every answer meets.
const (
	never     = time.Duration(math.MaxInt64)
	anyAnswer = never - 1
)

// Responds promises that a share of the requests is answered, and how fast. A
// percentile is the time within which that fraction of all sent requests was
// answered; failed requests rank last.
type Responds struct {
	Operation string        `yaml:"operation,omitempty" json:"operation,omitempty"` // "" is every operation
	Phase     string        `yaml:"phase,omitempty" json:"phase,omitempty"`         // "all" (or ""), "baseline", "faulted", "healed"
	After     time.Duration `yaml:"after,omitempty" json:"after,omitempty"`         // how long after the first fault took effect the observation begins
	Share     Share         `yaml:"share,omitempty" json:"share,omitempty"`         // least share answered; 0: not required
	P50       Bound         `yaml:"p50,omitempty" json:"p50,omitzero"`              // upper limit, "50ms" or "2x baseline"; zero: not required
	P95       Bound         `yaml:"p95,omitempty" json:"p95,omitzero"`
	P99       Bound         `yaml:"p99,omitempty" json:"p99,omitzero"`
	Max       Bound         `yaml:"max,omitempty" json:"max,omitzero"`
	Clock     string        `yaml:"clock,omitempty" json:"clock,omitempty"`   // "response" (or ""): from the scheduled send time; "service": from the sending
	Window    time.Duration `yaml:"window,omitempty" json:"window,omitempty"` // every window of this length must meet it; 0: the phase as a whole
	Each      string        `yaml:"each,omitempty" json:"each,omitempty"`     // "fault": the window of every fault must meet it separately; "": the whole phase together
	Least     int           `yaml:"least,omitempty" json:"least,omitempty"`   // this many requests are enough, and only their count is compared; 0: as many as 95 % confidence requires
}

// bounds are the required percentiles; a relative one has no time yet.
func (c Responds) bounds() []bound {
	at := func(name string, q float64, b Bound) bound {
		return bound{name: name, q: q, asked: b, wanted: b.Time, upTo: b.Time}
	}
	all := []bound{at("p50", 0.50, c.P50), at("p95", 0.95, c.P95), at("p99", 0.99, c.P99), at("max", 1, c.Max)}
	return slices.DeleteFunc(all, func(b bound) bool { return b.asked.IsZero() })
}

func (c Responds) wanted(bs []bound) string {
	var parts []string
	if c.Share > 0 {
		parts = append(parts, "at least "+c.Share.String()+" answered")
	}
	for _, b := range bs {
		parts = append(parts, b.wantedText())
	}
	text := strings.Join(parts, ", ")
	if c.Each != "" {
		text += " for each fault"
	}
	if c.Window > 0 {
		text += fmt.Sprintf(" in every %v", c.Window)
	}
	if c.Least > 0 {
		text += fmt.Sprintf(", of %d or more", c.Least)
	}
	return text
}

// String is the promise as a sentence.
func (c Responds) String() string {
	text := plural(c.Operation)
	if c.Phase != "" && c.Phase != "all" {
		text = c.Phase + " " + text
	}
	text += " respond: " + c.wanted(c.bounds())
	if c.After > 0 {
		text += fmt.Sprintf(", from %v after the fault", c.After)
	}
	return text
}

// Valid refuses unknown words, and a claim that requires nothing.
func (c Responds) Valid() error {
	var errs []error
	if !slices.Contains([]string{"", "all", "baseline", "faulted", "healed"}, c.Phase) {
		errs = append(errs, fmt.Errorf("check responds: phase %q is unknown: use all, baseline, faulted or healed", c.Phase))
	}
	if !slices.Contains([]string{"", "response", "service"}, c.Clock) {
		errs = append(errs, fmt.Errorf("check responds: clock %q is unknown: use response or service", c.Clock))
	}
	if c.Share == 0 && len(c.bounds()) == 0 {
		errs = append(errs, errors.New("check responds: it requires nothing: give share, p50, p95, p99 or max"))
	}
	negative := func(b bound) bool { return b.asked.Time < 0 || b.asked.Times < 0 }
	if slices.ContainsFunc(c.bounds(), negative) || c.After < 0 || c.Window < 0 || c.Least < 0 {
		errs = append(errs, errors.New("check responds: a setting is negative"))
	}
	if c.Window > 0 && c.Window < leastWindow {
		errs = append(errs, fmt.Errorf("check responds: window %v: must be at least %v", c.Window, leastWindow))
	}
	if c.Phase == "baseline" && c.OfBaseline() {
		errs = append(errs, errors.New("check responds: the baseline cannot be compared with itself: remove phase: baseline, or give a time"))
	}
	if !slices.Contains([]string{"", "fault"}, c.Each) {
		errs = append(errs, fmt.Errorf("check responds: each %q is unknown: write each: fault, or remove it", c.Each))
	}
	if c.Each != "" && (c.Phase != "faulted" && c.Phase != "healed" || c.Phase == "healed" && c.After > 0) {
		errs = append(errs, errors.New("check responds: each: fault goes with phase: faulted, or with phase: healed without after"))
	}
	if c.After > 0 && c.Phase == "baseline" {
		errs = append(errs, errors.New("check responds: after does not go with phase: baseline, which ends at the first fault"))
	}
	return errors.Join(errs...)
}

// Needs the load proof, because an answer must come within the timeout, and a
// fault if the phase, the observation or the baseline depends on one.
func (c Responds) Needs() Needs {
	return Needs{Load: true, Fault: c.After > 0 || c.Phase == "faulted" || c.Phase == "healed" || c.OfBaseline(), Calm: c.Phase == "baseline"}
}

// Tightest is the shortest latency required; 0 if only a share is.
func (c Responds) Tightest() time.Duration {
	least := time.Duration(0)
	for _, b := range c.bounds() {
		wanted := b.wanted
		if wanted == 0 {
			wanted = compared
		}
		if least == 0 || wanted < least {
			least = wanted
		}
	}
	return least
}

// Check judges every window and gives the worst of them.
func (c Responds) Check(r *results.Run) results.Verdict {
	v := results.Verdict{Name: "responds", Claim: c.String(), Wanted: c.wanted(c.bounds())}
	if err := c.Valid(); err != nil {
		return because(v, results.Unproven, "%v", err)
	}
	r = c.withoutUndecided(r)
	bs, why := c.resolve(r)
	if why != "" {
		return because(v, results.Unproven, "%s", why)
	}
	v.Wanted = c.wanted(bs)
	spans, why := c.spans(r)
	if why != "" {
		return because(v, results.Unproven, "%s", why)
	}
	groups := c.groups(r, spans)
	for _, g := range groups {
		v.N += g.sent
	}
	if v.N == 0 {
		return because(v, results.Unproven, "no such request was sent")
	}
	m := measure{c, bs, r.Where.Calibration}
	worst := m.judge(v, groups[0])
	for _, g := range groups[1:] {
		if next := m.judge(v, g); next.Outcome < worst.Outcome {
			worst = next
		}
	}
	return worst
}

// Violation is a run in which nothing is answered, except in the baseline if
// the bounds are relative to it.
func (c Responds) Violation() *results.Run {
	long := max(6*time.Second, 6*c.After, 6*c.Window)
	r := specimen(c.Operation, 6000, long)
	from := time.Duration(0)
	if c.OfBaseline() {
		from = r.Faults[0].Asked
	}
	fail(r, from, long)
	return r
}
