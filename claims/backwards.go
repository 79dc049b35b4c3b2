package claims

import (
	"cmp"
	"slices"
	"time"
)

// retreat counts the reads that saw an older write than an earlier read did.
type retreat struct {
	judged, n int
	first     int32 // the first such read, in order of sending
	at        time.Duration
	strangers int // reads that returned a value that was never written
}

// goingBack finds reads that were sent after another read had ended, but
// returned a write that was acknowledged before the other read's write was
// sent. It compares reads within each part of each line; a negative part is
// skipped. Values from before the run are older than every write.
func (x *index) goingBack(list []sight, part func(*sight) int64) retreat {
	var r retreat
	var row, ended []sight
	byEnd := func(a, b sight) int { return cmp.Compare(a.done, b.done) }
	groups(list, sameLine, func(all []sight) {
		row = row[:0]
		for i := range all {
			s := &all[i]
			if s.origin == nobody {
				r.strangers++
			} else if p := part(s); p >= 0 {
				row = append(row, *s)
				row[len(row)-1].part = p
			}
		}
		if len(row) < 2 {
			return
		}
		parts := arranged(row, func(s sight) uint64 { return uint64(s.part) })
		groups(parts, func(a, b *sight) bool { return a.part == b.part }, func(group []sight) {
			if len(group) < 2 {
				return
			}
			ended = append(ended[:0], group...)
			if !slices.IsSortedFunc(ended, byEnd) {
				slices.SortFunc(ended, byEnd)
			}
			r.add(group, ended)
		})
	})
	return r
}

// add judges one group, given in order of sending and in order of ending.
func (r *retreat) add(group, ended []sight) {
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
		if r.n++; r.n == 1 || s.sent < r.at {
			r.first, r.at = s.read, s.sent
		}
	}
}

// disarray counts the writes that a store keeps before a write that was
// acknowledged before they were sent.
type disarray struct {
	judged, n     int
	early, behind int32 // of the first case: the write that is too early, and the one that should precede it
}

// outOfOrder compares the writes of each group in the order of a store, given
// by their writers. A repeated value is not compared again.
func (x *index) outOfOrder(store []int32, group func(int32) uint64) disarray {
	seen := make([]bool, len(x.run.Requests))
	list := make([]int32, 0, len(store))
	for _, w := range store {
		if w >= 0 && !seen[w] {
			seen[w], list = true, append(list, w)
		}
	}
	var d disarray
	groups(arranged(list, group), func(a, b *int32) bool { return group(*a) == group(*b) }, func(row []int32) {
		latest := row[0] // the one sent last, of those that precede
		for _, w := range row[1:] {
			q, l := x.row(w), x.row(latest)
			behind := q.answered && q.done < l.sent
			if behind || l.answered && l.done <= q.sent { // otherwise either order is correct
				d.judged++
			}
			if behind {
				if d.n++; d.n == 1 {
					d.early, d.behind = latest, w
				}
			}
			if q.sent > l.sent {
				latest = w
			}
		}
	})
	return d
}
