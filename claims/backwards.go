package claims

import (
	"cmp"
	"slices"
	"time"
)

// retreat is how often somebody who had seen a write saw an older one later.
type retreat struct {
	judged, n int
	first     int32 // the first read, by its sending, that went back
	strangers int   // reads that gave what nobody had written
}

// sight is a read, and of the write that it saw, when it was sent and when it
// was certainly there.
type sight struct {
	read             int32
	sent, done       time.Duration
	wrote, certainly time.Duration
}

// goingBack looks for reads that were sent after another had ended, but saw a
// write that was acknowledged before the other's write was sent. It compares
// the reads of each group; groups stand together, each in the order of sending.
// What was there before the run is older than every write.
func (x *index) goingBack(rs *readings, order []int32, same func(a, b int32) bool) retreat {
	var r retreat
	var group, ended []sight
	groups(order, same, func(list []int32) {
		group = group[:0]
		for _, n := range list {
			w := rs.origin[n]
			if w == nobody {
				r.strangers++
				continue
			}
			q := x.row(rs.list[n])
			s := sight{rs.list[n], q.sent, q.done, -never, -never}
			if w >= 0 {
				s.wrote, s.certainly = x.row(w).sent, x.row(w).certainly()
			}
			group = append(group, s)
		}
		if len(group) < 2 {
			return
		}
		ended = append(ended[:0], group...)
		byEnd := func(a, b sight) int { return cmp.Compare(a.done, b.done) }
		if !slices.IsSortedFunc(ended, byEnd) {
			slices.SortFunc(ended, byEnd)
		}
		r.add(x, group, ended)
	})
	return r
}

// add judges one group: its reads by their sending, and by their ends.
func (r *retreat) add(x *index, group, ended []sight) {
	seen, newest := 0, -never
	for _, s := range group {
		for seen < len(ended) && ended[seen].done <= s.sent {
			newest = max(newest, ended[seen].wrote)
			seen++
		}
		if seen == 0 || newest == -never && s.wrote == -never {
			continue
		}
		r.judged++
		if s.certainly >= newest {
			continue
		}
		if r.n++; r.n == 1 || s.sent < x.row(r.first).sent {
			r.first = s.read
		}
	}
}

// disarray is how often a store keeps a write before one that was acknowledged
// before the first was sent.
type disarray struct {
	judged, n     int
	early, behind int32 // of the first case: what stands too early, and what should stand before it
}

// outOfOrder compares the writes of each group in the order of a store, which
// are given by their writers; a value that stands there again is not compared.
func (x *index) outOfOrder(store []int32, group func(int32) uint64) disarray {
	seen := make([]bool, len(x.run.Requests))
	list := make([]int32, 0, len(store))
	for _, w := range store {
		if w >= 0 && !seen[w] {
			seen[w], list = true, append(list, w)
		}
	}
	var d disarray
	groups(arranged(list, group), func(a, b int32) bool { return group(a) == group(b) }, func(row []int32) {
		latest := row[0] // sent last of those that stand before
		for _, w := range row[1:] {
			d.judged++
			q := x.row(w)
			if q.answered && q.done < x.row(latest).sent {
				if d.n++; d.n == 1 {
					d.early, d.behind = latest, w
				}
			}
			if q.sent > x.row(latest).sent {
				latest = w
			}
		}
	})
	return d
}
