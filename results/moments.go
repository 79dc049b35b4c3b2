package results

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"
)

// leastSilence is the shortest silence that is reported: a single slow request
// can cause a shorter one, and it would be printed as 0.0 s.
const leastSilence = 100 * time.Millisecond

// stalled is the response time above which an answer counts as delayed by a
// fault; the claim on recovery uses the same value.
const stalled = time.Second

// Moments derives events from the history, per operation and after each fault:
// the first failed request, the end of the longest silence, and the return to
// normal. A run without a fault in effect has none.
func (r *Run) Moments() []Event {
	by := map[string]History{}
	for _, q := range r.Requests {
		by[q.Operation] = append(by[q.Operation], q)
	}
	var es []Event
	for op, qs := range by {
		usual := r.Usual(op)
		for _, w := range r.disturbances(qs, usual) {
			es = append(es, w.moments(op, usual)...)
		}
	}
	slices.SortFunc(es, func(a, b Event) int { return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Kind, b.Kind)) })
	return es
}

// disturbance is the requests of one operation from a fault to the next fault
// or the end of the attack.
type disturbance struct {
	asked, effect, until time.Duration
	requests             History
}

// disturbances are those of one operation, by time. A fault that takes effect
// before the operation is back to normal extends the previous disturbance.
func (r *Run) disturbances(qs History, usual Usual) (all []disturbance) {
	var seen []Fault
	for _, f := range r.Faults {
		if f.InEffect() {
			seen = append(seen, f)
		}
	}
	slices.SortStableFunc(seen, func(a, b Fault) int { return cmp.Compare(a.Effect, b.Effect) })
	for i, f := range seen {
		until := time.Duration(math.MaxInt64)
		if i+1 < len(seen) {
			until = max(seen[i+1].Asked, f.Effect)
		}
		w := disturbance{asked: f.Asked, effect: f.Effect, until: until}
		if n := len(all); n > 0 && all[n-1].disturbed() && all[n-1].normal(usual) < 0 {
			w.asked, w.effect = all[n-1].asked, all[n-1].effect
			all = all[:n-1]
		}
		w.requests = slices.DeleteFunc(slices.Clone(qs), func(q Request) bool { return !w.met(q) })
		all = append(all, w)
	}
	return all
}

// met reports whether a request belongs to the disturbance. A request that failed
// after the next fault was requested may have failed because of that fault.
func (w disturbance) met(q Request) bool {
	switch {
	case q.Intended >= w.until:
		return false
	case q.Fate == Unsent:
		return q.Intended >= w.effect
	}
	return q.Done >= w.asked && (q.Fate == Answered || q.Done <= w.until)
}

// disturbed reports whether any request failed or was delayed.
func (w disturbance) disturbed() bool {
	return slices.ContainsFunc(w.requests, func(q Request) bool {
		return q.failed() || q.Fate == Answered && q.Done > w.effect && q.Response() > stalled
	})
}

// failed reports whether the request was sent but not answered.
func (r Request) failed() bool { return r.Fate == Refused || r.Fate == Unanswered }

// moments are the events of one disturbance.
func (w disturbance) moments(op string, usual Usual) (es []Event) {
	if !w.disturbed() {
		return nil
	}
	if e, ok := w.firstFailed(op); ok {
		es = append(es, e)
	}
	if e, ok := w.silence(op); ok {
		es = append(es, e)
	}
	if again := w.normal(usual); again > 0 && usual.Answered > 0 {
		es = append(es, w.backToNormal(op, usual, again))
	}
	return es
}

// firstFailed is the failure with the earliest end.
func (w disturbance) firstFailed(op string) (Event, bool) {
	var first *Request
	for i, q := range w.requests {
		if q.failed() && (first == nil || q.Done < first.Done) {
			first = &w.requests[i]
		}
	}
	if first == nil {
		return Event{}, false
	}
	text := cmp.Or(first.Error, first.Fate.String())
	if first.Server != "" {
		text += " from " + first.Server
	}
	return Event{At: first.Done, Kind: Kind("first-failed-" + op), Text: text}, true
}

// silence is the longest time after the effect in which requests waited or
// failed and no answer came. It is not the recovery: answers may have come
// before it, and failures after.
func (w disturbance) silence(op string) (Event, bool) {
	qs := slices.DeleteFunc(slices.Clone(w.requests), func(q Request) bool { return q.Fate == Unsent || q.Done <= w.effect })
	if len(qs) == 0 {
		return Event{}, false
	}
	slices.SortFunc(qs, func(a, b Request) int { return cmp.Compare(a.Done, b.Done) })
	waiting := make([]time.Duration, len(qs)) // scheduled send time of the oldest request that was not done
	for i := len(qs) - 1; i >= 0; i-- {
		waiting[i] = qs[i].Intended
		if i+1 < len(qs) {
			waiting[i] = min(waiting[i], waiting[i+1])
		}
	}
	var longest, end time.Duration
	from, eldest, over := w.effect, waiting[0], true
	for i, q := range qs {
		last := i == len(qs)-1
		if q.Fate != Answered && !last {
			continue
		}
		if d := q.Done - max(from, eldest); d > longest {
			longest, end, over = d, q.Done, q.Fate == Answered
		}
		if from = q.Done; !last {
			eldest = waiting[i+1]
		}
	}
	e := Event{At: end, Kind: Kind("longest-" + op + "-silence-over"), Text: fmt.Sprintf("no %s was answered for %.1f s", op, longest.Seconds())}
	if !over {
		before := "the end of the attack"
		if w.until < math.MaxInt64 {
			before = "the next fault"
		}
		e.Kind, e.Text = Kind(op+"-silent"), fmt.Sprintf("no %s was answered in the last %.1f s before %s", op, longest.Seconds(), before)
	}
	return e, longest >= leastSilence
}

// normal is when the operation was first back to normal after the effect, by the
// rule of the claim on recovery; negative: never.
func (w disturbance) normal(usual Usual) time.Duration {
	return usual.Again(Buckets(w.requests.Each(), w.effect))
}

// backToNormal is the event of the return to normal, and says whether it lasted.
func (w disturbance) backToNormal(op string, usual Usual, again time.Duration) Event {
	e := Event{At: w.effect + again, Kind: Kind(op + "-back-to-normal")}
	e.Text = fmt.Sprintf("%d s with %d %% of the usual goodput and p99 within %dx", SteadyFor, steadyGoodput, steadyP99)
	planned, answered := 0, 0
	for _, q := range w.requests {
		if q.Intended < e.At {
			continue
		}
		planned++
		if q.Fate == Answered {
			answered++
		}
	}
	if !usual.goodput(answered, planned) {
		e.Kind = Kind(op + "-normal-for-a-while")
		e.Text += fmt.Sprintf(", but only %d of the %d requests after that were answered", answered, planned)
	}
	return e
}
