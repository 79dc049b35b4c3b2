package claims

import (
	"testing"
	"time"

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
		{"money is gone", c, story(r(0, "a=10,b=-3"), r(2, "a=4,b=-3")), results.Broken, "request 0 read a=4,b=-3, which comes to 1 and not 7"},
		{"an account is gone", c, story(r(0, "a=10,b=-3"), r(2, "a=10")), results.Broken, "comes to 10 and not 7"},
		{"an empty account is gone", c, story(r(0, "a=10,b=0"), r(2, "a=10")), results.Held, ""},
		{"as much as there should be", Bank{Total: 7, LeastSamples: 1}, story(r(0, "a=10,b=-3"), r(2, "a=4,b=3")), results.Held, ""},
		{"less than there should be", Bank{Total: 8, LeastSamples: 1}, story(r(0, "a=10,b=-3"), r(2, "a=4,b=3")), results.Broken, "comes to 7 and not 8"},
		{"two banks", c, story(at("x", r(0, "a=1,b=1")), at("y", r(2, "a=5,b=1")), at("x", r(4, "a=2,b=0"))), results.Held, ""},
		{"nonsense", c, story(r(0, "a=10,b=-3"), r(2, "a=4,b=3"), r(4, "a=4,b=")), results.Unproven, "1 reads gave no balances, the first of them request 0: \"a=4,b=\""},
		{"nonsense beside money gone", c, story(r(0, "a=10,b=-3"), r(2, "many"), r(4, "a=4,b=4")), results.Broken, "comes to 8 and not 7"},
		{"nothing at all", c, story(r(0, "a=10"), r(2, "")), results.Unproven, "1 reads gave no balances"},
		{"an answer that never came", c, story(r(0, "a=10,b=-3"), lost(r(2, "a=4")), r(4, "a=4,b=3")), results.Held, ""},
		{"no money moved", c, story(r(0, "a=10,b=-3"), r(2, "a=10,b=-3")), results.Unproven, "no money moved"},
		{"one read", c, story(r(0, "a=10,b=-3")), results.Unproven, "only 0 reads could be compared"},
		{"too few", Bank{}, story(r(0, "a=10,b=-3"), r(2, "a=4,b=3")), results.Unproven, "only 1 reads could be compared, wanted at least 100"},
		{"another operation", Bank{Operation: "read", LeastSamples: 1}, story(r(0, "a=10,b=-3"), r(2, "a=4,b=3")), results.Unproven, "only 0 reads"},
	})
	if v := c.Check(story(r(0, "a=1,b=1"), r(2, "a=2"), r(4, "a=3"), r(6, "a=4"))); v.Measured != "2 of 3 sums differ" {
		t.Errorf("measured %q", v.Measured)
	}
}

