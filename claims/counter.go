// A counter may lag behind, but it must count every acknowledged increment, and
// no increment that was not sent.

package claims

import (
	"errors"
	"fmt"
	"sort"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// Counter promises that every read of a counter lies between two bounds: the
// number of increments acknowledged before the read was sent, and the number
// that may have been done by its end (sent by then, answered or not). Each
// increment adds one, each key is a separate counter, and all start at 0.
//
// What the primary of the final audit holds under the name of the reading
// operation, summed over all keys, must be at least the number acknowledged and
// at most the number that may have been done. A value that is not a number
// proves nothing.
type Counter struct {
	Read         string `yaml:"read,omitempty" json:"read,omitempty"`           // the reading operation; "": "count"
	Increment    string `yaml:"increment,omitempty" json:"increment,omitempty"` // the operation that adds one; "": "increment"
	LeastSamples int    `yaml:"least,omitempty" json:"least,omitempty"`         // least number of reads after an acknowledged increment of the same key; 0: 100
}

func (c Counter) operations() (read, increment string) {
	read, increment = c.Read, c.Increment
	if read == "" {
		read = "count"
	}
	if increment == "" {
		increment = "increment"
	}
	return read, increment
}

// String is the promise as a sentence.
func (c Counter) String() string {
	read, increment := c.operations()
	return fmt.Sprintf("every %s counts each acknowledged %s, and none that was not sent", read, increment)
}

// Valid refuses a negative number.
func (c Counter) Valid() error {
	if c.LeastSamples < 0 {
		return errors.New("check counter: least is negative")
	}
	return nil
}

// Needs no proof: a wrong count stays wrong.
func (Counter) Needs() Needs { return Needs{Solid: true} }

// counted summarizes the reads of a counter.
type counted struct {
	judged, unread int
	low, high      int    // reads below and above their bounds
	first          int32  // the first read out of bounds
	least, most    int    // its bounds
	odd            string // a value that is not a number
}

// Check compares each read with its bounds, and then the final audit.
func (c Counter) Check(r *results.Run) results.Verdict { return c.check(newIndex(r)) }

func (c Counter) check(x *index) results.Verdict {
	v := results.Verdict{Name: "counter", Claim: c.String(), Wanted: "0 out of bounds"}
	read, increment := c.operations()
	n := c.count(x, read, increment)
	acknowledged := len(x.batch(increment).answered)
	possible := len(x.batch(increment).possible)
	total, audited, why := kept(x.run.Final, read)
	v.N = n.judged
	v.Measured = fmt.Sprintf("%d of %d reads too low, %d too high", n.low, n.judged, n.high)
	if audited {
		v.Measured += fmt.Sprintf(", %d kept of %d to %d", total, acknowledged, possible)
	} else {
		v.Measured += ", none kept on record"
	}
	need := c.LeastSamples
	if need == 0 {
		need = leastReads
	}
	switch {
	case n.low+n.high > 0 && (n.low > 0 || complete(x.run)):
		q := x.at(n.first)
		return because(v, results.Broken, "request %d read %s of key %s, which is not between %d and %d", q.Seq, q.Value, q.Key, n.least, n.most)
	case audited && total < int64(acknowledged):
		return because(v, results.Broken, "%d were kept, but %d acknowledged", total, acknowledged)
	case total > int64(possible) && complete(x.run):
		return because(v, results.Broken, "%d were kept, but only %d sent", total, possible)
	case n.high > 0 || total > int64(possible):
		return because(v, results.Unproven, "more were counted than are on record, but the record is incomplete")
	case n.unread > 0:
		return because(v, results.Unproven, "%d reads returned no number, one of them %q", n.unread, n.odd)
	case why != "":
		return because(v, results.Unproven, "%s", why)
	case v.N < need:
		return because(v, results.Unproven, "only %d reads came after an acknowledged %s of their key; at least %d are required", v.N, increment, need)
	}
	return held(v)
}

// count compares each read with the increments of its key.
func (c Counter) count(x *index, read, increment string) counted {
	sent := arranged(x.bySent(x.batch(increment).possible), x.line)
	done := arranged(x.byDone(x.batch(increment).answered), x.line)
	sentAt, sentOf := x.instants(sent, func(r *row) time.Duration { return r.sent })
	doneAt, doneOf := x.instants(done, func(r *row) time.Duration { return r.done })
	var n counted
	for _, i := range x.batch(read).answered {
		q, key := x.at(i), x.key(i)
		value, ok := balances(q.Value)
		if q.Value == seed {
			value, ok = 0, true
		}
		if !ok {
			n.unread, n.odd = n.unread+1, q.Value
			continue
		}
		acknowledged := doneAt[doneOf[key]:doneOf[key+1]]
		possible := sentAt[sentOf[key]:sentOf[key+1]]
		least := sort.Search(len(acknowledged), func(i int) bool { return acknowledged[i] >= q.Sent })
		most := sort.Search(len(possible), func(i int) bool { return possible[i] > q.Done })
		if least > 0 {
			n.judged++
		}
		low, high := value < int64(least), value > int64(most)
		if !low && !high {
			continue
		}
		if n.low+n.high == 0 || low && n.low == 0 {
			n.first, n.least, n.most = i, least, most
		}
		if low {
			n.low++
		} else {
			n.high++
		}
	}
	return n
}

// instants returns one instant of each request, sorted by key, and the index
// where each key begins.
func (x *index) instants(list []int32, of func(*row) time.Duration) (at []time.Duration, from []int32) {
	at, from = make([]time.Duration, len(list)), make([]int32, len(x.number())+1)
	for n, i := range list {
		at[n] = of(x.row(i))
		from[x.key(i)+1]++
	}
	for k := range from[1:] {
		from[k+1] += from[k]
	}
	return at, from
}

// kept is the sum of what the primary holds under a name. Audited is false if
// nothing is held under it; why says what prevented the reading.
func kept(a *results.Audit, name string) (sum int64, audited bool, why string) {
	if a == nil {
		return 0, false, ""
	}
	values, why := primaryHolds(a, name)
	for _, value := range values {
		n, ok := balances(value)
		if !ok {
			return 0, false, fmt.Sprintf("the final audit returned no number, but %q", value)
		}
		sum += n
	}
	return sum, len(values) > 0, why
}

// Violation is a run in which a counter stays at 0.
func (c Counter) Violation() *results.Run {
	read, increment := c.operations()
	r := specimen(read, 300, 3*time.Second)
	for i := range r.Requests {
		r.Requests[i].Value = "0"
	}
	r.Requests[0].Operation = increment
	return r
}
