package claims

import (
	"fmt"
	"sort"
	"strings"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// staleness is how old the reads of a run were, against the acknowledged
// writes to their key.
type staleness struct {
	judged   int             // reads after an acknowledged write
	stale    []time.Duration // of those that were stale
	missed   int             // acknowledged writes that a later read did not see
	longest  time.Duration
	worst    int32 // the first read that was as stale as that
	stranger int32 // the last read that gave what nobody had written; nobody: none did
}

// staleness judges every read; own: against the writes of its own session.
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

// add judges one read by the acknowledged writes of its line.
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

// text is the share that was stale and, of it, percentiles and a histogram; the
// longest is told beside its limit.
func (s staleness) text(limit time.Duration) string {
	if len(s.stale) == 0 {
		return fmt.Sprintf("0 of %d stale", s.judged)
	}
	sorted(s.stale)
	return fmt.Sprintf("%d of %d stale: p50 %v, p99 %v, max %v (%s); %d writes missed", len(s.stale), s.judged,
		wait(quantile(s.stale, 0.5)), wait(quantile(s.stale, 0.99)), beside(s.longest, fine, limit), histogram(s.stale), s.missed)
}

// figures is the same as numbers; none where no read could have been stale.
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

// series is the acknowledged writes of a line in the order of their sending.
type series struct {
	sent []time.Duration
	done []time.Duration // earliest end of this one and all that were sent later
	ends []time.Duration // end of this one
	late []time.Duration // latest sending of a stale read to which this one is the first newer write; 0: of none
}

// fill makes it the series of those writes, in the memory that it has.
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

// miss notes a stale read: sent at an instant, it gave a write that was there by at.
func (s series) miss(at, sent time.Duration) {
	i := s.next(at)
	s.late[i] = max(s.late[i], sent)
}

// missed is how many acknowledged writes were missed by a stale read that was
// sent after their acknowledgement and gave something older.
func (s series) missed() int {
	n := 0
	var latest time.Duration // sending of a read that gave something older than the present write
	for i, sent := range s.late {
		if latest = max(latest, sent); s.ends[i] < latest {
			n++
		}
	}
	return n
}

// after is when the first write was acknowledged that was sent after an instant.
func (s series) after(at time.Duration) time.Duration {
	i := s.next(at)
	if i == len(s.sent) {
		return never
	}
	return s.done[i]
}
