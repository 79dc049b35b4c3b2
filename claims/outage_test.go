package claims

import (
	"testing"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// write is one write, in milliseconds.
func write(intended, done int, fate results.Fate) results.Request {
	at := time.Duration(intended) * time.Millisecond
	return results.Request{Operation: "write", Intended: at, Sent: at, Done: time.Duration(done) * time.Millisecond, Fate: fate}
}

// TestUsual reads off what was normal before a fault that takes effect at 10 ms.
func TestUsual(t *testing.T) {
	const yes, no, unsent = results.Answered, results.Unanswered, results.Unsent
	read := write(1, 2, no)
	read.Operation = "read"
	for _, c := range []struct {
		name string
		h    results.History
		want results.Usual
	}{
		{"nothing", nil, results.Usual{}},
		{"nothing answered", results.History{write(1, 2, no)}, results.Usual{}},
		{"up to the effect", results.History{write(1, 2, yes), write(3, 5, yes), write(4, 10, yes)}, results.Usual{Answered: 3, Share: 1, P99: 6 * time.Millisecond}},
		{"not what was intended at the effect", results.History{write(1, 2, yes), write(10, 10, yes)}, results.Usual{Answered: 1, Share: 1, P99: time.Millisecond}},
		{"not what was intended later", results.History{write(1, 2, yes), write(11, 12, yes)}, results.Usual{Answered: 1, Share: 1, P99: time.Millisecond}},
		{"not what ended later", results.History{write(1, 2, yes), write(4, 11, yes)}, results.Usual{Answered: 1, Share: 1, P99: time.Millisecond}},
		{"what failed was planned", results.History{write(1, 2, yes), write(4, 5, no)}, results.Usual{Answered: 1, Share: 0.5, P99: time.Millisecond}},
		{"what never left was planned", results.History{write(1, 2, yes), write(4, 0, unsent)}, results.Usual{Answered: 1, Share: 0.5, P99: time.Millisecond}},
		{"what never left did not end later", results.History{write(1, 2, yes), write(4, 11, unsent)}, results.Usual{Answered: 1, Share: 0.5, P99: time.Millisecond}},
		{"other operations do not count", results.History{write(1, 2, yes), read}, results.Usual{Answered: 1, Share: 1, P99: time.Millisecond}},
	} {
		r := &results.Run{Requests: c.h}
		second(10 * time.Millisecond)(r)
		if got := r.Usual("write"); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

// TestOutageEdges goes to both sides of what makes an outage longer or another
// one: writes every 100 ms, a fault at 15 s.
func TestOutageEdges(t *testing.T) {
	c := Recovers{Operation: "write", Within: 10 * time.Second}
	both := func(first, next time.Duration) func(*results.Run) {
		return func(r *results.Run) {
			r.Faults = nil
			second(next)(r)
			second(first)(r)
		}
	}
	down := func(at time.Duration) bool { return between(15, 20)(at) || between(40, 47)(at) }
	exactly(t, []reading{
		{"faults in another order", c, changed(blackout(down), both(15*time.Second, 40*time.Second)), results.Held, 450,
			"7.002s, steady after 7s, 7.0 error-seconds, longest gap 7.001s", ""},
		{"the slower of two faults is the first", c, changed(blackout(func(at time.Duration) bool {
			return between(15, 22)(at) || between(40, 45)(at)
		}), both(15*time.Second, 40*time.Second)), results.Held, 450, "7.002s, steady after 7s, 7.0 error-seconds, longest gap 7.001s", ""},
	})
}
