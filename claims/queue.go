// A shop confirms an order and puts it into a queue, from which it is processed
// later. An order can be lost, processed twice, or processed in the wrong
// order.

package claims

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// What a queue may promise, each independently.
const (
	atLeastOnce = "at-least-once" // what was confirmed is processed
	atMostOnce  = "at-most-once"  // nothing is processed twice
	inOrder     = "in-order"      // per key: what was confirmed before another was sent is processed before it
	nothingElse = "nothing-else"  // nothing is processed that was not sent
)

// Queue promises that what was confirmed is processed. Confirmed are the
// answered requests of one operation; processed is what the primary of the
// final audit holds under a name, in its order. An unanswered request may have
// been accepted: if it is processed it counts as "recovered", which is reported
// and breaks nothing.
type Queue struct {
	Confirmed    string `yaml:"confirmed,omitempty" json:"confirmed,omitempty"` // the operation that adds to the queue; "": "post"
	Processed    string `yaml:"processed,omitempty" json:"processed,omitempty"` // the name in the final audit of what was processed; "": that of confirmed
	Promise      string `yaml:"promise,omitempty" json:"promise,omitempty"`     // "at-least-once", "at-most-once", "in-order", "nothing-else"; "": all four
	AtRisk       int    `yaml:"at-risk,omitempty" json:"at-risk,omitempty"`     // for at-least-once and at-most-once: least number confirmed in the 3 s before a fault; 0: 100
	LeastSamples int    `yaml:"least,omitempty" json:"least,omitempty"`         // for in-order: least number processed after another of their key; 0: 100
}

func (c Queue) names() (confirmed, processed string) {
	confirmed, processed = c.Confirmed, c.Processed
	if confirmed == "" {
		confirmed = "post"
	}
	if processed == "" {
		processed = confirmed
	}
	return confirmed, processed
}

// promises reports whether a promise is part of the claim.
func (c Queue) promises(what string) bool { return c.Promise == "" || c.Promise == what }

// String is the promise as a sentence.
func (c Queue) String() string {
	op, _ := c.names()
	switch c.Promise {
	case atLeastOnce:
		return "every confirmed " + op + " is processed"
	case atMostOnce:
		return "no " + op + " is processed twice"
	case inOrder:
		return plural(op) + " of a key are processed in their order"
	case nothingElse:
		return "only " + plural(op) + " are processed"
	}
	return "every confirmed " + op + " is processed once and in order, and nothing else"
}

// Valid refuses unknown promises and negative numbers.
func (c Queue) Valid() error {
	var errs []error
	if all := []string{atLeastOnce, atMostOnce, inOrder, nothingElse}; c.Promise != "" && !slices.Contains(all, c.Promise) {
		errs = append(errs, fmt.Errorf("check queue: promise %q is unknown: use one of %s", c.Promise, strings.Join(all, ", ")))
	}
	if c.AtRisk < 0 || c.LeastSamples < 0 {
		errs = append(errs, errors.New("check queue: a setting is negative"))
	}
	return errors.Join(errs...)
}

// Needs a fault if only a fault could have lost or repeated something. What is
// lost or duplicated stays so.
func (c Queue) Needs() Needs {
	return Needs{Fault: c.promises(atLeastOnce) || c.promises(atMostOnce), Solid: true}
}

// Check compares what was confirmed with what was processed.
func (c Queue) Check(r *results.Run) results.Verdict { return c.check(newIndex(r)) }