func TestBalances(t *testing.T) {
	for text, want := range map[string]int64{"a=10,b=-3": 7, "a=0": 0, "12": 12, "-1": -1, "a=1, b=2": 3, "a=9223372036854775807,b=-1": 1<<63 - 2} {
		if got, ok := balances(text); !ok || got != want {
			t.Errorf("%q comes to %d (%v), want %d", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "a", "a=", "=1", "a=1,", "a=1,,b=1", "a=1,b", "1,2", "a=1.5", "a=b=1", "a=9223372036854775807,b=1", "a=-9223372036854775808,b=-1", "9223372036854775808"} {
		if got, ok := balances(text); ok {
			t.Errorf("%q comes to %d", text, got)
		}
	}
}

func TestCounter(t *testing.T) {
	add := func(sent, done int) results.Request {
		return session("increment", sent, done, "7", "", 1)
	}
	r := func(sent, done int, value string) results.Request {
		return session("count", sent, done, "7", value, 2)
	}
	keeping := func(r *results.Run, values ...string) *results.Run {
		r.Final = &results.Audit{Stable: true, Stores: []results.Store{{Node: "db", Role: "primary", Values: map[string][]string{"count": values}}}}
		return r
	}
	cut := func(r *results.Run) *results.Run { r.Finished = false; return r }
	c := Counter{LeastSamples: 1}
	try(t, []trial{
		{"all are counted", c, story(add(0, 1), add(2, 3), r(4, 5, "2")), results.Held, ""},
		{"one is not", c, story(add(0, 1), add(2, 3), r(4, 5, "1")), results.Broken, "request 0 read 1 of key 7, which lies not between 2 and 2"},
		{"one too many", c, story(add(0, 1), add(2, 3), r(4, 5, "3")), results.Broken, "lies not between 2 and 2"},
		{"one on its way, counted", c, story(add(0, 1), add(2, 9), r(4, 5, "2")), results.Held, ""},
		{"one on its way, not counted", c, story(add(0, 1), add(2, 9), r(4, 5, "1")), results.Held, ""},
		{"one that was never answered, counted", c, story(add(0, 1), lost(add(2, 3)), r(4, 5, "2")), results.Held, ""},
		{"one that was never answered, not counted", c, story(add(0, 1), lost(add(2, 3)), r(4, 5, "1")), results.Held, ""},
		{"one that was refused", c, story(add(0, 1), changedTo(add(2, 3), results.Refused), r(4, 5, "2")), results.Broken, "between 1 and 1"},
		{"one that is sent only later", c, story(add(0, 1), r(4, 5, "2"), add(6, 7)), results.Broken, "between 1 and 1"},
		{"one of another key", c, story(add(0, 1), session("increment", 0, 1, "8", "", 1), r(4, 5, "2")), results.Broken, "between 1 and 1"},
		{"before any", c, story(r(0, 1, "seed"), r(0, 1, "0"), add(2, 3), r(4, 5, "1")), results.Held, ""},
		{"too many, in a run cut short", c, cut(story(add(0, 1), r(4, 5, "2"))), results.Unproven, "record is not whole"},
		{"too few, in a run cut short", c, cut(story(add(0, 1), r(2, 3, "2"), r(4, 5, "0"))), results.Broken, "read 0 of key 7, which lies not between 1 and 1"},
		{"no number", c, story(add(0, 1), r(4, 5, "1"), r(6, 7, "one")), results.Unproven, "1 reads gave no number, one of them \"one\""},
		{"nothing counted yet", c, story(r(0, 1, "0"), add(2, 3)), results.Unproven, "only 0 reads came after an acknowledged increment"},
		{"too few reads", Counter{}, story(add(0, 1), r(4, 5, "1")), results.Unproven, "wanted at least 100"},
		{"kept", c, keeping(story(add(0, 1), lost(add(2, 3)), r(4, 5, "1")), "1"), results.Held, ""},
		{"kept, by keys", c, keeping(story(add(0, 1), session("increment", 2, 3, "8", "", 1), r(4, 5, "1")), "7=1", "8=1"), results.Held, ""},
		{"one is not kept", c, keeping(story(add(0, 1), add(2, 3), r(4, 5, "2")), "1"), results.Broken, "1 were kept, but 2 acknowledged"},
		{"one too many is kept", c, keeping(story(add(0, 1), lost(add(2, 3)), r(4, 5, "1")), "3"), results.Broken, "3 were kept, but only 2 sent"},
		{"one too many is kept, in a run cut short", c, cut(keeping(story(add(0, 1), r(4, 5, "1")), "3")), results.Unproven, "not whole"},
		{"no number is kept", c, keeping(story(add(0, 1), r(4, 5, "1")), "x"), results.Unproven, "no number but \"x\""},
		{"an audit that failed", c, changed(keeping(story(add(0, 1), r(4, 5, "1")), "1"), func(r *results.Run) { r.Final.Stable = false }), results.Unproven, "same twice"},
		{"none kept on record", c, keeping(story(add(0, 1), r(4, 5, "1"))), results.Held, ""},
	})
	v := c.Check(keeping(story(add(0, 1), lost(add(0, 1)), r(4, 5, "0"), r(4, 5, "3"), r(4, 5, "2")), "2"))
	if want := "1 of 3 reads too low, 1 too high, 2 kept of 1 to 2"; v.Measured != want {
		t.Errorf("measured %q, want %q", v.Measured, want)
	}
}

func changedTo(q results.Request, fate results.Fate) results.Request { q.Fate = fate; return q }

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
		{"one that never arrived", c, story(id(0, "1"), lost(id(2, "1")), id(4, "2")), results.Held, ""},
		{"of another operation", c, story(id(0, "1"), session("read", 2, 3, "", "1", 1), id(4, "2")), results.Held, ""},
		{"an answer without one", c, story(id(0, "1"), id(2, ""), id(4, "2"), id(6, "")), results.Unproven, "2 answers carried none"},
		{"too few", UniqueIDs{}, story(id(0, "1"), id(2, "2")), results.Unproven, "only 2 were given out, wanted at least 100"},
		{"none", UniqueIDs{Operation: "ticket"}, story(id(0, "1"), id(2, "2")), results.Unproven, "only 0 were given out"},
	})
	if v := c.Check(story(id(0, "1"), id(2, "1"), id(4, "1"), id(6, "2"))); v.Measured != "2 of 4 given twice" {
		t.Errorf("measured %q", v.Measured)
	}
}

