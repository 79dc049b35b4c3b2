package claims

import (
	"testing"

	"github.com/holdfast-lab/holdfast/results"
)

func TestSessionKeptEdges(t *testing.T) {
	w := func(sent, done int, key, value string, client int) results.Request {
		return session("write", sent, done, key, value, client)
	}
	r := func(sent int, value string, seq uint64) results.Request {
		q := session("read", sent, sent+1, "7", value, 2)
		q.Seq, q.Server = seq, "web-1"
		return q
	}
	c := SessionKept{LeastSamples: 1}
	begun := w(0, 1, "7", "a", 2)
	exactly(t, []reading{
		{"just enough", SessionKept{LeastSamples: 2}, story(begun, r(2, "a", 1), r(4, "a", 2)), results.Held, 2, "0 lost, 0 mixed up, 0 unknown of 2", ""},
		{"one too few", SessionKept{LeastSamples: 3}, story(begun, r(2, "a", 1), r(4, "a", 2)), results.Unproven, 2, "0 lost, 0 mixed up, 0 unknown of 2", "only 2 reads came after a write of their session; at least 3 are required"},
		{"sent as it was begun", c, story(begun, r(1, "seed", 1), r(2, "a", 2)), results.Held, 1, "0 lost, 0 mixed up, 0 unknown of 1", ""},
		{"the first of those that gave something, or nothing", c, story(begun, r(2, "", 1), r(4, "seed", 2), r(6, "", 3)), results.Broken, 3, "3 lost, 0 mixed up, 0 unknown of 3", "request 1 of a session that had begun was answered with nothing by web-1"},
		{"the first of those that gave something, or nothing, the other way round", c, story(begun, r(2, "seed", 1), r(4, "", 2)), results.Broken, 2, "2 lost, 0 mixed up, 0 unknown of 2", "request 1 read seed at key 7 from web-1, as if nobody had logged in"},
		{"somebody else's, and the seed", c, story(begun, w(0, 1, "8", "b", 1), r(2, "b", 1), r(4, "seed", 2)), results.Broken, 2, "1 lost, 1 mixed up, 0 unknown of 2", "request 1 read b at key 7 from web-1, which another session wrote"},
		{"somebody else's, written first of all", c, story(w(0, 1, "8", "b", 1), begun, r(2, "b", 1)), results.Broken, 1, "0 lost, 1 mixed up, 0 unknown of 1", "request 1 read b at key 7 from web-1, which another session wrote"},
		{"somebody else's, written as the read ended", c, story(begun, w(3, 4, "8", "b", 1), r(2, "b", 1)), results.Broken, 1, "0 lost, 1 mixed up, 0 unknown of 1", "request 1 read b at key 7 from web-1, which another session wrote"},
		{"the last of those that nobody wrote", c, story(begun, r(2, "x", 1), r(4, "y", 2)), results.Broken, 2, "0 lost, 0 mixed up, 2 unknown of 2", `request 2 read "y", which was never written`},
		{"of two sessions, each its own beginning", c, story(begun, session("write", 4, 5, "7", "b", 3), session("read", 2, 3, "7", "seed", 3), r(6, "a", 1)), results.Held, 1, "0 lost, 0 mixed up, 0 unknown of 1", ""},
	})
	for status, want := range map[int]bool{200: false, 400: false, 401: true, 403: true, 404: true, 410: true, 429: false, 500: false} {
		q := results.Request{Fate: results.Refused, Status: status, Value: "a"}
		if got := cameEmpty(&q); got != want {
			t.Errorf("refused with %d came empty: %v", status, got)
		}
		q.Fate = results.Answered
		if cameEmpty(&q) {
			t.Errorf("answered with %d and a value came empty", status)
		}
		q.Fate, q.Value = results.Unanswered, ""
		if cameEmpty(&q) {
			t.Errorf("not answered came empty")
		}
	}
}
