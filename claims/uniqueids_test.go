package claims

import (
	"testing"

	"github.com/holdfast-lab/holdfast/results"
)

func TestUniqueIDs(t *testing.T) {
	id := func(sent int, value string) results.Request {
		return session("id", sent, sent+1, "", value, sent)
	}
	numbered := func(r *results.Run) *results.Run {
		for i := range r.Requests {
			r.Requests[i].Seq = uint64(i)
		}
		return r
	}
	c := UniqueIDs{LeastSamples: 2}
	try(t, []trial{
		{"each once", c, story(id(0, "1"), id(2, "2")), results.Held, ""},
		{"one twice", c, numbered(story(id(0, "1"), id(2, "2"), id(4, "3"), id(6, "2"))), results.Broken, "2 was given to request 1 and to request 3"},
		{"two twice", c, numbered(story(id(0, "1"), id(2, "2"), id(4, "2"), id(6, "1"), id(8, "1"))), results.Broken, "2 was given to request 1 and to request 2"},
		{"one that never arrived", c, story(id(0, "1"), lost(id(2, "1")), id(4, "2")), results.Held, ""},
		{"of another operation", c, story(id(0, "1"), session("read", 2, 3, "", "1", 1), id(4, "2")), results.Held, ""},
		{"an answer without one", c, story(id(0, "1"), id(2, ""), id(4, "2"), id(6, "")), results.Unproven, "2 answers had no id"},
		{"too few", UniqueIDs{}, story(id(0, "1"), id(2, "2")), results.Unproven, "only 2 were given out; at least 100 are required"},
		{"none", UniqueIDs{Operation: "ticket"}, story(id(0, "1"), id(2, "2")), results.Unproven, "only 0 were given out"},
	})
	if v := c.Check(story(id(0, "1"), id(2, "1"), id(4, "1"), id(6, "2"))); v.Measured != "2 of 4 given twice" {
		t.Errorf("measured %q", v.Measured)
	}
}
