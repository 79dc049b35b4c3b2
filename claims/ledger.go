package claims

import (
	"hash/maphash"

	"github.com/holdfast-lab/holdfast/results"
)

// ledger maps values to the requests that wrote them. The driver's values are
// unique; for records with other values, all writers of a value are kept.
//
// The driver's values end in the number of their request. If all of them do, a
// value identifies its writer, no two can be equal, and nothing is hashed.
type ledger struct {
	requests results.History
	writes   []int32 // writes that may have been done, in the order of the record
	named    []bool  // per request: whether it is one of them; nil if not all values identify their writers
	slots    []slot  // otherwise an open hash table, at most half full
	seed     maphash.Seed
	more     map[int32][]int32 // per writer: the later writers of its value
	first    map[int32]int32   // per later writer: the first writer
}

// slot is a value's entry: part of its hash, and its first writer plus 1.
type slot struct {
	tag    uint32
	writer int32
}

// nobody is the writer of a value that no request of the run wrote; before is
// the writer of the values from before the run.
const (
	nobody = int32(-1)
	before = int32(-2)
)

// ledger returns who wrote each value of an operation: all writes that were
// answered or may have been done.
func (x *index) ledger(operation string) *ledger {
	if l, ok := x.ledgers[operation]; ok {
		return l
	}
	x.ledgers[operation] = newLedger(x.run.Requests, x.batch(operation).possible)
	return x.ledgers[operation]
}

func newLedger(h results.History, writes []int32) *ledger {
	l := &ledger{requests: h, writes: writes, named: make([]bool, len(h))}
	for _, i := range writes {
		if ending(h[i].Value) != int(i) {
			l.hash()
			break
		}
		l.named[i] = true
	}
	return l
}

// ending is the number at the end of a value, up to nine digits, or -1.
func ending(value string) int {
	n, unit, at := 0, 1, len(value)
	for ; at > 0 && len(value)-at < 9 && value[at-1] >= '0' && value[at-1] <= '9'; at-- {
		n, unit = n+unit*int(value[at-1]-'0'), unit*10
	}
	if at == len(value) {
		return -1
	}
	return n
}

// hash builds the table of a ledger whose values do not identify their writers.
func (l *ledger) hash() {
	size := 4
	for size < 2*len(l.writes) {
		size *= 2
	}
	l.named, l.slots, l.seed = nil, make([]slot, size), maphash.MakeSeed()
	for _, i := range l.writes {
		s, tag := l.slot(l.requests[i].Value)
		if s.writer == 0 {
			*s = slot{tag, i + 1}
			continue
		}
		if l.more == nil {
			l.more, l.first = map[int32][]int32{}, map[int32]int32{}
		}
		first := s.writer - 1
		l.more[first] = append(l.more[first], i)
		l.first[i] = first
	}
}

// slot is the entry of a value, or the empty one where it would be.
func (l *ledger) slot(value string) (*slot, uint32) {
	sum := maphash.String(l.seed, value)
	mask, tag := uint64(len(l.slots)-1), uint32(sum>>32)
	for at := sum & mask; ; at = (at + 1) & mask {
		s := &l.slots[at]
		if s.writer == 0 || s.tag == tag && l.requests[s.writer-1].Value == value {
			return s, tag
		}
	}
}

// writer is the first request that wrote the value, or before, or nobody.
func (l *ledger) writer(value string) int32 {
	if l.named == nil {
		if s, _ := l.slot(value); s.writer > 0 {
			return s.writer - 1
		}
	} else if n := ending(value); n >= 0 && n < len(l.named) && l.named[n] && l.requests[n].Value == value {
		return int32(n)
	}
	if value == seed {
		return before
	}
	return nobody
}

// last is the last request that wrote the value to that key.
func (l *ledger) last(value, key string) int32 {
	if value == seed {
		return before
	}
	w := l.writer(value)
	if w == nobody {
		return w
	}
	more := l.more[w]
	for i := len(more) - 1; i >= 0; i-- {
		if l.requests[more[i]].Key == key {
			return more[i]
		}
	}
	if l.requests[w].Key != key {
		return nobody
	}
	return w
}

// same is one representative of all requests that wrote the same value.
func (l *ledger) same(i int32) int32 {
	if first, ok := l.first[i]; ok {
		return first
	}
	return i
}
