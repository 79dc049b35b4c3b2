package claims

import (
	"testing"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// TestFailsEntirelyEdges checks both sides of each instant: the fault takes
// effect at 3.000001 s, its undo is requested at 6 s.
func TestFailsEntirelyEdges(t *testing.T) {
	dead := func(change func(*results.Run)) *results.Run {
		return changed(reads(during(3000, 9000, unanswer)), change)
	}
	answer := func(n int, done time.Duration) func(*results.Run) {
		return func(r *results.Run) { r.Requests[n].Fate, r.Requests[n].Done = results.Answered, done }
	}
	same := func(*results.Run) {}
	upTo4s := FailsEntirely{Within: 999_999 * time.Microsecond}
	exactly(t, []reading{
		{"what counts is what was sent in the silence", FailsEntirely{Within: time.Second}, dead(same), results.Held, 1999, "0 answered of 1999", ""},
		{"failures may end after the healing", FailsEntirely{Within: time.Second}, dead(func(r *results.Run) { fail(r, 5*time.Second, 6*time.Second) }), results.Held, 1999, "0 answered of 1999", ""},
		{"an unsent request does not count", FailsEntirely{Within: time.Second}, dead(func(r *results.Run) { r.Requests[5000].Fate = results.Unsent }), results.Held, 1998, "0 answered of 1998", ""},
		{"answered at the first instant", upTo4s, dead(answer(4000, 4100*time.Millisecond)), results.Broken, 2000, "1 answered of 2000", "request 4000 was answered at 4.1s, by a"},
		{"answered twice, and the first is named", upTo4s, dead(func(r *results.Run) {
			answer(4500, 4600*time.Millisecond)(r)
			answer(4700, 4800*time.Millisecond)(r)
		}), results.Broken, 2000, "2 answered of 2000", "request 4500 was answered at 4.6s, by a"},
		{"answered when the healing was asked for", upTo4s, dead(answer(5999, 6*time.Second)), results.Held, 1999, "0 answered of 1999", ""},
		{"100 are enough", FailsEntirely{Within: 2_899_999 * time.Microsecond}, dead(same), results.Held, 100, "0 answered of 100", ""},
		{"99 are not", FailsEntirely{Within: 2_900_000 * time.Microsecond}, dead(same), results.Unproven, 99, "0 answered of 99", "only 99 requests were sent during the outage; at least 100 are required"},
		{"the only answer before came as the fault took effect", upTo4s, changed(reads(unanswer), func(r *results.Run) {
			answer(0, r.Faults[0].Effect)(r)
		}), results.Held, 2000, "0 answered of 2000", ""},
		{"the only answer before came just after", upTo4s, changed(reads(unanswer), func(r *results.Run) {
			answer(0, r.Faults[0].Effect+1)(r)
		}), results.Unproven, 2000, "0 answered of 2000", "nothing was answered before the fault either"},
		{"the first fault counts", upTo4s, dead(second(7 * time.Second)), results.Held, 2000, "0 answered of 2000", ""},
		{"a fault that nobody saw does not", upTo4s, dead(func(r *results.Run) {
			r.Faults = append([]results.Fault{{Effect: 7 * time.Second, Healing: 8 * time.Second}}, r.Faults...)
		}), results.Held, 2000, "0 answered of 2000", ""},
	})
}
