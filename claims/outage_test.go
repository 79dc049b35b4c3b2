package claims

import (
	"fmt"
	"testing"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// write is one write, in milliseconds.
func write(intended, done int, fate results.Fate) results.Request {
	at := time.Duration(intended) * time.Millisecond
	return results.Request{Operation: "write", Intended: at, Sent: at, Done: time.Duration(done) * time.Millisecond, Fate: fate}
}

// TestUsual checks the normal values before a fault that takes effect at 10 ms.
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
		{"up to the effect", results.History{write(1, 2, yes), write(3, 5, yes), write(4, 10, yes)}, results.Usual{Planned: 3, Answered: 3, P99: 6 * time.Millisecond}},
		{"not what was intended at the effect", results.History{write(1, 2, yes), write(10, 10, yes)}, results.Usual{Planned: 1, Answered: 1, P99: time.Millisecond}},
		{"not what was intended later", results.History{write(1, 2, yes), write(11, 12, yes)}, results.Usual{Planned: 1, Answered: 1, P99: time.Millisecond}},
		{"not what ended later", results.History{write(1, 2, yes), write(4, 11, yes)}, results.Usual{Planned: 1, Answered: 1, P99: time.Millisecond}},
		{"what failed was planned", results.History{write(1, 2, yes), write(4, 5, no)}, results.Usual{Planned: 2, Answered: 1, P99: time.Millisecond}},
		{"what never left was planned", results.History{write(1, 2, yes), write(4, 0, unsent)}, results.Usual{Planned: 2, Answered: 1, P99: time.Millisecond}},
		{"what never left did not end later", results.History{write(1, 2, yes), write(4, 11, unsent)}, results.Usual{Planned: 2, Answered: 1, P99: time.Millisecond}},
		{"other operations do not count", results.History{write(1, 2, yes), read}, results.Usual{Planned: 1, Answered: 1, P99: time.Millisecond}},
	} {
		r := &results.Run{Requests: c.h}
		second(10 * time.Millisecond)(r)
		if c.want.Answered > 0 {
			c.want.Least, c.want.Most = c.want.P99, results.Unlimited // so few limit it to one side at most
		}
		if got := r.Usual("write"); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

// TestOutageEdges checks both sides of what extends an outage or begins
// another: writes every 100 ms, a fault at 15 s.
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
			"after the fault at 40 s: recovered in 7.00 s, back to normal by then, 7.0 error-seconds", ""},
		{"the slower of two faults is the first", c, changed(blackout(func(at time.Duration) bool {
			return between(15, 22)(at) || between(40, 45)(at)
		}), both(15*time.Second, 40*time.Second)), results.Held, 450, "after the fault at 15 s: recovered in 7.00 s, back to normal by then, 7.0 error-seconds", ""},
	})
}

// TestNewOutage counts the writes between an effect at 1 s and the next fault
// at 5 s.
func TestNewOutage(t *testing.T) {
	const yes, no, unsent, m = results.Answered, results.Unanswered, results.Unsent, time.Millisecond
	read := write(2000, 2001, no)
	read.Operation = "read"
	for _, c := range []struct {
		name  string
		until time.Duration
		q     results.Request
		want  outage // without its requests
	}{
		{"intended at the effect", 5 * time.Second, write(1000, 1001, yes), outage{first: never}},
		{"intended just after", 5 * time.Second, write(1001, 1003, yes), outage{sent: 1, answered: 1, first: 3 * m, watched: m}},
		{"failed as the next fault struck", 5 * time.Second, write(4999, 5000, no), outage{sent: 1, failed: 1, first: never, watched: 3999 * m}},
		{"failed after it", 5 * time.Second, write(4999, 5001, no), outage{open: 1, first: never}},
		{"failed, and no other fault", never, write(4999, 9000, no), outage{sent: 1, failed: 1, first: never, watched: 3999 * m}},
		{"intended at the next fault", 5 * time.Second, write(5000, 5001, yes), outage{first: never}},
		{"answered after it", 5 * time.Second, write(4999, 5999, yes), outage{sent: 1, answered: 1, first: 4999 * m, watched: 3999 * m}},
		{"held up", 5 * time.Second, write(4999, 6000, yes), outage{sent: 1, answered: 1, stalled: 1, first: 5 * time.Second, watched: 3999 * m}},
		{"were never sent", 5 * time.Second, write(2000, 0, unsent), outage{open: 1, first: never}},
		{"were never sent, and no other fault", never, write(2000, 0, unsent), outage{sent: 1, failed: 1, first: never, watched: time.Second}},
		{"another operation", never, read, outage{first: never}},
	} {
		c.want.effect, c.want.back = time.Second, -1
		got := newOutage(story(c.q), "write", time.Second, c.until)
		if n := got.sent; len(got.requests) != n {
			t.Errorf("%s: %d requests of %d", c.name, len(got.requests), n)
		}
		got.requests = nil
		if fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%s:\n got %+v\nwant %+v", c.name, got, c.want)
		}
	}
}

