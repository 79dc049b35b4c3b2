package claims

import (
	"strings"
	"testing"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// blackout is 60 s of 10 writes a second with a fault seen at 15 s; a write is
// unanswered (after a timeout of 1 s) if down says so.
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

// second adds a fault that takes effect immediately.
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
		measured string // its beginning
		why      string // part of the reason
	}{
		{"seven seconds", blackout(between(15, 22)), results.Held, "recovered in 7.00 s, back to normal by then, 7.0 error-seconds", ""},
		{"twelve seconds", blackout(between(15, 27)), results.Broken, "recovered in 12.00 s", "missed by 2.002 s"},
		{"never", blackout(between(15, 60)), results.Broken, "not recovered in 44.901 s", "no answer"},
		{"one lucky answer and silence", blackout(func(at time.Duration) bool {
			return at >= 15*time.Second && at/(100*time.Millisecond) != 160
		}), results.Broken, "not recovered in 44.901 s", "only 1 of 450 answered"},
		{"one answer in ten", blackout(func(at time.Duration) bool {
			return at >= 15*time.Second && at/(100*time.Millisecond)%10 != 0
		}), results.Broken, "not recovered in 44.901 s", "only 45 of 450 answered"},
		{"nine answers in ten", blackout(func(at time.Duration) bool {
			return at >= 15*time.Second && at/(100*time.Millisecond)%10 == 0
		}), results.Broken, "not recovered in 44.901 s", "only 405 of 450 answered"},
		{"a second of answers now and then", blackout(func(at time.Duration) bool {
			return at >= 15*time.Second && int(at/time.Second)%5 != 0
		}), results.Broken, "not recovered in 44.901 s", "only 90 of 450 answered"},
		{"a second outage that is longer", blackout(func(at time.Duration) bool {
			return between(15, 17)(at) || between(20, 30)(at)
		}), results.Broken, "recovered in 15.00 s", "missed by"},
		{"a hiccup later", blackout(func(at time.Duration) bool {
			return between(15, 20)(at) || at/(100*time.Millisecond) == 400
		}), results.Held, "recovered in 5.00 s", ""},
		{"a fault nobody saw", changed(blackout(between(15, 22)), func(r *results.Run) { r.Faults[0].Witness = "" }), results.Unproven, "", "no fault was seen"},
		{"nothing sent after it", changed(blackout(between(15, 22)), func(r *results.Run) { r.Requests = r.Requests[:100] }), results.Unproven, "", "no request was sent"},
		{"watched too shortly", changed(blackout(between(15, 60)), func(r *results.Run) { r.Requests = r.Requests[:255] }), results.Unproven, "", "watched for only 10.401 s"},
		{"dead from the start", blackout(between(0, 60)), results.Unproven, "", "nothing was answered before"},
		{"a fault without effect on anybody", blackout(between(90, 91)), results.Unproven, "", "no request failed"},
		{"answers that were held up", changed(blackout(between(90, 91)), func(r *results.Run) {
			for i := range r.Requests {
				if q := &r.Requests[i]; between(15, 21)(q.Sent) {
					q.Done = 21 * time.Second
				}
			}
		}), results.Held, "recovered in 6.00 s", ""},
		{"each fault has its own outage", changed(blackout(func(at time.Duration) bool {
			return between(15, 20)(at) || between(40, 47)(at)
		}), second(40*time.Second)), results.Held, "after the fault at 40 s: recovered in 7.00 s", ""},
		{"the second fault is not recovered from", changed(blackout(func(at time.Duration) bool {
			return between(15, 20)(at) || between(40, 55)(at)
		}), second(40*time.Second)), results.Broken, "after the fault at 40 s: recovered in 15.00 s", "missed by"},
		{"a fault in an outage", changed(blackout(between(15, 27)), second(20*time.Second)), results.Broken, "recovered in 12.00 s", "missed by"},
		{"the first fault disturbs nobody", changed(blackout(between(20, 27)), second(20*time.Second)), results.Held, "after the fault at 20 s: recovered in 7.00 s", ""},
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

// longBefore adds 300 answers within a millisecond before the fault, so that
// the usual p99 is known precisely enough.
func longBefore(r *results.Run) *results.Run {
	var before results.History
	for n := range 300 {
		at := time.Duration(n) * 10 * time.Millisecond
		before = append(before, results.Request{Operation: "write", Intended: at, Sent: at, Done: at + time.Millisecond, Fate: results.Answered})
	}
	r.Requests = append(before, r.Requests...)
	return r
}

// TestRecoversByAnImpreciseBaseline: 150 answers do not limit the usual p99
// from above.
func TestRecoversByAnImpreciseBaseline(t *testing.T) {
	slow := func(r *results.Run, took time.Duration) *results.Run {
		for i := range r.Requests {
			if q := &r.Requests[i]; between(18, 60)(q.Sent) {
				q.Done = q.Sent + took
			}
		}
		return r
	}
	noisyStart := func(r *results.Run) *results.Run {
		for i := range r.Requests {
			if q := &r.Requests[i]; i == 10 || i == 20 {
				q.Done = q.Sent + 500*time.Millisecond
			}
		}
		return r
	}
	c := Recovers{Within: 10 * time.Second, Steady: 10 * time.Second}
	down := between(15, 18)
	try(t, []trial{
		{"as before", c, blackout(down), results.Held, ""},
		{"slower, and few before", c, slow(blackout(down), 50*time.Millisecond), results.Unproven, "150 answers put it between 1 ms and any time above"},
		{"slower, and enough before", c, slow(longBefore(blackout(down)), 50*time.Millisecond), results.Broken, "never as before the fault for 5 s in a row"},
		{"slower than one, faster than twice the slow ones", c, slow(noisyStart(longBefore(blackout(down))), 900*time.Millisecond), results.Unproven, "450 answers put it between 1 ms and 500 ms"},
		{"failing is failing whatever the p99 was", c, blackout(func(at time.Duration) bool {
			return down(at) || at > 18*time.Second && (at/time.Millisecond/100)%25 == 0
		}), results.Broken, "never as before the fault for 5 s in a row"},
	})
}

func TestRecoversSteady(t *testing.T) {
	slow := func(until int) *results.Run {
		return changed(longBefore(blackout(between(15, 18))), func(r *results.Run) {
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
		{"slow for ten seconds more", slow(30), results.Broken, "back to normal missed by 5 s"},
		{"slow for good", slow(60), results.Broken, "as before the fault"},
		{"slow until the watch ends", changed(slow(60), func(r *results.Run) { r.Requests = r.Requests[:590] }), results.Unproven, "not back to normal, but the run watched"},
	} {
		v := Recovers{Within: 10 * time.Second, Steady: 10 * time.Second}.Check(c.run)
		if v.Outcome != c.want || !strings.Contains(v.Why, c.why) || (c.why == "") != (v.Why == "") {
			t.Errorf("%s: got %v %q (%s), want %v (%s)", c.name, v.Outcome, v.Measured, v.Why, c.want, c.why)
		}
	}
}

// TestBackToNormalIsOneInstant: the timeline and the claim of one report give
// the same instant for "back to normal".
func TestBackToNormalIsOneInstant(t *testing.T) {
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
		}), 11 * time.Second}, // a second with 9 of 10 answered does not count
	} {
		v := Recovers{Operation: "write", Within: 20 * time.Second}.Check(c.run)
		if got := rtoSteady(v); got != c.want || !strings.Contains(v.Measured, ", back to normal") {
			t.Errorf("%s: %q, %v, want %v", c.name, v.Measured, got, c.want)
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

// rtoSteady is the figure of a verdict on recovery; negative: there is none.
func rtoSteady(v results.Verdict) time.Duration {
	for _, f := range v.Figures {
		if f.Name == "rto-steady" {
			return time.Duration(f.Value * float64(time.Second))
		}
	}
	return -1
}

// TestNotBackToNormalNamesItsFault: if writes were back to normal after one
// fault (as the timeline shows) but not after another, the claim names the
// fault, and the timeline shows no such event after it.
func TestNotBackToNormalNamesItsFault(t *testing.T) {
	down := func(at time.Duration) bool { return between(15, 20)(at) || between(40, 60)(at) }
	for name, r := range map[string]*results.Run{
		"the last leaves it open": changed(blackout(down), second(40*time.Second)),
		"slow after the last": changed(changed(blackout(between(15, 20)), second(40*time.Second)), func(r *results.Run) {
			for i := range r.Requests {
				if q := &r.Requests[i]; between(40, 60)(q.Intended) {
					q.Done += 1500 * time.Millisecond
				}
			}
		}),
	} {
		v := Recovers{Operation: "write", Within: 10 * time.Second, Steady: 10 * time.Second}.Check(r)
		if !strings.HasPrefix(v.Measured, "after the fault at 40 s: ") || rtoSteady(v) >= 0 {
			t.Errorf("%s: %q", name, v.Measured)
		}
		normal := 0
		for _, e := range r.Moments() {
			if strings.HasPrefix(string(e.Kind), "write-back") {
				if normal++; e.At > 40*time.Second {
					t.Errorf("%s: back to normal at %v", name, e.At)
				}
			}
		}
		if normal != 1 {
			t.Errorf("%s: back to normal %d times, want once, after the first fault", name, normal)
		}
	}
}
