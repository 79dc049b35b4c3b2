package claims

import (
	"testing"

	"github.com/holdfast-lab/holdfast/results"
)

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
		{"empty", c, story(begun, r(2, "a"), r(4, "")), results.Broken, "was answered with nothing"},
		{"as before", c, story(begun, r(2, "seed")), results.Broken, "read seed at key 7"},
		{"somebody else's", c, story(begun, w(0, 1, "8", "b", 1), r(2, "b")), results.Broken, "read b at key 7 from , which another session wrote"},
		{"not known any more", c, story(begun, refused(2, 401)), results.Broken, "was refused with 401 by web-2"},
		{"not found any more", c, story(begun, refused(2, 404)), results.Broken, "was refused with 404"},
		{"turned away", c, story(begun, r(2, "a"), refused(4, 429), refused(6, 0)), results.Held, ""},
		{"no answer", c, story(begun, r(2, "a"), lost(r(4, ""))), results.Held, ""},
		{"what nobody wrote", c, story(begun, r(2, "x")), results.Broken, "read \"x\", which was never written"},
		{"what is written only later", c, story(begun, r(2, "b"), w(4, 5, "8", "b", 1)), results.Broken, "never written"},
		{"what nobody wrote, in a run cut short", c, changed(story(begun, r(2, "x")), func(r *results.Run) { r.Finished = false }), results.Unproven, "incomplete"},
		{"before it began", c, story(r(0, "seed"), w(2, 3, "7", "a", 2)), results.Unproven, "only 0 reads came after a write of their session"},
		{"as it began", c, story(begun, r(1, "seed"), r(2, "a")), results.Held, ""},
		{"begun twice", c, story(begun, w(4, 5, "7", "b", 2), r(3, "seed")), results.Broken, "read seed at key 7"},
		{"the first of two", c, changed(story(begun, w(0, 1, "9", "c", 3), session("read", 2, 3, "9", "", 3), r(2, "")), func(r *results.Run) { r.Requests[3].Seq = 3 }), results.Broken, "request 0 of a session"},
		{"never known to have begun", c, story(lost(begun), r(2, "seed")), results.Unproven, "only 0 reads"},
		{"another's session", c, story(w(0, 1, "7", "a", 1), r(2, "seed")), results.Unproven, "only 0 reads"},
		{"too few", SessionKept{}, story(begun, r(2, "a")), results.Unproven, "at least 100 are required"},
		{"other operations", SessionKept{Login: "login", Read: "cart", LeastSamples: 1}, story(begun, r(2, "seed")), results.Unproven, "a login of their session"},
	})
	v := c.Check(story(begun, w(0, 1, "8", "b", 1), r(2, ""), r(4, "seed"), r(6, "b"), r(8, "x"), r(10, "a")))
	if want := "2 lost, 1 mixed up, 1 unknown of 5"; v.Measured != want {
		t.Errorf("measured %q, want %q", v.Measured, want)
	}
}
