// A client sees the new value, reads again, and sees the old one: the second
// read went to a replica that lags behind.

package claims

import (
	"errors"
	"fmt"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// MonotonicReads promises that no session sees a key go back: once it has read
// a value, it never reads one that was written and acknowledged before that
// value's write was sent (Terry and others 1994).
type MonotonicReads struct {
	Read         string `yaml:"read,omitempty" json:"read,omitempty"`   // the reading operation; "": "read"
	Write        string `yaml:"write,omitempty" json:"write,omitempty"` // the writing operation; "": "write"
	LeastSamples int    `yaml:"least,omitempty" json:"least,omitempty"` // least number of reads that followed another by the same session of the same key, at least one of which returned a write; 0: 100
}

// String is the promise as a sentence.
func (MonotonicReads) String() string { return "no session sees a value go back" }

// Valid refuses a negative number.
func (c MonotonicReads) Valid() error {
	if c.LeastSamples < 0 {
		return errors.New("check monotonic-reads: least is negative")
	}
	return nil
}

// Needs no proof: a read that went back stays so.
func (MonotonicReads) Needs() Needs { return Needs{Solid: true} }

// Check compares the reads of each session and key in order of sending.
func (c MonotonicReads) Check(r *results.Run) results.Verdict { return c.check(newIndex(r)) }

func (c MonotonicReads) check(x *index) results.Verdict {
	v := results.Verdict{Name: "monotonic-reads", Claim: c.String(), Wanted: "0 going back"}
	rs := x.reads(ReadsNotStale{Read: c.Read, Write: c.Write}.operations())
	back := x.goingBack(rs.bySession(), func(*sight) int64 { return 0 })
	v.N, v.Measured = back.judged, fmt.Sprintf("%d of %d going back", back.n, back.judged)
	need := c.LeastSamples
	if need == 0 {
		need = leastReads
	}
	switch {
	case back.n > 0:
		q := x.at(back.first)
		return because(v, results.Broken, "request %d read %s of key %s from %s after its session had read a newer value", q.Seq, q.Value, q.Key, q.Store)
	case back.strangers > 0:
		return because(v, results.Unproven, "%d reads returned values that were never written", back.strangers)
	case v.N < need:
		return because(v, results.Unproven, "only %d reads followed another of the same session and key; at least %d are required", v.N, need)
	}
	return held(v)
}

// Violation is a run in which a session alternately reads its first write and
// the seed.
func (c MonotonicReads) Violation() *results.Run {
	read, write := ReadsNotStale{Read: c.Read, Write: c.Write}.operations()
	r := specimen(read, 300, 3*time.Second)
	for i := range r.Requests {
		r.Requests[i].Value = []string{"specimen-0", seed}[i%2]
	}
	r.Requests[0].Operation, r.Requests[0].Value = write, "specimen-0"
	return r
}
