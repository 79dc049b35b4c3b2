// Somebody saves the form, the page loads again, and what they typed is not
// there. So they type it once more.

package claims

import (
	"errors"
	"fmt"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// ReadYourWrites promises that a session reads its own acknowledged writes, or
// what was written since, at the latest so long after (Terry and others 1994).
// It is reads-not-stale with only the reader's own writes as newer ones.
type ReadYourWrites struct {
	Read         string        `yaml:"read,omitempty" json:"read,omitempty"`                 // the reading operation; "": "read"
	Write        string        `yaml:"write,omitempty" json:"write,omitempty"`               // the writing operation; "": "write"
	StaleWithin  time.Duration `yaml:"stale-within,omitempty" json:"stale-within,omitempty"` // 0: at once
	LeastSamples int           `yaml:"least,omitempty" json:"least,omitempty"`               // fewest reads after a write of the same session to the same key; 0: 100
}

// stale is the same promise in the words of reads-not-stale.
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

// Needs no proof: who did not see their own write did not see it.
func (c ReadYourWrites) Needs() Needs { return c.stale().Needs() }

// Check judges every read against its session's writes to its key.
func (c ReadYourWrites) Check(r *results.Run) results.Verdict { return c.check(newIndex(r)) }

func (c ReadYourWrites) check(x *index) results.Verdict {
	return c.stale().judge(x, results.Verdict{Name: "read-your-writes", Claim: c.String()})
}

// Violation is a run in which a session reads for ever what was there before its write.
func (c ReadYourWrites) Violation() *results.Run { return c.stale().Violation() }