// TestBack finds the instant of recovery among writes that are answered as
// given by a word with one letter per step: "y" or "n".
func TestBack(t *testing.T) {
	for _, c := range []struct {
		name   string
		fates  string
		step   int // ms
		back   time.Duration
		judged time.Duration
	}{
		{"nothing to see", "", 100, -1, 0},
		{"ten answers in a second", "yyyyyyyyyyy", 100, 101 * time.Millisecond, 100 * time.Millisecond},
		{"not seen to the end of the second", "yyyyyyyyyy", 100, -1, 0},
		{"fewer than ten in a second take longer", "yyyyyyyyyyy", 200, 201 * time.Millisecond, 200 * time.Millisecond},
		{"one of ten fails", "yyyyynyyyyyyyyyyyyyy", 100, 701 * time.Millisecond, time.Second},
		{"one of twenty fails, in a window of twenty", "yyyyyyyyyynyyyyyyyyyy", 50, 51 * time.Millisecond, 50 * time.Millisecond},
		{"from the first that is answered", "nnnyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy", 100, 401 * time.Millisecond, 5300 * time.Millisecond},
		{"well, and then never again", "yyyyyyyyyyyyyyynnnnnnnnnnnnnnn", 100, -1, 2 * time.Second},
	} {
		o := outage{back: -1}
		for i, fate := range c.fates {
			q := write((i+1)*c.step, (i+1)*c.step+1, results.Answered)
			if fate == 'n' {
				q.Fate = results.Unanswered
			}
			o.requests = append(o.requests, &q)
		}
		if o.recover(); o.back != c.back || o.judged != c.judged {
			t.Errorf("%s: back after %v, judged up to %v, want %v and %v", c.name, o.back, o.judged, c.back, c.judged)
		}
	}
}

// TestCost checks the cost of an outage: gaps, buckets, error-seconds.
func TestCost(t *testing.T) {
	const yes, no = results.Answered, results.Unanswered
	of := func(qs ...results.Request) outage {
		return newOutage(story(qs...), "write", time.Second, never)
	}
	for _, c := range []struct {
		name   string
		o      outage
		gap    time.Duration
		errors float64
	}{
		{"all answered", of(write(1500, 1501, yes), write(2500, 2501, yes)), time.Second, 0},
		{"a gap at the start", of(write(1500, 1501, no), write(3200, 3201, yes), write(3300, 3301, yes)), 2200 * time.Millisecond, 1},
		{"a gap at the end", of(write(1100, 1101, yes), write(1600, 1601, no), write(3500, 3501, no)), 2400 * time.Millisecond, 1.5},
		{"a gap in between", of(write(1100, 1101, yes), write(1600, 1601, no), write(2500, 2501, yes), write(2600, 2601, yes)), 1400 * time.Millisecond, 0.5},
		{"at the turn of a second", of(write(1999, 2000, yes), write(2000, 2001, no), write(2999, 3000, no), write(3000, 3001, yes)), 1001 * time.Millisecond, 1},
	} {
		if gap, errors := c.o.gap(), c.o.errorSeconds(); gap != c.gap || errors != c.errors {
			t.Errorf("%s: a gap of %v and %v error-seconds, want %v and %v", c.name, gap, errors, c.gap, c.errors)
		}
	}
}

// TestSteady finds five good seconds in a row, one letter each: all of ten
// writes answered (y), one slower than before (s), as slow as twice before (t),
// nine of ten answered (n), none (-), or none sent (blank).
func TestSteady(t *testing.T) {
	normal := results.Usual{Planned: 100, Answered: 100, P99: 10 * time.Millisecond}
	for _, c := range []struct {
		seconds string
		normal  results.Usual
		want    time.Duration
	}{
		{"yyyyyy", normal, 0}, {"yyyyy", normal, -1}, {"nyyyyyy", normal, time.Second}, {"yyyynyyyyyy", normal, 5 * time.Second},
		{"syyyyyy", normal, time.Second}, {"tttttt", normal, 0}, {"-yyyyyy", normal, time.Second}, {" yyyyyy", normal, time.Second},
		{"nnnnnn", normal, -1}, {"nnnnnn", results.Usual{Planned: 100, Answered: 90, P99: 10 * time.Millisecond}, 0}, {"yyyyyyn", normal, 0},
	} {
		var qs []results.Request
		for s, kind := range c.seconds {
			for n := range 10 {
				at := 1000 + 1000*s + 100*n + 1
				q := write(at, at+10, results.Answered)
				switch {
				case kind == ' ':
					continue
				case kind == 's' && n == 0:
					q.Done += 11 * time.Millisecond
				case kind == 't':
					q.Done += 10 * time.Millisecond
				case kind == '-', kind == 'n' && n == 9:
					q.Fate = results.Unanswered
				}
				qs = append(qs, q)
			}
		}
		if got := newOutage(story(qs...), "write", time.Second, never).steady(c.normal); got != c.want {
			t.Errorf("%q beside %+v: steady after %v, want %v", c.seconds, c.normal, got, c.want)
		}
	}
}
