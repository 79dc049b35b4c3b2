package claims

import (
	"fmt"
	"strings"

	"github.com/holdfast-lab/holdfast/results"
)

// holding is what the primary of the final audit holds of an operation.
type holding struct {
	why     string         // why it is unknown; "" if it is known
	order   []int32        // the writer of each value, in the store's order (the first writer, if several)
	copies  []int32        // per request: how often the value that it wrote first is stored
	strange map[string]int // values that no request wrote, or only requests that were certainly not done: how often each
	ledger  *ledger
	store   results.Store // the primary
}

// holding is what the primary holds under a name, by the writers of an
// operation.
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

// writers returns the writer of each value that a store of the final audit
// holds.
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

// of is how often the value of a request is stored.
func (h holding) of(i int32, q *results.Request) int {
	if q.Fate == results.Answered || q.Fate == results.Unanswered {
		return int(h.copies[h.ledger.same(i)])
	}
	if w := h.ledger.writer(q.Value); w >= 0 {
		return int(h.copies[w])
	}
	return h.strange[q.Value]
}

// stranger is the smallest stored value that was never written, or "".
func (h holding) stranger() string {
	least := ""
	for value := range h.strange {
		if least == "" || value < least {
			least = value
		}
	}
	return least
}

// primaryHolds returns the values of the only primary, or why they are unknown.
func primaryHolds(a *results.Audit, op string) (values []string, why string) {
	s, why := primaryStore(a)
	return s.Values[op], why
}

// primaryStore returns the only primary of the audit, or why it is unknown.
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