func TestSessionKept(t *testing.T) {
	w := func(sent, done int, key, value string, client int) results.Request {
		return session("write", sent, done, key, value, client)
	}
	r := func(sent int, value string) results.Request { return session("read", sent, sent+1, "7", value, 2) }
	refused := func(sent, status int) results.Request {
		q := changedTo(r(sent, ""), results.Refused)
		q.Status, q.Server = status, "web-2"
		return q
	}
	c := SessionKept{LeastSamples: 1}
	begun := w(0, 1, "7", "a", 2)
	try(t, []trial{
		{"kept", c, story(begun, r(2, "a")), results.Held, ""},
		{"changed since", c, story(begun, w(2, 3, "7", "b", 2), r(4, "a"), r(6, "b")), results.Held, ""},
		{"changed by another", c, story(begun, w(2, 3, "7", "b", 1), r(4, "b")), results.Held, ""},
		{"changed, and never told", c, story(begun, lost(w(2, 3, "7", "b", 2)), r(4, "b")), results.Held, ""},
		{"empty", c, story(begun, r(2, "a"), r(4, "")), results.Broken, "came back empty"},
		{"as before", c, story(begun, r(2, "seed")), results.Broken, "read seed at key 7"},
		{"somebody else's", c, story(begun, w(0, 1, "8", "b", 1), r(2, "b")), results.Broken, "read b at key 7 from , which is somebody else's"},
		{"not known any more", c, story(begun, refused(2, 401)), results.Broken, "was refused with 401 by web-2"},
		{"not found any more", c, story(begun, refused(2, 404)), results.Broken, "was refused with 404"},
		{"turned away", c, story(begun, r(2, "a"), refused(4, 429), refused(6, 0)), results.Held, ""},
		{"no answer", c, story(begun, r(2, "a"), lost(r(4, ""))), results.Held, ""},
		{"what nobody wrote", c, story(begun, r(2, "x")), results.Broken, "read \"x\", which nobody had written"},
		{"what is written only later", c, story(begun, r(2, "b"), w(4, 5, "8", "b", 1)), results.Broken, "nobody had written"},
		{"what nobody wrote, in a run cut short", c, changed(story(begun, r(2, "x")), func(r *results.Run) { r.Finished = false }), results.Unproven, "not whole"},
		{"before it began", c, story(r(0, "seed"), w(2, 3, "7", "a", 2)), results.Unproven, "only 0 reads came after a write of their session"},
		{"never known to have begun", c, story(lost(begun), r(2, "seed")), results.Unproven, "only 0 reads"},
		{"another's session", c, story(w(0, 1, "7", "a", 1), r(2, "seed")), results.Unproven, "only 0 reads"},
		{"too few", SessionKept{}, story(begun, r(2, "a")), results.Unproven, "wanted at least 100"},
		{"other operations", SessionKept{Login: "login", Read: "cart", LeastSamples: 1}, story(begun, r(2, "seed")), results.Unproven, "a login of their session"},
	})
	v := c.Check(story(begun, w(0, 1, "8", "b", 1), r(2, ""), r(4, "seed"), r(6, "b"), r(8, "x"), r(10, "a")))
	if want := "2 lost, 1 mixed up, 1 unknown of 5"; v.Measured != want {
		t.Errorf("measured %q, want %q", v.Measured, want)
	}
}

