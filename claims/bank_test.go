package claims

import (
	"testing"

	"github.com/holdfast-lab/holdfast/results"
)

func TestBank(t *testing.T) {
	r := func(sent int, value string) results.Request {
		return session("balance", sent, sent+1, "", value, 1)
	}
	at := func(key string, q results.Request) results.Request { q.Key = key; return q }
	c := Bank{LeastSamples: 1}
	try(t, []trial{
		{"money moves", c, story(r(0, "a=10,b=-3"), r(2, "a=4,b=3"), r(4, "a=0,b=7")), results.Held, ""},
		{"money is gone", c, story(r(0, "a=10,b=-3"), r(2, "a=4,b=-3")), results.Broken, "request 0 read a=4,b=-3, which adds up to 1, not 7"},
		{"an account is gone", c, story(r(0, "a=10,b=-3"), r(2, "a=10")), results.Broken, "adds up to 10, not 7"},
		{"an empty account is gone", c, story(r(0, "a=10,b=0"), r(2, "a=10")), results.Held, ""},
		{"as much as there should be", Bank{Total: 7, LeastSamples: 1}, story(r(0, "a=10,b=-3"), r(2, "a=4,b=3")), results.Held, ""},
		{"less than there should be", Bank{Total: 8, LeastSamples: 1}, story(r(0, "a=10,b=-3"), r(2, "a=4,b=3")), results.Broken, "adds up to 7, not 8"},
		{"two banks", c, story(at("x", r(0, "a=1,b=1")), at("y", r(2, "a=5,b=1")), at("x", r(4, "a=2,b=0"))), results.Held, ""},
		{"nonsense", c, story(r(0, "a=10,b=-3"), r(2, "a=4,b=3"), r(4, "a=4,b=")), results.Unproven, "1 reads returned no balances, the first of them request 0: \"a=4,b=\""},
		{"nonsense beside money gone", c, story(r(0, "a=10,b=-3"), r(2, "many"), r(4, "a=4,b=4")), results.Broken, "adds up to 8, not 7"},
		{"nothing at all", c, story(r(0, "a=10"), r(2, "")), results.Unproven, "1 reads returned no balances"},
		{"an answer that never came", c, story(r(0, "a=10,b=-3"), lost(r(2, "a=4")), r(4, "a=4,b=3")), results.Held, ""},
		{"no money moved", c, story(r(0, "a=10,b=-3"), r(2, "a=10,b=-3")), results.Unproven, "no money moved"},
		{"one read", c, story(r(0, "a=10,b=-3")), results.Unproven, "only 0 reads could be compared"},
		{"too few", Bank{}, story(r(0, "a=10,b=-3"), r(2, "a=4,b=3")), results.Unproven, "only 1 reads could be compared; at least 100 are required"},
		{"another operation", Bank{Operation: "read", LeastSamples: 1}, story(r(0, "a=10,b=-3"), r(2, "a=4,b=3")), results.Unproven, "only 0 reads"},
	})
	if v := c.Check(story(r(0, "a=1,b=1"), r(2, "a=2"), r(4, "a=3"), r(6, "a=4"))); v.Measured != "2 of 3 sums differ" {
		t.Errorf("measured %q", v.Measured)
	}
}

func TestBankEdges(t *testing.T) {
	r := func(sent int, value string) results.Request {
		return session("balance", sent, sent+1, "", value, 1)
	}
	exactly(t, []reading{
		{"money moves, and back", Bank{LeastSamples: 2}, story(r(0, "a=1,b=1"), r(2, "a=2"), r(4, "a=1,b=1")), results.Held, 2, "0 of 2 sums differ", ""},
		{"the first counts where the total is known", Bank{Total: 2, LeastSamples: 3}, story(r(0, "a=1,b=1"), r(2, "a=2"), r(4, "a=1,b=1")), results.Held, 3, "0 of 3 sums differ", ""},
		{"one too few", Bank{LeastSamples: 3}, story(r(0, "a=1,b=1"), r(2, "a=2"), r(4, "a=1,b=1")), results.Unproven, 2, "0 of 2 sums differ", "only 2 reads could be compared; at least 3 are required"},
		{"the first of two that differ", Bank{}, story(r(0, "a=1"), r(2, "a=3"), r(4, "a=4")), results.Broken, 2, "2 of 2 sums differ", "request 0 read a=3, which adds up to 3, not 1"},
		{"the first of two that are nonsense", Bank{}, story(r(0, "x"), r(2, "y")), results.Unproven, 0, "0 of 0 sums differ", `2 reads returned no balances, the first of them request 0: "x"`},
	})
}
