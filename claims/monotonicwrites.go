// If a replica applies the second of two dependent writes first, it shows a
// state that never existed.

package claims

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// MonotonicWrites promises that the writes of a session are seen in their order
// (Terry and others 1994): no session and no store shows a later write of a
// session to a key and afterwards an earlier one, and each store of the final
// audit keeps the writes of a session in the order of sending, each sent after
// the previous one was acknowledged. Unanswered writes may have been done at
// any time, so they break nothing.
type MonotonicWrites struct {
	Read         string `yaml:"read,omitempty" json:"read,omitempty"`   // the reading operation; "": "read"
	Write        string `yaml:"write,omitempty" json:"write,omitempty"` // the writing operation; "": "write"
	LeastSamples int    `yaml:"least,omitempty" json:"least,omitempty"` // least number of observations: reads of a key after another that returned a write of the same session, and stored writes after another of the same session; 0: 100
}

// String is the promise as a sentence.
func (MonotonicWrites) String() string { return "the writes of a session are seen in their order" }

// Valid refuses a negative number.
func (c MonotonicWrites) Valid() error {
	if c.LeastSamples < 0 {
		return errors.New("check monotonic-writes: least is negative")
	}
	return nil
}

// Needs no proof: an observed wrong order stays wrong.
func (MonotonicWrites) Needs() Needs { return Needs{Solid: true} }

// Check compares the reads and the stores.
func (c MonotonicWrites) Check(r *results.Run) results.Verdict { return c.check(newIndex(r)) }

func (c MonotonicWrites) check(x *index) results.Verdict {
	v := results.Verdict{Name: "monotonic-writes", Claim: c.String(), Wanted: "0 out of order"}
	read, write := ReadsNotStale{Read: c.Read, Write: c.Write}.operations()
	seen := c.seen(x, x.reads(read, write))
	kept, node := c.kept(x, write)
	v.N = seen.judged + kept.judged
	v.Measured = fmt.Sprintf("%d of %d reads and %d of %d kept writes out of order", seen.n, seen.judged, kept.n, kept.judged)
	need := c.LeastSamples
	if need == 0 {
		need = leastReads
	}
	switch {
	case seen.n > 0:
		q := x.at(seen.first)
		return because(v, results.Broken, "request %d read %s of key %s from %s after a later write of the same session had been read", q.Seq, q.Value, q.Key, q.Store)
	case kept.n > 0:
		return because(v, results.Broken, "%s keeps %s before %s, which its session had seen acknowledged earlier", node, x.at(kept.early).Value, x.at(kept.behind).Value)
	case seen.strangers > 0:
		return because(v, results.Unproven, "%d reads returned values that were never written", seen.strangers)
	case v.N < need:
		return because(v, results.Unproven, "only %d observations of two writes of one session; at least %d are required", v.N, need)
	}
	return held(v)
}

// seen compares the reads of each session, and then of each store, that
// returned writes of the same session to the same key.
func (MonotonicWrites) seen(x *index, rs *readings) retreat {
	writer := func(s *sight) int64 {
		if s.origin < 0 {
			return -1 // values from before the run have no order
		}
		return int64(uint32(x.row(s.origin).client))
	}
	all := x.goingBack(rs.bySession(), writer)
	if all.n > 0 {
		return all
	}
	var names words
	names.of("")
	of := x.goingBack(rs.byLine(), func(s *sight) int64 {
		w, store := writer(s), names.of(x.at(s.read).Store)
		if w < 0 || store == 0 {
			return -1
		}
		return int64(store)<<32 | w
	})
	all.judged, all.n, all.first = all.judged+of.judged, of.n, of.first
	return all
}

// kept compares the writes of each session in the order of each store, and
// names the store of the first that is out of order.
func (c MonotonicWrites) kept(x *index, write string) (all disarray, node string) {
	if x.run.Final == nil {
		return all, ""
	}
	session := func(i int32) uint64 { return uint64(uint32(x.row(i).client)) }
	var last []string
	for _, s := range x.run.Final.Stores {
		values := s.Values[write]
		if s.Err != "" || len(values) == 0 || slices.Equal(values, last) {
			continue // the same values in the same order give the same result
		}
		last = values
		d := x.outOfOrder(x.writers(write, s), session)
		if all.n == 0 {
			all.early, all.behind, node = d.early, d.behind, s.Node
		}
		all.judged, all.n = all.judged+d.judged, all.n+d.n
	}
	return all, node
}

// Violation is a run in which a session writes twice, and the second and the
// first write are read alternately.
func (c MonotonicWrites) Violation() *results.Run {
	read, write := ReadsNotStale{Read: c.Read, Write: c.Write}.operations()
	r := specimen(read, 300, 3*time.Second)
	for i := range r.Requests {
		r.Requests[i].Value = []string{"specimen-1", "specimen-0"}[i%2]
	}
	for i, value := range []string{"specimen-0", "specimen-1"} {
		r.Requests[i].Operation, r.Requests[i].Value = write, value
	}
	return r
}