func TestConvergence(t *testing.T) {
	store := func(node string, values ...string) results.Store {
		return results.Store{Node: node, Role: "replica", Values: map[string][]string{"write": values, "post": {"p"}}}
	}
	ending := func(stores ...results.Store) *results.Run {
		r := specimen("write", 300, 3*time.Second) // its fault ends after 2 s, its last write at 2.991 s
		r.Final = &results.Audit{Stable: true, At: 13 * time.Second, Stores: stores}
		return r
	}
	var c Convergence
	within := func(s int) Convergence { return Convergence{Within: time.Duration(s) * time.Second} }
	broken := results.Store{Node: "c", Err: "refused"}
	try(t, []trial{
		{"the same", c, ending(store("a", "x", "y"), store("b", "x", "y")), results.Held, ""},
		{"the same in another order", c, ending(store("a", "x", "y"), store("b", "y", "x")), results.Held, ""},
		{"one is missing", c, ending(store("a", "x", "y"), store("b", "x")), results.Broken, "a and b differ in 1 of their writes, one of them y"},
		{"one stands twice", c, ending(store("a", "x", "y"), store("b", "x", "x", "y")), results.Broken, "a and b differ in 1 of their writes, one of them x"},
		{"the third has another", c, ending(store("a", "x"), store("b", "x"), store("c", "z")), results.Broken, "a and c differ in 2 of their writes, one of them x"},
		{"of an operation that is the same", Convergence{Operation: "post"}, ending(store("a", "x"), store("b", "y")), results.Held, ""},
		{"of an operation that one has not", c, ending(store("a", "x"), results.Store{Node: "b", Values: map[string][]string{"write": {"x"}}}), results.Broken, "in 1 of their posts"},
		{"in time", within(11), ending(store("a", "x"), store("b", "x")), results.Held, ""},
		{"perhaps in time", within(10), ending(store("a", "x"), store("b", "x")), results.Unproven, "they agree, but were read 10.009s after"},
		{"not in time", within(10), ending(store("a", "x"), store("b", "y")), results.Broken, "a and b differ in 2"},
		{"time not over", within(11), ending(store("a", "x"), store("b", "y")), results.Unproven, "but had only 10.009s to agree"},
		{"no time on record", within(11), changed(ending(store("a", "x"), store("b", "x")), func(r *results.Run) { r.Final.At = 0 }), results.Unproven, "not on record"},
		{"a fault after the last write", within(11), changed(ending(store("a", "x"), store("b", "y")), func(r *results.Run) { r.Faults[0].Ended = 3 * time.Second }), results.Unproven, "only 10s to agree"},
		{"a fault that never ended", c, changed(ending(store("a", "x"), store("b", "y")), func(r *results.Run) { r.Faults[0].Ended = 0 }), results.Unproven, "kill was never seen to end"},
		{"one that could not be read", c, ending(store("a", "x"), store("b", "x"), broken), results.Unproven, "could not read c: refused"},
		{"one that could not be read, while others differ", c, ending(store("a", "x"), store("b", "y"), broken), results.Broken, "a and b differ"},
		{"one store", c, ending(store("a", "x")), results.Unproven, "1 store, which has nothing to agree with"},
		{"stores that hold nothing", Convergence{Operation: "read"}, ending(store("a", "x"), store("b", "x")), results.Unproven, "hold nothing"},
		{"no audit", c, story(), results.Unproven, "no final audit"},
		{"an unstable audit", c, changed(ending(store("a", "x"), store("b", "y")), func(r *results.Run) { r.Final.Stable = false }), results.Unproven, "same twice"},
	})
	v := c.Check(ending(store("a", "x", "y", "z"), store("b", "x", "v", "v")))
	if want := "4 values differ in 2 stores that hold 8, read 10.009s after the last disturbance"; v.Measured != want || v.N != 8 {
		t.Errorf("measured %q (%d), want %q", v.Measured, v.N, want)
	}
}
