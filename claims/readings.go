package claims

import (
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// readings is what was read, and of each value the request that wrote it:
// nobody where none had written it to that key by the end of the read.
type readings struct {
	x               *index
	list, origin    []int32
	lines, sessions []sight // in two orders
}

// sight is a read, and what is known of the write that it saw.
type sight struct {
	line         uint64 // what it is judged with: its key, or its key and session
	part         int64  // of a line, where only a part is compared
	read, origin int32
	sent, done   time.Duration
	wrote        time.Duration // when the write was sent; before every other, if it was there before the run
	certainly    time.Duration // when it was certainly there
}

func sameLine(a, b *sight) bool { return a.line == b.line }

// reads is the answers to a reading operation that gave a value, and who of a
// writing operation wrote it.
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

// byLine is the reads in the order of their keys, bySession in that of their
// sessions at each key; of each, in the order of their sending.
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

// sight is what is known of a read and its origin.
func (x *index) sight(read, origin int32, line func(int32) uint64) sight {
	q := x.row(read)
	s := sight{line: line(read), read: read, origin: origin, sent: q.sent, done: q.done, wrote: -never, certainly: -never}
	if origin >= 0 {
		w := x.row(origin)
		s.wrote, s.certainly = w.sent, w.certainly()
	}
	return s
}

// acknowledged is the answered requests of an operation in the order of their
// sessions, and of each in that of their sending.
func (x *index) acknowledged(operation string) []int32 {
	list, ok := x.acks[operation]
	if !ok {
		list = arranged(x.bySent(x.batch(operation).answered), x.session)
		x.acks[operation] = list
	}
	return list
}
