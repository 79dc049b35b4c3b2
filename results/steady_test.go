package results

import (
	"testing"
	"time"
)

func TestAgain(t *testing.T) {
	usual := Usual{Planned: 10, Answered: 10, P99: time.Second}
	good, slow, half, empty := Bucket{1, []time.Duration{2 * time.Second}}, Bucket{1, []time.Duration{2*time.Second + 1}}, Bucket{2, []time.Duration{1}}, Bucket{}
	row := func(bs ...Bucket) []Bucket { return bs }
	for _, c := range []struct {
		name string
		all  []Bucket
		want time.Duration
	}{
		{"at once", row(good, good, good, good, good, half), 0},
		{"the last does not count", row(good, good, good, good, good), -1},
		{"too slow at first", row(slow, good, good, good, good, good, good), time.Second},
		{"too few answered", row(good, half, good, good, good, good, good, good), 2 * time.Second},
		{"a second of nothing", row(good, empty, good, good, good, good, good, good), 2 * time.Second},
		{"nothing", nil, -1},
	} {
		if got := usual.Again(c.all); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	usual.Answered = 5
	if got := usual.Again(row(half, half, half, half, half, good)); got != 0 {
		t.Errorf("half was usual: %v, want 0s", got)
	}
}

// TestUsual: what the fault met in flight is not how it usually was.
func TestUsual(t *testing.T) {
	r := &Run{Faults: []Fault{{Effect: time.Second, Witness: "x"}}}
	for _, q := range []Request{
		{Operation: "read", Done: 10, Fate: Answered},
		{Operation: "read", Done: 10, Fate: Refused},
		{Operation: "read", Fate: Unsent},
		{Operation: "read", Done: time.Second + 1, Fate: Unanswered},
		{Operation: "read", Intended: time.Second, Done: time.Second + 1, Fate: Answered},
		{Operation: "write", Done: 20, Fate: Answered},
	} {
		r.Requests = append(r.Requests, q)
	}
	if got := r.Usual("read"); got != (Usual{3, 1, 10, 10, Unlimited}) {
		t.Errorf("reads: %+v", got)
	}
	if got := r.Usual(""); got != (Usual{4, 2, 20, 20, Unlimited}) {
		t.Errorf("all: %+v", got)
	}
	if got := r.Usual("post"); got != (Usual{}) {
		t.Errorf("posts: %+v", got)
	}
}

// TestFirstFault looks for what was seen first, not for what is listed first.
func TestFirstFault(t *testing.T) {
	unseen := Fault{Name: "kill"}
	late := Fault{Name: "pause", Effect: 20 * time.Second, Witness: "frozen"}
	early := Fault{Name: "cut", Effect: 10 * time.Second, Witness: "1 packet dropped"}
	for _, c := range []struct {
		faults []Fault
		want   string
	}{
		{nil, ""},
		{[]Fault{unseen}, ""},
		{[]Fault{unseen, late, early}, "cut"},
		{[]Fault{early, late}, "cut"},
	} {
		got, seen := (&Run{Faults: c.faults}).FirstFault()
		if got.Name != c.want || seen != (c.want != "") {
			t.Errorf("of %v: %q, %v, want %q", c.faults, got.Name, seen, c.want)
		}
	}
}

// TestUsualEndsWhereAFaultIsAskedFor: what failed while a fault was on its way
// is not what is usual, whatever the witness saw first. A restart of 2 s in 10.
func TestUsualEndsWhereAFaultIsAskedFor(t *testing.T) {
	const ms = time.Millisecond
	for _, c := range []struct {
		name  string
		fault Fault
	}{
		{"a restart that was seen when it was over", Fault{Name: "restart", Asked: 4 * time.Second, Effect: 6 * time.Second, Witness: "x"}},
		{"a restart that was seen to begin", Fault{Name: "restart", Asked: 4 * time.Second, Effect: 4100 * ms, Witness: "x", Healing: 4100 * ms, Ended: 6 * time.Second, EndWitness: "x"}},
		{"the second of two kills was slow", Fault{Name: "kill", Asked: 4 * time.Second, Effect: 4050 * ms, Witnessed: 6 * time.Second, Witness: "x"}},
	} {
		r := &Run{Faults: []Fault{c.fault}}
		for at := time.Duration(0); at < 10*time.Second; at += 10 * ms {
			q := Request{Operation: "read", Intended: at, Sent: at, Done: at + ms, Fate: Answered}
			if at >= 4*time.Second && at < 6*time.Second {
				q.Fate = Refused
			}
			r.Requests = append(r.Requests, q)
		}
		if u := r.Usual("read"); u.Planned != 400 || u.Answered != 400 {
			t.Errorf("%s: usual %+v, want 400, all of them answered", c.name, u)
		}
	}
}
