package claims

import (
	"testing"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// TestSlowBoundedEdges checks both sides of each bound: a fault requested at 3
// s, 9000 reads, one per millisecond, of which 6000 ended after that; the read
// of 2.999 s ended as the fault was requested.
func TestSlowBoundedEdges(t *testing.T) {
	const m = time.Millisecond
	c := SlowBounded{SlowerThan: 500 * m, AtMost: 5, EachWithin: 1500 * m}
	taking := func(d time.Duration) func(*results.Request) {
		return func(q *results.Request) { q.Done = q.Intended + d }
	}
	refuse := func(q *results.Request) { q.Fate, q.Done = results.Refused, q.Sent }
	exactly(t, []reading{
		{"as many as allowed", c, reads(during(4000, 4005, slow)), results.Held, 6000, "5 slow of 6000, longest 1s", ""},
		{"one more", c, reads(during(4000, 4006, slow)), results.Broken, 6000, "6 slow of 6000, longest 1s", "6 slow or failed, 0 of them failed"},
		{"as slow as is not slow", c, reads(during(4000, 4006, taking(500*m))), results.Unproven, 6000, "0 slow of 6000, longest 500ms", "no request was slow: the fault affected none"},
		{"slower by nothing one can see", c, reads(during(4000, 4006, taking(500*m+1))), results.Broken, 6000, "6 slow of 6000, longest 500.000001ms", "6 slow or failed, 0 of them failed"},
		{"as long as allowed", c, reads(during(4000, 4001, taking(1500*m))), results.Held, 6000, "1 slow of 6000, longest 1.5s", ""},
		{"longer", c, reads(during(4000, 4001, taking(1501*m))), results.Broken, 6000, "1 slow of 6000, longest 1.501s", "the longest took 1ms more"},
		{"a fast failure is slow", c, reads(during(4000, 4006, refuse)), results.Broken, 6000, "6 slow of 6000, longest 1ms", "6 slow or failed, 6 of them failed"},
		{"one fast failure", c, reads(during(4000, 4001, refuse)), results.Broken, 6000, "1 slow of 6000, longest 1ms", "1 failed outright"},
		{"unsent ones are not slow", c, reads(func(q *results.Request) {
			during(4000, 4001, slow)(q)
			during(5000, 5003, func(q *results.Request) { q.Fate = results.Unsent })(q)
		}), results.Unproven, 5997, "1 slow of 5997, longest 1s", "3 requests were never sent"},
		{"others do not count", SlowBounded{Operation: "read", SlowerThan: 500 * m, AtMost: 5, EachWithin: 1500 * m}, reads(func(q *results.Request) {
			during(4000, 4001, slow)(q)
			during(5000, 5100, func(q *results.Request) { q.Operation = "write"; slow(q) })(q)
			during(6000, 6100, func(q *results.Request) { q.Operation, q.Fate = "write", results.Unsent })(q)
		}), results.Held, 5800, "1 slow of 5800, longest 1s", ""},
	})
	for _, c := range []SlowBounded{c, {SlowerThan: 1, EachWithin: 1, AtMost: 100_000}} {
		if v := c.Check(c.Violation()); v.Outcome != results.Broken {
			t.Errorf("its violation is %+v", v)
		}
	}
}
