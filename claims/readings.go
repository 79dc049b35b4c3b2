package claims

import (
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// readings is what was read, and for each value the request that wrote it:
// nobody, if none had written it to that key by the end of the read.
type readings struct {
	x               *index
	list, origin    []int32
	lines, sessions []sight // in two orders
}

// sight is a read, and what is known of the write that it returned.
type sight struct {
	line         uint64 // what it is compared within: its key, or its key and session
	part         int64  // part of a line, if only parts are compared
	read, origin int32
	sent, done   time.Duration
	wrote        time.Duration // when the write was sent; the minimum for values from before the run
	certainly    time.Duration // when it was certainly done
}

func sameLine(a, b *sight) bool { return a.line == b.line }

// reads returns the answers of a reading operation that have a value, and which
// requests of a writing operation wrote them.
func (x *index) reads(read, write string) *readings {
	names := [2]string{read, write}
	if r, ok := x.origins[names]; ok {
		return r
	}
	l := x.ledger(write)
	r := &readings{x: x, list: x.pick(x.batch(read).answered, func(q *results.Request) bool { return q.Value != "" })}
	r.origin = make([]int32, len(r.list))
	for n, i := range r.list {
		q := x.at(i)
		w := l.last(q.Value, q.Key)
		if w >= 0 && x.row(w).sent > q.Done {
			w = nobody
		}
		r.origin[n] = w
	}
	x.origins[names] = r
	return r
}

// byLine sorts the reads by key, bySession by session and key; within these, by
// sending.
func (r *readings) byLine() []sight {
	if r.lines == nil {
		r.lines = r.sights(r.x.line)
	}
	return r.lines
}

func (r *readings) bySession() []sight {
	if r.sessions == nil {
		r.sessions = r.sights(r.x.session)
	}
	return r.sessions
}

func (r *readings) sights(line func(int32) uint64) []sight {
	sent := arranged(places(len(r.list)), func(n int32) uint64 { return instant(r.x.row(r.list[n]).sent) })
	all := make([]sight, len(sent))
	for at, n := range arranged(sent, func(n int32) uint64 { return line(r.list[n]) }) {
		all[at] = r.x.sight(r.list[n], r.origin[n], line)
	}
	return all
}

// sight returns what is known of a read and its origin.
func (x *index) sight(read, origin int32, line func(int32) uint64) sight {
	q := x.row(read)
	s := sight{line: line(read), read: read, origin: origin, sent: q.sent, done: q.done, wrote: -never, certainly: -never}
	if origin >= 0 {
		w := x.row(origin)
		s.wrote, s.certainly = w.sent, w.certainly()
	}
	return s
}

// acknowledged returns the answered requests of an operation, sorted by
// session, then by sending.
func (x *index) acknowledged(operation string) []int32 {
	list, ok := x.acks[operation]
	if !ok {
		list = arranged(x.bySent(x.batch(operation).answered), x.session)
		x.acks[operation] = list
	}
	return list
}
