package claims

import (
	"fmt"
	"strings"

	"github.com/holdfast-lab/holdfast/results"
)

// holding is what the one primary of the final audit holds of an operation.
type holding struct {
	why     string         // why it cannot be known; "" where it is
	order   []int32        // of each value, in the store's order, its writer (the first, where several wrote it)
	copies  []int32        // of each request, how often the value that it wrote first is there
	strange map[string]int // what no request wrote, or only such as were certainly not done: how often each
	ledger  *ledger
	store   results.Store // the primary
}

// holding is what the primary holds under a name, told by the writers of an operation.
func (x *index) holding(operation, audited string) holding {
	names := [2]string{operation, audited}
	if h, ok := x.holdings[names]; ok {
		return h
	}
	store, why := primaryStore(x.run.Final)
	values := store.Values[audited]
	h := holding{why: why, store: store}
	if why == "" {
		h.ledger = x.ledger(operation)
		h.order = make([]int32, len(values))
		h.copies = make([]int32, len(x.run.Requests))
		h.strange = map[string]int{}
		for n, value := range values {
			w := h.ledger.writer(value)
			h.order[n] = w
			if w == nobody {
				h.strange[value]++
			} else if w >= 0 {
				h.copies[w]++
			}
		}
	}
	x.holdings[names] = h
	return h
}

// writers is, of each value that a store of the final audit holds, its writer.
func (x *index) writers(operation string, s results.Store) []int32 {
	if s.Role == "primary" {
		if h := x.holding(operation, operation); h.why == "" {
			return h.order // there is only one primary
		}
	}
	l := x.ledger(operation)
	order := make([]int32, len(s.Values[operation]))
	for n, value := range s.Values[operation] {
		order[n] = l.writer(value)
	}
	return order
}

// of is how often the value of a request is there.
func (h holding) of(i int32, q *results.Request) int {
	if q.Fate == results.Answered || q.Fate == results.Unanswered {
		return int(h.copies[h.ledger.same(i)])
	}
	if w := h.ledger.writer(q.Value); w >= 0 {
		return int(h.copies[w])
	}
	return h.strange[q.Value]
}

// stranger is the least value that is there and was never written, or "".
func (h holding) stranger() string {
	least := ""
	for value := range h.strange {
		if least == "" || value < least {
			least = value
		}
	}
	return least
}

// primaryHolds is the values of the one primary, or why it cannot be known.
func primaryHolds(a *results.Audit, op string) (values []string, why string) {
	s, why := primaryStore(a)
	return s.Values[op], why
}

// primaryStore is the one primary of the audit, or why it cannot be known.
func primaryStore(a *results.Audit) (primary results.Store, why string) {
	if a == nil {
		return primary, "no final audit"
	}
	if !a.Stable {
		why = "no two final reads were identical"
		if unread := a.Unread(); len(unread) > 0 {
			why = "the final audit could not read " + strings.Join(unread, "; ")
		}
		return primary, why
	}
	primaries := 0
	for _, s := range a.Stores {
		if s.Role != "primary" {
			continue
		}
		if s.Err != "" {
			return results.Store{}, "the final audit could not read " + s.Node + ": " + s.Err
		}
		primaries++
		primary = s
	}
	if primaries != 1 {
		why = fmt.Sprintf("the final audit found %d primaries, so which writes survive is unknown", primaries)
		if unread := a.Unread(); len(unread) > 0 {
			why += "; it could not read " + strings.Join(unread, "; ")
		}
		return results.Store{}, why
	}
	return primary, ""
}
