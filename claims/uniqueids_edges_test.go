package claims

import (
	"testing"

	"github.com/holdfast-lab/holdfast/results"
)

func TestUniqueIDsEdges(t *testing.T) {
	id := func(n int, value string) results.Request {
		q := session("id", n, n+1, "", value, n)
		q.Seq = uint64(n)
		return q
	}
	for range 20 { // values are read from a map, in random order
		exactly(t, []reading{
			{"the first that was given again", UniqueIDs{}, story(id(0, "a"), id(1, "b"), id(2, "c"), id(3, "c"), id(4, "b"), id(5, "a"), id(6, "c")), results.Broken, 7, "4 of 7 given twice", "c was given to request 2 and to request 3"},
		})
	}
	exactly(t, []reading{
		{"just enough", UniqueIDs{LeastSamples: 2}, story(id(0, "1"), id(1, "2")), results.Held, 2, "0 of 2 given twice", ""},
		{"one too few", UniqueIDs{LeastSamples: 3}, story(id(0, "1"), id(1, "2")), results.Unproven, 2, "0 of 2 given twice", "only 2 were given out; at least 3 are required"},
		{"given again outranks none", UniqueIDs{}, story(id(0, "a"), id(1, ""), id(2, "a")), results.Broken, 2, "1 of 2 given twice", "a was given to request 0 and to request 2"},
		{"the first two are the same", UniqueIDs{}, story(id(0, "a"), id(1, "a")), results.Broken, 2, "1 of 2 given twice", "a was given to request 0 and to request 1"},
	})
}
