package claims

import (
	"strings"
	"testing"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// outage is 60 s of 10 writes a second with a fault seen at 15 s, unanswered
// (after a timeout of 1 s) whenever down says so.
func outage(down func(at time.Duration) bool) *results.Run {
	r := &results.Run{Faults: []results.Fault{{Effect: 15 * time.Second, Witness: "exited 137"}}}
	for n := range 600 {
		at := time.Duration(n)*100*time.Millisecond + time.Millisecond
		q := results.Request{Operation: "write", Intended: at, Sent: at, Done: at + time.Millisecond, Fate: results.Answered}
		if down(at) {
			q.Fate, q.Done = results.Unanswered, at+time.Second
		}
		r.Requests = append(r.Requests, q)
	}
	return r
}

func between(from, to int) func(time.Duration) bool {
	return func(at time.Duration) bool {
		return at >= time.Duration(from)*time.Second && at < time.Duration(to)*time.Second
	}
}

func TestRecovers(t *testing.T) {
	unseen := outage(between(15, 22))
	unseen.Faults[0].Witness = ""
	idle := outage(between(15, 22))
	idle.Requests = idle.Requests[:100]
	for _, c := range []struct {
		name     string
		run      *results.Run
		want     results.Outcome
		measured string
		why      string // part of the reason
	}{
		{"seven seconds", outage(between(15, 22)), results.Held, "7.002s", ""},
		{"twelve seconds", outage(between(15, 27)), results.Broken, "12.002s", "missed by 2.002s"},
		{"never", outage(between(15, 60)), results.Broken, "never", "no answer"},
		{"one lucky answer and silence", outage(func(at time.Duration) bool {
			return at >= 15*time.Second && at/(100*time.Millisecond) != 160
		}), results.Broken, "never", "no answer"},
		{"a second outage that is longer", outage(func(at time.Duration) bool {
			return between(15, 17)(at) || between(20, 30)(at)
		}), results.Broken, "15.002s", "missed by"},
		{"a fault nobody saw", unseen, results.Unproven, "", "no fault was seen"},
		{"nothing sent after it", idle, results.Unproven, "", "no request was sent"},
		{"dead from the start", outage(between(0, 60)), results.Unproven, "", "nothing was answered before"},
		{"a fault without effect on anybody", outage(between(90, 91)), results.Unproven, "", "not one request failed"},
	} {
		v := Recovers{Operation: "write", Within: 10 * time.Second}.Check(c.run)
		if v.Outcome != c.want || v.Measured != c.measured || !strings.Contains(v.Why, c.why) || (c.why == "") != (v.Why == "") {
			t.Errorf("%s: got %v %q (%s), want %v %q (%s)", c.name, v.Outcome, v.Measured, v.Why, c.want, c.measured, c.why)
		}
	}
	if v := (Recovers{Operation: "read", Within: time.Second}).Check(outage(between(15, 22))); v.Outcome != results.Unproven {
		t.Errorf("an operation that was never sent is %v", v.Outcome)
	}
}
