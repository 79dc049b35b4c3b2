// A user changes a value and reads the old one: the read went to a replica that
// lags behind.

package claims

import (
	"errors"
	"fmt"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// leastReads is how many reads must have come after a write to their key if the
// claim sets no number.
const leastReads = 100

// ReadsNotStale promises that no read is older than a bound. The staleness of a
// read is the time from the acknowledgement of the first newer write to the
// sending of the read. A write is newer than another only if it was sent after
// the other was acknowledged: concurrent and unanswered writes break nothing.
// The verdict reports how many reads were stale, and how many writes were
// missed: acknowledged, and not seen by a later read.
type ReadsNotStale struct {
	Read         string        `yaml:"read,omitempty" json:"read,omitempty"`                         // the reading operation; "": "read"
	Write        string        `yaml:"write,omitempty" json:"write,omitempty"`                       // the writing operation; "": "write"
	StaleWithin  time.Duration `yaml:"stale-within,omitempty" json:"stale-within,omitempty"`         // 0: not stale at all
	ReadYourOwn  bool          `yaml:"read-your-writes,omitempty" json:"read-your-writes,omitempty"` // only the reader's own writes count as newer
	LeastSamples int           `yaml:"least,omitempty" json:"least,omitempty"`                       // least number of reads after a write to the same key; 0: 100
}

// String is the promise as a sentence.
func (c ReadsNotStale) String() string {
	text := "reads are"
	if c.ReadYourOwn {
		text = "reads of one's own writes are"
	}
	if c.StaleWithin > 0 {
		return fmt.Sprintf("%s at most %v stale", text, c.StaleWithin)
	}
	return text + " never stale"
}

// Valid refuses negative settings.
func (c ReadsNotStale) Valid() error {
	if c.StaleWithin < 0 || c.LeastSamples < 0 {
		return errors.New("check reads-not-stale: a setting is negative")
	}
	return nil
}

// Needs no proof: a stale read stays stale.
func (ReadsNotStale) Needs() Needs { return Needs{Solid: true} }

func (c ReadsNotStale) operations() (read, write string) {
	read, write = c.Read, c.Write
	if read == "" {
		read = "read"
	}
	if write == "" {
		write = "write"
	}
	return read, write
}

// Check judges every read against the writes of its key.
func (c ReadsNotStale) Check(r *results.Run) results.Verdict { return c.check(newIndex(r)) }

func (c ReadsNotStale) check(x *index) results.Verdict {
	return c.judge(x, results.Verdict{Name: "reads-not-stale", Claim: c.String()})
}

// judge is the verdict, under the name that v has.
func (c ReadsNotStale) judge(x *index, v results.Verdict) results.Verdict {
	v.Wanted = fmt.Sprintf("at most %v", c.StaleWithin)
	read, write := c.operations()
	s := x.staleness(read, write, c.ReadYourOwn)
	v.N, v.Measured, v.Figures = s.judged, s.text(c.StaleWithin), s.figures()
	need := c.LeastSamples
	if need == 0 {
		need = leastReads
	}
	switch {
	case s.stranger != nobody && complete(x.run):
		q := x.at(s.stranger)
		return because(v, results.Broken, "request %d read %q, which was never written", q.Seq, q.Value)
	case s.longest > c.StaleWithin:
		q := x.at(s.worst)
		return because(v, results.Broken, "request %d read %s of key %s from %s, overwritten too long before", q.Seq, q.Value, q.Key, q.Store)
	case s.stranger != nobody:
		q := x.at(s.stranger)
		return because(v, results.Unproven, "request %d read %q, but the record of writes is incomplete", q.Seq, q.Value)
	case v.N < need:
		return because(v, results.Unproven, "only %d reads came after a write to the same key; at least %d are required", v.N, need)
	}
	return held(v)
}

// Violation is a run in which every read returns the first value.
func (c ReadsNotStale) Violation() *results.Run {
	read, write := c.operations()
	r := specimen(read, 300, 3*time.Second+2*c.StaleWithin)
	for i := range r.Requests {
		r.Requests[i].Value = seed
	}
	r.Requests[0].Operation, r.Requests[0].Value = write, "specimen-0"
	return r
}
