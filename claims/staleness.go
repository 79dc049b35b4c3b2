package claims

import (
	"fmt"
	"sort"
	"strings"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// staleness is how old the reads of a run were, compared with the acknowledged
// writes to their key.
type staleness struct {
	judged   int             // reads after an acknowledged write
	stale    []time.Duration // the staleness of the stale reads
	missed   int             // acknowledged writes that a later read missed
	longest  time.Duration
	worst    int32 // the first read that was as stale as that
	stranger int32 // the last read that returned a value that was never written; nobody: none did
}

// staleness judges every read; own: compared with the writes of its own
// session.
func (x *index) staleness(read, write string, own bool) staleness {
	rs := x.reads(read, write)
	s := staleness{stranger: nobody}
	var newer series
	judge := func(reads []sight, writes []int32) {
		newer.fill(x, writes)
		for i := range reads {
			s.add(&reads[i], newer)
		}
		s.missed += newer.missed()
	}
	if own {
		joined(rs.bySession(), x.acknowledged(write), x.session, judge)
	} else {
		joined(rs.byLine(), arranged(x.bySent(x.batch(write).answered), x.line), x.line, judge)
	}
	return s
}

// add judges one read against the acknowledged writes of its line.
func (s *staleness) add(q *sight, newer series) {
	switch {
	case q.origin == nobody:
		s.stranger = max(s.stranger, q.read)
		return
	case newer.firstDone() >= q.sent:
		return // no write to the key was acknowledged yet
	}
	s.judged++
	by := q.sent - newer.after(q.certainly)
	if by <= 0 {
		return
	}
	newer.miss(q.certainly, q.sent)
	s.stale = append(s.stale, by)
	if by > s.longest || by == s.longest && q.read < s.worst {
		s.longest, s.worst = by, q.read
	}
}

// text is the share of stale reads and, for these, percentiles and a histogram.
// The longest is rounded so that it compares correctly with its limit.
func (s staleness) text(limit time.Duration) string {
	if len(s.stale) == 0 {
		return fmt.Sprintf("0 of %d stale", s.judged)
	}
	sorted(s.stale)
	return fmt.Sprintf("%d of %d stale: p50 %v, p99 %v, max %v (%s); %d writes missed", len(s.stale), s.judged,
		wait(quantile(s.stale, 0.5)), wait(quantile(s.stale, 0.99)), beside(s.longest, fine, limit), histogram(s.stale), s.missed)
}

// figures returns the same as numbers; none if no read could have been stale.
func (s staleness) figures() []results.Figure {
	if s.judged == 0 {
		return nil
	}
	fs := []results.Figure{number("stale", len(s.stale), "reads"), number("missed", s.missed, "writes")}
	if len(s.stale) > 0 {
		sorted(s.stale)
		fs = append(fs, seconds("staleness-p50", quantile(s.stale, 0.5)), seconds("staleness-p99", quantile(s.stale, 0.99)), seconds("staleness-max", s.longest))
	}
	return fs
}

// histogram counts sorted durations by powers of ten from 1 ms: "2 up to 1ms, 1 up to 100ms".
func histogram(d []time.Duration) string {
	var parts []string
	for from, upTo := 0, time.Millisecond; from < len(d); upTo *= 10 {
		to := sort.Search(len(d), func(i int) bool { return d[i] > upTo })
		if to > from {
			parts = append(parts, fmt.Sprintf("%d up to %v", to-from, upTo))
		}
		from = to
	}
	return strings.Join(parts, ", ")
}

// series is the acknowledged writes of a line in order of sending.
type series struct {
	sent []time.Duration
	done []time.Duration // earliest end of this write and all that were sent later
	ends []time.Duration // end of this write
	late []time.Duration // latest sending of a stale read for which this write is the first newer one; 0: none
}

// fill sets the series to those writes and reuses its memory.
func (s *series) fill(x *index, writes []int32) {
	s.sent, s.done, s.ends, s.late = s.sent[:0], s.done[:0], s.ends[:0], s.late[:0]
	for _, i := range writes {
		w := x.row(i)
		s.sent, s.done, s.ends, s.late = append(s.sent, w.sent), append(s.done, w.done), append(s.ends, w.done), append(s.late, 0)
	}
	for i := len(s.done) - 2; i >= 0; i-- {
		s.done[i] = min(s.done[i], s.done[i+1])
	}
}

// firstDone is when the first write of the series was acknowledged.
func (s series) firstDone() time.Duration {
	if len(s.done) == 0 {
		return never
	}
	return s.done[0]
}

// next is the first write that was sent after an instant.
func (s series) next(at time.Duration) int {
	return sort.Search(len(s.sent), func(i int) bool { return s.sent[i] > at })
}

// miss records a stale read: it was sent at the instant sent and returned a
// write that was done by at.
func (s series) miss(at, sent time.Duration) {
	i := s.next(at)
	s.late[i] = max(s.late[i], sent)
}

// missed is how many acknowledged writes were missed by a stale read that was
// sent after their acknowledgement and returned something older.
func (s series) missed() int {
	n := 0
	var latest time.Duration // sending of a read that returned something older than this write
	for i, sent := range s.late {
		if latest = max(latest, sent); s.ends[i] < latest {
			n++
		}
	}
	return n
}

// after is when the first write that was sent after an instant was
// acknowledged.
func (s series) after(at time.Duration) time.Duration {
	i := s.next(at)
	if i == len(s.sent) {
		return never
	}
	return s.done[i]
}
