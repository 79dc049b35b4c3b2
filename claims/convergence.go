// Replicas diverge while they cannot communicate. Afterwards they must hold the
// same values again.

package claims

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// Convergence promises that in the end all stores hold the same values of each
// operation, each equally often, in any order, and show users the same value of
// every key.
//
// The final audit reads the stores until nothing changes. So only an upper
// limit of the time to converge is known: from the last disturbance (the end of
// the last request that changes the stores, or of the last fault) to that
// reading. Stores that agree by then took at most that long; stores that differ
// had that long.
type Convergence struct {
	Operation string        `yaml:"operation,omitempty" json:"operation,omitempty"` // "" is every operation that a store keeps
	Within    time.Duration `yaml:"within,omitempty" json:"within,omitempty"`       // from the last disturbance; 0: by the final audit
}

// String is the promise as a sentence.
func (c Convergence) String() string {
	text := "all stores end with the same values"
	if c.Operation != "" {
		text = "all stores end with the same " + plural(c.Operation)
	}
	if c.Within > 0 {
		text += fmt.Sprintf(" within %v", c.Within)
	}
	return text
}

// Valid refuses a negative time.
func (c Convergence) Valid() error {
	if c.Within < 0 {
		return errors.New("check convergence: within is negative")
	}
	return nil
}

// Needs no proof: a difference after the system has settled is final.
func (Convergence) Needs() Needs { return Needs{Solid: true} }

// Check compares the stores of the final audit.
func (c Convergence) Check(r *results.Run) results.Verdict { return c.check(newIndex(r)) }

func (c Convergence) check(x *index) results.Verdict {
	v := results.Verdict{Name: "convergence", Claim: c.String(), Wanted: "0 values differ"}
	a := x.run.Final
	if a == nil || !a.Stable {
		_, why := primaryHolds(a, "")
		return because(v, results.Unproven, "%s", why)
	}
	var read []results.Store
	unread := ""
	for _, s := range a.Stores {
		if s.Err == "" {
			read = append(read, s)
		} else {
			unread = s.Node + ": " + s.Err
		}
	}
	d := c.compare(read)
	v.N = d.values
	v.Measured = fmt.Sprintf("%d values differ in %d of %d stores that hold %d", d.n, len(read), len(a.Stores), d.values)
	quiet, unended := c.sinceLastDisturbance(x, d.operations)
	if quiet > 0 && d.values > 0 {
		v.Measured += fmt.Sprintf(", read %v after the last disturbance", beside(quiet, coarse, c.Within))
	}
	switch {
	case d.n > 0 && unended != "":
		return because(v, results.Unproven, "%s, but %s was never seen to end", d.first, unended)
	case d.n > 0 && quiet < c.Within:
		return because(v, results.Unproven, "%s, but the stores had only %v to converge", d.first, beside(quiet, coarse, c.Within))
	case d.n > 0:
		return because(v, results.Broken, "%s", d.first)
	case unread != "":
		return because(v, results.Unproven, "the final audit could not read %s", unread)
	case leftOut(x.run) != "":
		return because(v, results.Unproven, "the final audit did not read %s", leftOut(x.run))
	case len(read) < 2:
		return because(v, results.Unproven, "only %d store was read, so it cannot be compared", len(read))
	case d.values == 0:
		return because(v, results.Unproven, "the stores hold nothing")
	case c.Within > 0 && (quiet == 0 || quiet > c.Within):
		return because(v, results.Unproven, "they agree, but were read %v after the last disturbance, so when they converged is unknown", beside(quiet, coarse, c.Within))
	}
	return held(v)
}

// leftOut is a store of the system that the final audit did not read; "" if
// none.
func leftOut(r *results.Run) string {
	for _, n := range r.Nodes {
		if n.Keeps && !slices.ContainsFunc(r.Final.Stores, func(s results.Store) bool { return s.Node == n.Name }) {
			return n.Name
		}
	}
	return ""
}

// difference is how the stores differ from the first one.
type difference struct {
	operations []string
	values, n  int
	first      string
}

// compare compares every store with the first.
func (c Convergence) compare(stores []results.Store) difference {
	var d difference
	for _, s := range stores {
		for op := range s.Values {
			if of(c.Operation, results.Request{Operation: op}) && !slices.Contains(d.operations, op) {
				d.operations = append(d.operations, op)
			}
		}
	}
	slices.Sort(d.operations)
	for _, op := range d.operations {
		for _, s := range stores {
			d.values += len(s.Values[op])
			if slices.Equal(s.Values[op], stores[0].Values[op]) {
				continue
			}
			n, value := surplus(stores[0].Values[op], s.Values[op])
			if d.n += n; n > 0 && d.first == "" {
				d.first = fmt.Sprintf("%s and %s differ in %d of their %s, one of them %s", stores[0].Node, s.Node, n, plural(op), value)
			}
		}
		d.compareShown(op, stores)
	}
	return d
}

// compareShown compares what each store shows to users with what the first
// shows.
func (d *difference) compareShown(op string, stores []results.Store) {
	read, _ := shownBy(op)
	for _, s := range stores {
		if s.Shown == nil || stores[0].Shown == nil || read == "" {
			continue // an old record, without what is shown
		}
		keys := differ(stores[0].Shown[read], s.Shown[read])
		if d.n += keys.n; keys.n > 0 && d.first == "" {
			d.first = fmt.Sprintf("%s and %s show users different values of %d keys, one of them %s", stores[0].Node, s.Node, keys.n, keys.text)
		}
	}
}

// surplus counts the values that one list has more often than the other, and
// returns the smallest of them.
func surplus(a, b []string) (n int, least string) {
	a, b = slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	odd := func(value string) {
		if n++; n == 1 {
			least = value
		}
	}
	i, j := 0, 0
	for i < len(a) && j < len(b) {
		switch strings.Compare(a[i], b[j]) {
		case 0:
			i, j = i+1, j+1
		case -1:
			odd(a[i])
			i++
		default:
			odd(b[j])
			j++
		}
	}
	for ; i < len(a); i++ {
		odd(a[i])
	}
	for ; j < len(b); j++ {
		odd(b[j])
	}
	return n, least
}

// sinceLastDisturbance is the time from the end of the last disturbance to the
// final audit. It is 0 if the time of the audit is unknown, or if a fault never
// ended, which unended then names.
func (c Convergence) sinceLastDisturbance(x *index, operations []string) (quiet time.Duration, unended string) {
	last := time.Duration(0)
	for _, op := range operations {
		for _, i := range x.batch(op).sent {
			last = max(last, x.row(i).done)
		}
	}
	for _, f := range x.run.Faults {
		if f.InEffect() && f.Ended == 0 {
			return 0, f.Name
		}
		last = max(last, f.Ended)
	}
	return max(0, x.run.Final.At-last), ""
}

// Violation is a run in which each of two stores has lost the other's values,
// long after the last disturbance.
func (c Convergence) Violation() *results.Run {
	op := c.Operation
	if op == "" {
		op = "write"
	}
	r := specimen(op, 300, 3*time.Second)
	r.Final = &results.Audit{Stable: true, At: 4*time.Second + c.Within, Stores: []results.Store{
		{Node: "a", Role: "primary", Values: map[string][]string{op: {"specimen-0"}}},
		{Node: "b", Role: "replica", Values: map[string][]string{op: {"specimen-1"}}},
	}}
	return r
}
