package claims

import (
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// index prepares a run for the claims that compare values. Operations, keys and
// values are numbered, so that a claim sorts and counts numbers instead of
// hashing text. Judge creates one index per run, which the claims share; each
// part is built on first use.
//
// A request is identified by its position in Run.Requests, an int32: a record
// of more than two billion requests does not fit into memory.
type index struct {
	run      *results.Run
	batches  []batch                 // per operation
	rows     []row                   // per request
	names    []string                // the key of each number
	ledgers  map[string]*ledger      // per writing operation
	origins  map[[2]string]*readings // per reading operation and the one that writes for it
	holdings map[[2]string]holding   // per operation and the name it is audited under
	acks     map[string][]int32      // per operation, the answered requests
}

// indexed is a claim that judges an index, so that several claims can share it.
type indexed interface {
	check(*index) results.Verdict
}

func newIndex(r *results.Run) *index {
	return &index{run: r, ledgers: map[string]*ledger{}, origins: map[[2]string]*readings{}, holdings: map[[2]string]holding{}, acks: map[string][]int32{}}
}

// batch is the requests of an operation, in the order of the record.
type batch struct {
	operation string
	sent      []int32 // all that were sent
	possible  []int32 // answered, or possibly done
	answered  []int32
}

// batch finds the batch of an operation by linear search: there are few.
func (x *index) batch(operation string) *batch {
	x.number()
	for i := range x.batches {
		if x.batches[i].operation == operation {
			return &x.batches[i]
		}
	}
	x.batches = append(x.batches, batch{operation: operation})
	return &x.batches[len(x.batches)-1]
}

func (b *batch) add(i int32, fate results.Fate) {
	switch fate {
	case results.Answered:
		b.answered = append(b.answered, i)
		fallthrough
	case results.Unanswered:
		b.possible = append(b.possible, i)
		fallthrough
	case results.Refused:
		b.sent = append(b.sent, i)
	}
}

// pick returns the requests for which keep is true.
func (x *index) pick(from []int32, keep func(*results.Request) bool) []int32 {
	some := make([]int32, 0, len(from))
	for _, i := range from {
		if keep(&x.run.Requests[i]) {
			some = append(some, i)
		}
	}
	return some
}

// at is the request at a position.
func (x *index) at(i int32) *results.Request { return &x.run.Requests[i] }

// row holds the fields that the order of requests depends on, close together in
// memory: a request is five times as long, and sorted lists access rows at
// random.
type row struct {
	sent, done  time.Duration
	key, client int32
	answered    bool
}

// certainly is when a write was certainly done; never, if it was not answered
// and may have been done at any later time.
func (r *row) certainly() time.Duration {
	if r.answered {
		return r.done
	}
	return never
}

// row is the row of a request.
func (x *index) row(i int32) *row {
	if x.rows == nil {
		x.number()
	}
	return &x.rows[i]
}

// key is the number of a request's key.
func (x *index) key(i int32) int32 { return x.row(i).key }

// number builds the rows and the batches, numbers the keys in the order of
// their first requests, and returns their names.
func (x *index) number() []string {
	if x.rows != nil {
		return x.names
	}
	x.rows = make([]row, len(x.run.Requests))
	numbers := map[string]int32{}
	for i := range x.run.Requests {
		q := &x.run.Requests[i]
		n, ok := numbers[q.Key]
		if !ok {
			n = int32(len(x.names))
			numbers[q.Key], x.names = n, append(x.names, q.Key)
		}
		x.rows[i] = row{q.Sent, q.Done, n, int32(q.Client), q.Fate == results.Answered}
		x.batch(q.Operation).add(int32(i), q.Fate)
	}
	return x.names
}

// session is a number for a request's session and key together: equal numbers
// mean the same session and the same key.
func (x *index) session(i int32) uint64 {
	r := x.row(i)
	return uint64(r.key)<<32 | uint64(uint32(r.client))
}

// line is the number of a request's key, for sorting.
func (x *index) line(i int32) uint64 { return uint64(x.row(i).key) }

// bySent sorts requests by sending, byDone by ending.
func (x *index) bySent(list []int32) []int32 {
	return arranged(list, func(i int32) uint64 { return instant(x.row(i).sent) })
}

func (x *index) byDone(list []int32) []int32 {
	return arranged(list, func(i int32) uint64 { return instant(x.row(i).done) })
}

// instant maps a duration to a number with the same order, including negative
// ones.
func instant(d time.Duration) uint64 { return uint64(d) ^ 1<<63 }

// words numbers a few words by linear search.
type words []string

func (w *words) of(word string) uint32 {
	for n, known := range *w {
		if known == word {
			return uint32(n)
		}
	}
	*w = append(*w, word)
	return uint32(len(*w) - 1)
}

// places returns the numbers from 0 up to n.
func places(n int) []int32 {
	all := make([]int32, n)
	for i := range all {
		all[i] = int32(i)
	}
	return all
}

// groups calls each for every run of adjacent items that are the same.
func groups[T any](list []T, same func(a, b *T) bool, each func([]T)) {
	for from := 0; from < len(list); {
		to := from + 1
		for to < len(list) && same(&list[from], &list[to]) {
			to++
		}
		each(list[from:to])
		from = to
	}
}

// joined calls each with the sights that share a line, and the others of that
// line. Both are sorted by line.
func joined(sights []sight, others []int32, line func(int32) uint64, each func(sights []sight, others []int32)) {
	from := 0
	groups(sights, sameLine, func(group []sight) {
		for from < len(others) && line(others[from]) < group[0].line {
			from++
		}
		to := from
		for to < len(others) && line(others[to]) == group[0].line {
			to++
		}
		each(group, others[from:to])
	})
}
