// A user saves a form, the page reloads, and the change is missing.

package claims

import (
	"errors"
	"fmt"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// ReadYourWrites promises that a session reads its own acknowledged writes, or
// something newer, at the latest StaleWithin after the acknowledgement (Terry
// and others 1994). It is reads-not-stale with only the reader's own writes as
// newer ones.
type ReadYourWrites struct {
	Read         string        `yaml:"read,omitempty" json:"read,omitempty"`                 // the reading operation; "": "read"
	Write        string        `yaml:"write,omitempty" json:"write,omitempty"`               // the writing operation; "": "write"
	StaleWithin  time.Duration `yaml:"stale-within,omitempty" json:"stale-within,omitempty"` // 0: immediately
	LeastSamples int           `yaml:"least,omitempty" json:"least,omitempty"`               // least number of reads after a write of the same session to the same key; 0: 100
}

// stale is the same promise as a ReadsNotStale.
func (c ReadYourWrites) stale() ReadsNotStale {
	return ReadsNotStale{Read: c.Read, Write: c.Write, StaleWithin: c.StaleWithin, ReadYourOwn: true, LeastSamples: c.LeastSamples}
}

// String is the promise as a sentence.
func (c ReadYourWrites) String() string {
	if c.StaleWithin > 0 {
		return fmt.Sprintf("sessions read their own writes after at most %v", c.StaleWithin)
	}
	return "sessions read their own writes"
}

// Valid refuses negative settings.
func (c ReadYourWrites) Valid() error {
	if c.stale().Valid() != nil {
		return errors.New("check read-your-writes: a setting is negative")
	}
	return nil
}

// Needs no proof: a read that missed its own write stays so.
func (c ReadYourWrites) Needs() Needs { return c.stale().Needs() }

// Check judges every read against its session's writes to its key.
func (c ReadYourWrites) Check(r *results.Run) results.Verdict { return c.check(newIndex(r)) }

func (c ReadYourWrites) check(x *index) results.Verdict {
	return c.stale().judge(x, results.Verdict{Name: "read-your-writes", Claim: c.String()})
}

// Violation is a run in which a session always reads the value from before its
// write.
func (c ReadYourWrites) Violation() *results.Run { return c.stale().Violation() }