func (c Queue) check(x *index) results.Verdict {
	v := results.Verdict{Name: "queue", Claim: c.String(), Wanted: c.wanted()}
	if err := c.Valid(); err != nil {
		return because(v, results.Unproven, "%v", err)
	}
	confirmed, processed := c.names()
	kept := x.holding(confirmed, processed)
	if kept.why != "" {
		return because(v, results.Unproven, "%s", kept.why)
	}
	f := flow{count: tally(x, confirmed, kept), processed: len(kept.order)}
	f.disarray = x.outOfOrder(kept.order, func(i int32) uint64 { return uint64(x.key(i)) })
	for i, n := range kept.copies {
		if n > 1 {
			if f.duplicated == 0 {
				f.twice = x.at(int32(i)).Value
			}
			f.duplicated += int(n) - 1
		}
	}
	v.Measured = f.String()
	v.N = map[string]int{"": f.acknowledged, atLeastOnce: f.acknowledged, inOrder: f.judged}[c.Promise]
	if c.Promise == atMostOnce || c.Promise == nothingElse {
		v.N = f.processed
	}
	return c.judge(x, v, f)
}

func (c Queue) wanted() string {
	var parts []string
	for _, p := range []struct{ promise, text string }{
		{atLeastOnce, "0 lost"}, {atMostOnce, "0 duplicated"}, {inOrder, "0 reordered"}, {nothingElse, "0 unexpected"},
	} {
		if c.promises(p.promise) {
			parts = append(parts, p.text)
		}
	}
	return strings.Join(parts, ", ")
}

// flow summarizes what happened to what was put into a queue.
type flow struct {
	count
	disarray
	processed, duplicated int
	twice                 string // a value that was processed twice
}

// String formats all figures, independent of the promise.
func (f flow) String() string {
	return fmt.Sprintf("%d lost, %d duplicated, %d reordered, %d unexpected of %d confirmed and %d processed, %d at risk, %d recovered",
		f.lost, f.duplicated, f.disarray.n, f.unexpected, f.acknowledged, f.processed, f.atRisk, f.recovered)
}

// judge looks for violations of the promises, then for missing evidence.
func (c Queue) judge(x *index, v results.Verdict, f flow) results.Verdict {
	op, _ := c.names()
	risk, least := c.AtRisk, c.LeastSamples
	if risk == 0 {
		risk = LeastAtRisk
	}
	if least == 0 {
		least = leastReads
	}
	switch risky := c.promises(atLeastOnce) || c.promises(atMostOnce); {
	case c.promises(atLeastOnce) && f.lost > 0:
		return because(v, results.Broken, "confirmed but never processed, the first of them %s", f.count.first)
	case c.promises(atMostOnce) && f.duplicated > 0:
		return because(v, results.Broken, "processed more than once, the first of them %s", f.twice)
	case c.promises(inOrder) && f.disarray.n > 0:
		return because(v, results.Broken, "%s was processed before %s, which had been confirmed before it was sent", x.at(f.early).Value, x.at(f.behind).Value)
	case c.promises(nothingElse) && f.unexpected > 0 && complete(x.run):
		return because(v, results.Broken, "%s was processed, which this run never sent", f.stranger)
	case c.promises(nothingElse) && f.unexpected > 0:
		return because(v, results.Unproven, "%s was processed, but the record of requests is incomplete", f.stranger)
	case f.acknowledged == 0:
		return because(v, results.Unproven, "no %s was confirmed", op)
	case f.processed == 0:
		return because(v, results.Unproven, "nothing was processed")
	case risky && f.atRisk < risk:
		return because(v, results.Unproven, "only %d confirmed were at risk at the fault; at least %d are required", f.atRisk, risk)
	case c.promises(inOrder) && f.judged < least:
		return because(v, results.Unproven, "only %d were processed after another of their key; at least %d are required", f.judged, least)
	}
	return held(v)
}

// Violation is a run whose queue loses the first item, repeats the rest in
// reverse order, and processes an item that was never sent.
func (c Queue) Violation() *results.Run {
	confirmed, processed := c.names()
	r := specimen(confirmed, 300, 3*time.Second)
	out := []string{"nobody-0"}
	for _, q := range slices.Backward(r.Requests[1:]) {
		out = append(out, q.Value, q.Value)
	}
	r.Final = &results.Audit{Stable: true, Stores: []results.Store{
		{Node: "a", Role: "primary", Values: map[string][]string{processed: out}},
	}}
	return r
}
