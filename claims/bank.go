// Money moves between accounts. The sum over all accounts must be the same at
// every instant.

package claims

import (
	"errors"
	"fmt"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// Bank promises that the sum of all balances is the same in every read. A read
// returns them as "a=10,b=-3"; each key is a separate bank.
//
// A value that is not a list of balances neither holds nor breaks the claim:
// the claim may name the wrong operation, or the answers may have an unknown
// format. The verdict is then unproven, unless sums differ.
type Bank struct {
	Operation    string `yaml:"operation,omitempty" json:"operation,omitempty"` // the operation that reads all balances; "": "balance"
	Total        int64  `yaml:"total,omitempty" json:"total,omitempty"`         // the required sum of a bank's balances; 0: the sum of its first read
	LeastSamples int    `yaml:"least,omitempty" json:"least,omitempty"`         // least number of reads compared; 0: 100
}

func (c Bank) operation() string {
	if c.Operation == "" {
		return "balance"
	}
	return c.Operation
}

// String is the promise as a sentence.
func (c Bank) String() string {
	if c.Total != 0 {
		return fmt.Sprintf("all balances add up to %d in every %s", c.Total, c.operation())
	}
	return "all balances add up to the same sum in every " + c.operation()
}

// Valid refuses a negative number of samples.
func (c Bank) Valid() error {
	if c.LeastSamples < 0 {
		return errors.New("check bank: least is negative")
	}
	return nil
}

// Needs no proof: a sum that differed stays different.
func (Bank) Needs() Needs { return Needs{Solid: true} }

// account is what is known of one bank.
type account struct {
	seen  bool
	sum   int64
	value string // its first read
}

// Check adds up every read.
func (c Bank) Check(r *results.Run) results.Verdict { return c.check(newIndex(r)) }

func (c Bank) check(x *index) results.Verdict {
	v := results.Verdict{Name: "bank", Claim: c.String(), Wanted: "0 sums that differ"}
	banks := make([]account, len(x.number()))
	differ, unread, moved := 0, 0, false
	var first, odd int32
	var wanted, found int64
	for _, i := range x.batch(c.operation()).answered {
		sum, ok := balances(x.at(i).Value)
		if !ok {
			if unread++; unread == 1 {
				odd = i
			}
			continue
		}
		b := &banks[x.key(i)]
		moved = moved || b.seen && b.value != x.at(i).Value
		switch {
		case b.seen:
			v.N++
		case c.Total != 0:
			*b = account{true, c.Total, x.at(i).Value}
			v.N++
		default:
			*b = account{true, sum, x.at(i).Value}
		}
		if sum != b.sum {
			if differ++; differ == 1 {
				first, wanted, found = i, b.sum, sum
			}
		}
	}
	v.Measured = fmt.Sprintf("%d of %d sums differ", differ, v.N)
	need := c.LeastSamples
	if need == 0 {
		need = leastReads
	}
	switch {
	case differ > 0:
		return because(v, results.Broken, "request %d read %s, which adds up to %d, not %d", x.at(first).Seq, x.at(first).Value, found, wanted)
	case unread > 0:
		return because(v, results.Unproven, "%d reads returned no balances, the first of them request %d: %q", unread, x.at(odd).Seq, x.at(odd).Value)
	case v.N < need:
		return because(v, results.Unproven, "only %d reads could be compared; at least %d are required", v.N, need)
	case !moved:
		return because(v, results.Unproven, "no two reads of a bank differ: no money moved")
	}
	return held(v)
}

// Violation is a run in which one read has a larger sum than another.
func (c Bank) Violation() *results.Run {
	r := specimen(c.operation(), 300, 3*time.Second)
	for i := range r.Requests {
		r.Requests[i].Value = []string{"a=10,b=-3", "a=10,b=-2"}[i%2]
	}
	return r
}
