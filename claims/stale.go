// Somebody changes their name and looks: the old name is still there. The
// reader was sent to a copy that has not heard yet.

package claims

import (
	"errors"
	"fmt"
	"sort"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// leastReads is how many reads must have come after a write to their key where
// the claim does not say.
const leastReads = 100

// ReadsNotStale promises that no read is older than a bound. A read is stale
// by the time from the acknowledgement of the first newer write to the sending
// of the read. A write is newer than another only if it was sent after that
// one was acknowledged: writes at the same time, and such as were never
// answered, accuse nobody.
type ReadsNotStale struct {
	Read         string        `yaml:"read,omitempty" json:"read,omitempty"`                         // the reading operation; "": "read"
	Write        string        `yaml:"write,omitempty" json:"write,omitempty"`                       // the writing operation; "": "write"
	StaleWithin  time.Duration `yaml:"stale-within,omitempty" json:"stale-within,omitempty"`         // 0: not at all
	ReadYourOwn  bool          `yaml:"read-your-writes,omitempty" json:"read-your-writes,omitempty"` // only the reader's own writes count as newer
	LeastSamples int           `yaml:"least,omitempty" json:"least,omitempty"`                       // fewest reads after a write to the same key; 0: 100
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
func (c ReadsNotStale) Check(r *results.Run) results.Verdict {
	v := results.Verdict{Name: "reads-not-stale", Claim: c.String(), Wanted: fmt.Sprintf("at most %v", c.StaleWithin)}
	read, write := c.operations()
	log := c.writes(r.Requests, write)
	var stale []time.Duration
	var oldest, stranger *results.Request
	var longest time.Duration
	for i, q := range r.Requests {
		if q.Operation != read || q.Fate != results.Answered || q.Value == "" {
			continue
		}
		w, known := log.wrote(q)
		if !known {
			stranger = &r.Requests[i]
			continue
		}
		newer := log.of(c, q)
		if newer.firstDone() >= q.Sent {
			continue // no write to the key was acknowledged yet
		}
		v.N++
		if by := q.Sent - newer.after(w); by > 0 {
			stale = append(stale, by)
			if by > longest {
				longest, oldest = by, &r.Requests[i]
			}
		}
	}
	v.Measured = fmt.Sprintf("0 of %d stale", v.N)
	if len(stale) > 0 {
		sorted(stale)
		v.Measured = fmt.Sprintf("%d of %d stale: p50 %v, p99 %v, max %v", len(stale), v.N,
			wait(quantile(stale, 0.5)), wait(quantile(stale, 0.99)), wait(longest))
	}
	v.Figures = staleness(stale, v.N)
	need := c.LeastSamples
	if need == 0 {
		need = leastReads
	}
	switch {
	case stranger != nil && whole(r):
		return because(v, results.Broken, "request %d read %q, which nobody had written", stranger.Seq, stranger.Value)
	case longest > c.StaleWithin:
		return because(v, results.Broken, "request %d read %s of key %s from %s, long overwritten", oldest.Seq, oldest.Value, oldest.Key, oldest.Store)
	case stranger != nil:
		return because(v, results.Unproven, "request %d read %q, but the record of what was written is not whole", stranger.Seq, stranger.Value)
	case v.N < need:
		return because(v, results.Unproven, "only %d reads came after a write to the same key, wanted at least %d", v.N, need)
	}
	return held(v)
}

// staleness is what was measured as numbers, of the stale reads in order.
func staleness(stale []time.Duration, reads int) []results.Figure {
	if reads == 0 {
		return nil
	}
	fs := []results.Figure{counted("stale", len(stale), "reads")}
	if n := len(stale); n > 0 {
		fs = append(fs, seconds("staleness-p50", quantile(stale, 0.5)), seconds("staleness-p99", quantile(stale, 0.99)), seconds("staleness-max", stale[n-1]))
	}
	return fs
}

// record is the writes of a run, as far as they matter to its reads.
type record struct {
	values map[string]written // by value
	lines  map[line]*series
}

// written is a write that may have been done.
type written struct {
	key        string
	sent, done time.Duration // done: never, where it may have been done at any time since
}

// line is what a read is judged against: a key, and whose writes.
type line struct {
	key    string
	client int // -1: anybody
}

// series is the acknowledged writes of a line in the order of their sending.
type series struct {
	sent []time.Duration
	done []time.Duration // earliest end of this one and all that were sent later
}

func (c ReadsNotStale) writes(h results.History, operation string) record {
	log := record{values: map[string]written{}, lines: map[line]*series{}}
	var acknowledged results.History
	for _, q := range h {
		if q.Operation != operation || q.Fate != results.Answered && q.Fate != results.Unanswered {
			continue
		}
		w := written{q.Key, q.Sent, never}
		if q.Fate == results.Answered {
			w.done = q.Done
			acknowledged = append(acknowledged, q)
		}
		log.values[q.Value] = w
	}
	sort.SliceStable(acknowledged, func(i, j int) bool { return acknowledged[i].Sent < acknowledged[j].Sent })
	for _, q := range acknowledged {
		l := c.line(q)
		if log.lines[l] == nil {
			log.lines[l] = &series{}
		}
		s := log.lines[l]
		s.sent, s.done = append(s.sent, q.Sent), append(s.done, q.Done)
	}
	for _, s := range log.lines {
		for i := len(s.done) - 2; i >= 0; i-- {
			s.done[i] = min(s.done[i], s.done[i+1])
		}
	}
	return log
}

func (c ReadsNotStale) line(q results.Request) line {
	if c.ReadYourOwn {
		return line{q.Key, q.Client}
	}
	return line{q.Key, -1}
}

// wrote is when the value that a read gave was certainly there; false when
// nobody had written it to that key before the read ended.
func (l record) wrote(read results.Request) (done time.Duration, known bool) {
	if read.Value == seed {
		return -never, true
	}
	w, ok := l.values[read.Value]
	if !ok || w.key != read.Key || w.sent > read.Done {
		return 0, false
	}
	return w.done, true
}

func (l record) of(c ReadsNotStale, read results.Request) *series { return l.lines[c.line(read)] }

// firstDone is when the first write of the series was acknowledged.
func (s *series) firstDone() time.Duration {
	if s == nil {
		return never
	}
	return s.done[0]
}

// after is when the first write was acknowledged that was sent after an instant.
func (s *series) after(at time.Duration) time.Duration {
	i := sort.Search(len(s.sent), func(i int) bool { return s.sent[i] > at })
	if i == len(s.sent) {
		return never
	}
	return s.done[i]
}

// Violation is a run in which everybody reads the first value for ever.
func (c ReadsNotStale) Violation() *results.Run {
	read, write := c.operations()
	r := specimen(read, 300, 3*time.Second+2*c.StaleWithin)
	for i := range r.Requests {
		r.Requests[i].Value = seed
	}
	r.Requests[0].Operation, r.Requests[0].Value = write, "specimen-0"
	return r
}
