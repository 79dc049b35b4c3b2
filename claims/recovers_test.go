package claims

import (
	"strings"
	"testing"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// blackout is 60 s of 10 writes a second with a fault seen at 15 s, unanswered
// (after a timeout of 1 s) whenever down says so.
func blackout(down func(at time.Duration) bool) *results.Run {
	r := &results.Run{Faults: []results.Fault{{Asked: 15*time.Second - time.Millisecond, Effect: 15 * time.Second, Witness: "exited 137"}}}
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

// changed is the run after a change.
func changed(r *results.Run, change func(*results.Run)) *results.Run {
	change(r)
	return r
}

// second adds a fault that takes effect at once.
func second(at time.Duration) func(*results.Run) {
	return func(r *results.Run) {
		r.Faults = append(r.Faults, results.Fault{Asked: at, Effect: at, Witness: "exited 137"})
	}
}

func TestRecovers(t *testing.T) {
	for _, c := range []struct {
		name     string
		run      *results.Run
		want     results.Outcome
		measured string // how it begins
		why      string // part of the reason
	}{
		{"seven seconds", blackout(between(15, 22)), results.Held, "7.002s, steady after 7s, 7.0 error-seconds, longest gap 7.001s", ""},
		{"twelve seconds", blackout(between(15, 27)), results.Broken, "12.002s", "missed by 2.002s"},
		{"never", blackout(between(15, 60)), results.Broken, "never", "no answer"},
		{"one lucky answer and silence", blackout(func(at time.Duration) bool {
			return at >= 15*time.Second && at/(100*time.Millisecond) != 160
		}), results.Broken, "never", "only 1 of 450 answered"},
		{"one answer in ten", blackout(func(at time.Duration) bool {
			return at >= 15*time.Second && at/(100*time.Millisecond)%10 != 0
		}), results.Broken, "never", "only 45 of 450 answered"},
		{"nine answers in ten", blackout(func(at time.Duration) bool {
			return at >= 15*time.Second && at/(100*time.Millisecond)%10 == 0
		}), results.Broken, "never", "only 405 of 450 answered"},
		{"a second of answers now and then", blackout(func(at time.Duration) bool {
			return at >= 15*time.Second && int(at/time.Second)%5 != 0
		}), results.Broken, "never", "only 90 of 450 answered"},
		{"a second outage that is longer", blackout(func(at time.Duration) bool {
			return between(15, 17)(at) || between(20, 30)(at)
		}), results.Broken, "15.002s", "missed by"},
		{"a hiccup later", blackout(func(at time.Duration) bool {
			return between(15, 20)(at) || at/(100*time.Millisecond) == 400
		}), results.Held, "5.002s", ""},
		{"a fault nobody saw", changed(blackout(between(15, 22)), func(r *results.Run) { r.Faults[0].Witness = "" }), results.Unproven, "", "no fault was seen"},
		{"nothing sent after it", changed(blackout(between(15, 22)), func(r *results.Run) { r.Requests = r.Requests[:100] }), results.Unproven, "", "no request was sent"},
		{"watched too shortly", changed(blackout(between(15, 60)), func(r *results.Run) { r.Requests = r.Requests[:255] }), results.Unproven, "", "watched for only 10.401s"},
		{"dead from the start", blackout(between(0, 60)), results.Unproven, "", "nothing was answered before"},
		{"a fault without effect on anybody", blackout(between(90, 91)), results.Unproven, "", "not one request failed"},
		{"answers that were held up", changed(blackout(between(90, 91)), func(r *results.Run) {
			for i := range r.Requests {
				if q := &r.Requests[i]; between(15, 21)(q.Sent) {
					q.Done = 21 * time.Second
				}
			}
		}), results.Held, "6s", ""},
		{"each fault has its own outage", changed(blackout(func(at time.Duration) bool {
			return between(15, 20)(at) || between(40, 47)(at)
		}), second(40*time.Second)), results.Held, "7.002s", ""},
		{"the second fault is not recovered from", changed(blackout(func(at time.Duration) bool {
			return between(15, 20)(at) || between(40, 55)(at)
		}), second(40*time.Second)), results.Broken, "15.002s", "missed by"},
		{"a fault in an outage", changed(blackout(between(15, 27)), second(20*time.Second)), results.Broken, "12.002s", "missed by"},
		{"the first fault disturbs nobody", changed(blackout(between(20, 27)), second(20*time.Second)), results.Held, "7.002s", ""},
	} {
		v := Recovers{Operation: "write", Within: 10 * time.Second}.Check(c.run)
		if v.Outcome != c.want || !strings.HasPrefix(v.Measured, c.measured) || !strings.Contains(v.Why, c.why) || (c.why == "") != (v.Why == "") {
			t.Errorf("%s: got %v %q (%s), want %v %q (%s)", c.name, v.Outcome, v.Measured, v.Why, c.want, c.measured, c.why)
		}
	}
	if v := (Recovers{Operation: "read", Within: time.Second}).Check(blackout(between(15, 22))); v.Outcome != results.Unproven {
		t.Errorf("an operation that was never sent is %v", v.Outcome)
	}
}

func TestRecoversSteady(t *testing.T) {
	slow := func(until int) *results.Run {
		return changed(blackout(between(15, 18)), func(r *results.Run) {
			for i := range r.Requests {
				if q := &r.Requests[i]; between(18, until)(q.Sent) {
					q.Done = q.Sent + 50*time.Millisecond
				}
			}
		})
	}
	for _, c := range []struct {
		name string
		run  *results.Run
		want results.Outcome
		why  string
	}{
		{"slow for five seconds more", slow(23), results.Held, ""},
		{"slow for ten seconds more", slow(30), results.Broken, "steady missed by 5s"},
		{"slow for good", slow(60), results.Broken, "never as steady"},
		{"slow until the watch ends", changed(slow(60), func(r *results.Run) { r.Requests = r.Requests[:290] }), results.Unproven, "not steady, but the run watched"},
	} {
		v := Recovers{Within: 10 * time.Second, Steady: 10 * time.Second}.Check(c.run)
		if v.Outcome != c.want || !strings.Contains(v.Why, c.why) || (c.why == "") != (v.Why == "") {
			t.Errorf("%s: got %v %q (%s), want %v (%s)", c.name, v.Outcome, v.Measured, v.Why, c.want, c.why)
		}
	}
}

// TestSteadyIsOneThing: the timeline's "back to normal" and the claim's "steady
// after" stand in one report, and are one moment.
func TestSteadyIsOneThing(t *testing.T) {
	for _, c := range []struct {
		name string
		run  *results.Run
		want time.Duration // after the fault
	}{
		{"an outage", blackout(between(15, 22)), 7 * time.Second},
		{"half of them never leave for a while", changed(blackout(between(15, 22)), func(r *results.Run) {
			for i := range r.Requests {
				if q := &r.Requests[i]; between(22, 30)(q.Intended) && i%2 == 0 {
					q.Fate, q.Sent, q.Done = results.Unsent, 0, 0
				}
			}
		}), 15 * time.Second},
		{"one in a hundred fails also before", blackout(func(at time.Duration) bool {
			return between(15, 22)(at) || at/(100*time.Millisecond)%100 == 50
		}), 11 * time.Second}, // a second with 9 of 10 is none
	} {
		v := Recovers{Operation: "write", Within: 20 * time.Second}.Check(c.run)
		if want := "steady after " + c.want.String(); !strings.Contains(v.Measured, want) {
			t.Errorf("%s: %q, want %q", c.name, v.Measured, want)
		}
		var at time.Duration
		for _, e := range c.run.Moments() {
			if e.Kind == "write-back-to-normal" {
				at = e.At
			}
		}
		if want := c.run.Faults[0].Effect + c.want; at != want {
			t.Errorf("%s: the timeline says %v, want %v", c.name, at, want)
		}
	}
}
