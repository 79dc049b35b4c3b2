package claims

import (
	"testing"
	"time"
)

// TestNeeds lists the proofs that each claim depends on: the load proof if time
// is judged, the fault proof if a fault is, and Solid if a broken claim stays
// so.
func TestNeeds(t *testing.T) {
	needs := map[string]Needs{
		"bank":                      {Solid: true},
		"convergence":               {Solid: true},
		"counter":                   {Solid: true},
		"monotonic-writes":          {Solid: true},
		"queue":                     {Fault: true, Solid: true},
		"read-your-writes":          {Solid: true},
		"session-kept":              {Solid: true},
		"unique-ids":                {Solid: true},
		"fails-entirely":            {Fault: true},
		"honest-clock":              {Fault: true},
		"keeps-acknowledged-writes": {Fault: true, Solid: true},
		"linearizable":              {Solid: true},
		"monotonic-reads":           {Solid: true},
		"not-applied-twice":         {Fault: true, Solid: true},
		"one-primary":               {Fault: true, Solid: true},
		"reads-not-stale":           {Solid: true},
		"recovers":                  {Fault: true, Load: true},
		"responds":                  {Fault: true, Load: true},
		"slow-bounded":              {Fault: true, Load: true},
		"spread-evenly":             {Load: true},
		"unreachable":               {Solid: true},
	}
	for _, name := range Names() {
		want, known := needs[name]
		if got := settings[name].Needs(); !known || got != want {
			t.Errorf("%s needs %+v, want %+v", name, got, want)
		}
	}
	for _, c := range []struct {
		claim Claim
		want  Needs
	}{
		{Recovers{Within: 1}, Needs{Load: true, Fault: true}},
		{Responds{Share: 1}, Needs{Load: true}},
		{Responds{Share: 1, Phase: "baseline"}, Needs{Load: true, Calm: true}},
		{Responds{Share: 1, Phase: "faulted"}, Needs{Load: true, Fault: true}},
		{Responds{Share: 1, Phase: "healed"}, Needs{Load: true, Fault: true}},
		{Responds{Share: 1, After: 1}, Needs{Load: true, Fault: true}},
		{Responds{P50: TimesBaseline(2)}, Needs{Load: true, Fault: true}},
	} {
		if got := c.claim.Needs(); got != c.want {
			t.Errorf("%v needs %+v, want %+v", c.claim, got, c.want)
		}
	}
}

func TestTightest(t *testing.T) {
	for _, c := range []struct {
		claim Tight
		want  time.Duration
	}{
		{Responds{Share: 1}, 0},
		{Responds{P50: Within(3), P95: Within(5)}, 3},
		{Responds{P50: Within(5), P95: Within(3)}, 3},
		{Responds{Max: Within(7)}, 7},
		{Responds{P50: TimesBaseline(2)}, 20 * time.Millisecond},
		{SlowBounded{SlowerThan: 5, EachWithin: 9}, 5},
		{Recovers{Within: time.Second}, time.Second},
		{Recovers{Within: time.Second, Steady: time.Second}, 20 * time.Millisecond},
	} {
		if got := c.claim.Tightest(); got != c.want {
			t.Errorf("the tightest of %v is %v, want %v", c.claim, got, c.want)
		}
	}
}

// TestValid checks both sides of every invalid setting.
func TestValid(t *testing.T) {
	for _, c := range []struct {
		claim Valid
		want  string // the error; "" is none
	}{
		{Bank{}, ""},
		{Bank{LeastSamples: -1}, "check bank: least is negative"},
		{Convergence{}, ""},
		{Convergence{Within: -1}, "check convergence: within is negative"},
		{Counter{}, ""},
		{Counter{LeastSamples: -1}, "check counter: least is negative"},
		{FailsEntirely{}, ""},
		{FailsEntirely{Within: -1}, "check fails-entirely: within is negative"},
		{HonestClock{Quantiles: []float64{0.1, 99.9}}, ""},
		{HonestClock{Within: -1}, "check honest-clock: within is negative"},
		{HonestClock{Quantiles: []float64{0}}, "check honest-clock: quantile 0 is not between 0 and 100"},
		{HonestClock{Quantiles: []float64{100}}, "check honest-clock: quantile 100 is not between 0 and 100"},
		{HonestClock{Quantiles: []float64{50, -1}}, "check honest-clock: quantile -1 is not between 0 and 100"},
		{KeepsAcknowledgedWrites{}, ""},
		{KeepsAcknowledgedWrites{AtRisk: -1}, "check keeps-acknowledged-writes: at-risk is negative"},
		{Linearizable{}, ""},
		{Linearizable{LeastSamples: -1}, "check linearizable: least is negative"},
		{MonotonicReads{}, ""},
		{MonotonicReads{LeastSamples: -1}, "check monotonic-reads: least is negative"},
		{MonotonicWrites{}, ""},
		{MonotonicWrites{LeastSamples: -1}, "check monotonic-writes: least is negative"},
		{NotAppliedTwice{}, ""},
		{NotAppliedTwice{Allow: -1}, "check not-applied-twice: allow is negative"},
		{ReadYourWrites{}, ""},
		{ReadYourWrites{StaleWithin: -1}, "check read-your-writes: a setting is negative"},
		{ReadYourWrites{LeastSamples: -1}, "check read-your-writes: a setting is negative"},
		{SessionKept{}, ""},
		{SessionKept{LeastSamples: -1}, "check session-kept: least is negative"},
		{UniqueIDs{}, ""},
		{UniqueIDs{LeastSamples: -1}, "check unique-ids: least is negative"},
		{ReadsNotStale{}, ""},
		{ReadsNotStale{StaleWithin: -1}, "check reads-not-stale: a setting is negative"},
		{ReadsNotStale{LeastSamples: -1}, "check reads-not-stale: a setting is negative"},
		{Recovers{Within: 1}, ""},
		{Recovers{}, "check recovers: within must be above 0, and steady must not be negative"},
		{Recovers{Within: -1, Steady: 1}, "check recovers: within must be above 0, and steady must not be negative"},
		{Recovers{Within: 1, Steady: -1}, "check recovers: within must be above 0, and steady must not be negative"},
		{Responds{Share: 1, Phase: "all", Clock: "response"}, ""},
		{Responds{Share: 1, Phase: "healed", Clock: "service", After: 1}, ""},
		{Responds{P50: Within(1)}, ""},
		{Responds{P95: Within(1)}, ""},
		{Responds{P99: Within(1)}, ""},
		{Responds{Max: Within(1), Phase: "baseline"}, ""},
		{Responds{Share: 1, Phase: "first"}, `check responds: phase "first" is unknown: use all, baseline, faulted or healed`},
		{Responds{Share: 1, Clock: "wall"}, `check responds: clock "wall" is unknown: use response or service`},
		{Responds{}, "check responds: it requires nothing: give share, p50, p95, p99 or max"},
		{Responds{P50: Within(-1)}, "check responds: a setting is negative"},
		{Responds{P95: Within(-1)}, "check responds: a setting is negative"},
		{Responds{P99: Within(-1)}, "check responds: a setting is negative"},
		{Responds{Max: Within(-1)}, "check responds: a setting is negative"},
		{Responds{P50: TimesBaseline(-1)}, "check responds: a setting is negative"},
		{Responds{P50: TimesBaseline(1), Phase: "baseline"}, "check responds: the baseline cannot be compared with itself: remove phase: baseline, or give a time"},
		{Responds{Share: 1, After: -1}, "check responds: a setting is negative"},
		{Responds{Share: 1, Window: -1}, "check responds: a setting is negative"},
		{Responds{Share: 1, Least: -1}, "check responds: a setting is negative"},
		{Responds{Share: 1, Phase: "baseline", After: 1}, "check responds: after does not go with phase: baseline, which ends at the first fault"},
		{Responds{Share: 1, Phase: "faulted", Each: "fault", After: 1}, ""},
		{Responds{Share: 1, Phase: "healed", Each: "fault"}, ""},
		{Responds{Share: 1, Phase: "faulted", Each: "window"}, `check responds: each "window" is unknown: write each: fault, or remove it`},
		{Responds{Share: 1, Each: "fault"}, "check responds: each: fault goes with phase: faulted, or with phase: healed without after"},
		{Responds{Share: 1, Phase: "healed", Each: "fault", After: 1}, "check responds: each: fault goes with phase: faulted, or with phase: healed without after"},
		{SlowBounded{SlowerThan: 1, EachWithin: 1, AtMost: 1}, ""},
		{SlowBounded{SlowerThan: 0, EachWithin: 1, AtMost: 1}, "check slow-bounded: slower-than must be above 0, each-within not below it, at-most 1 or more"},
		{SlowBounded{SlowerThan: 2, EachWithin: 1, AtMost: 1}, "check slow-bounded: slower-than must be above 0, each-within not below it, at-most 1 or more"},
		{SlowBounded{SlowerThan: 1, EachWithin: 1, AtMost: 0}, "check slow-bounded: slower-than must be above 0, each-within not below it, at-most 1 or more"},
		{SpreadEvenly{Servers: 2, By: "store", MaxOverMean: 1, P: 0.5}, ""},
		{SpreadEvenly{Servers: 1}, "check spread-evenly: servers must be 2 or more"},
		{SpreadEvenly{Servers: 2, By: "rack"}, `check spread-evenly: by "rack" is unknown: use server or store`},
		{SpreadEvenly{Servers: 2, MaxOverMean: 2}, "check spread-evenly: max-over-mean lies between 1 and the number of servers, p between 0 and 1"},
		{SpreadEvenly{Servers: 2, MaxOverMean: 0.9}, "check spread-evenly: max-over-mean lies between 1 and the number of servers, p between 0 and 1"},
		{SpreadEvenly{Servers: 2, P: 1}, "check spread-evenly: max-over-mean lies between 1 and the number of servers, p between 0 and 1"},
		{SpreadEvenly{Servers: 2, P: -0.1}, "check spread-evenly: max-over-mean lies between 1 and the number of servers, p between 0 and 1"},
		{Unreachable{From: "a", To: []string{"b"}}, ""},
		{Unreachable{To: []string{"b"}}, "check unreachable: from and to must be named, and ports must not be negative"},
		{Unreachable{From: "a"}, "check unreachable: from and to must be named, and ports must not be negative"},
		{Unreachable{From: "a", To: []string{"b", ""}}, "check unreachable: from and to must be named, and ports must not be negative"},
		{Unreachable{From: "a", To: []string{"b"}, Ports: -1}, "check unreachable: from and to must be named, and ports must not be negative"},
	} {
		got := ""
		if err := c.claim.Valid(); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%+v: %q, want %q", c.claim, got, c.want)
		}
	}
}

// TestSentences checks the sentence of each promise.
func TestSentences(t *testing.T) {
	const s = time.Second
	for _, c := range []struct {
		claim Claim
		want  string
	}{
		{Bank{}, "all balances add up to the same sum in every balance"},
		{Bank{Operation: "read", Total: 7}, "all balances add up to 7 in every read"},
		{Convergence{}, "all stores end with the same values"},
		{Convergence{Operation: "write", Within: s}, "all stores end with the same writes within 1s"},
		{Counter{}, "every count counts each acknowledged increment, and none that was not sent"},
		{Counter{Read: "likes", Increment: "like"}, "every likes counts each acknowledged like, and none that was not sent"},
		{ReadYourWrites{}, "sessions read their own writes"},
		{ReadYourWrites{StaleWithin: s}, "sessions read their own writes after at most 1s"},
		{UniqueIDs{}, "no id is given out twice"},
		{UniqueIDs{Operation: "ticket"}, "no ticket is given out twice"},
		{FailsEntirely{Within: s}, "all requests fail from 1s after the fault until it is healed"},
		{HonestClock{}, "the response clock measures a freeze correctly, within 200ms"},
		{HonestClock{Clock: "service", Within: s}, "the service clock measures a freeze correctly, within 1s"},
		{KeepsAcknowledgedWrites{}, "no acknowledged write is lost"},
		{KeepsAcknowledgedWrites{Operation: "post"}, "no acknowledged post is lost"},
		{NotAppliedTwice{}, "no post is applied twice, and only those in flight at the fault fail"},
		{NotAppliedTwice{Operation: "write"}, "no write is applied twice, and only those in flight at the fault fail"},
		{ReadsNotStale{}, "reads are never stale"},
		{ReadsNotStale{StaleWithin: s}, "reads are at most 1s stale"},
		{ReadsNotStale{ReadYourOwn: true}, "reads of one's own writes are never stale"},
		{Recovers{Operation: "write", Within: s}, "writes recover within 1 s"},
		{Recovers{Within: s, Steady: 2 * s}, "requests recover within 1 s, and are back to normal within 2 s"},
		{Responds{Operation: "read", Share: 0.995, P50: Within(s)}, "reads respond: at least 99.5% answered, p50 at most 1s"},
		{Responds{P99: TimesBaseline(1.5)}, "requests respond: p99 at most 1.5x baseline"},
		{Responds{Phase: "all", Max: Within(s), Window: 2 * s}, "requests respond: max at most 1s in every 2s"},
		{Responds{Phase: "faulted", Share: 0.9, Each: "fault", Least: 50}, "faulted requests respond: at least 90% answered for each fault, of 50 or more"},
		{Responds{Phase: "healed", P95: Within(s), P99: Within(s), After: 3 * s}, "healed requests respond: p95 at most 1s, p99 at most 1s, from 3s after the fault"},
		{SlowBounded{AtMost: 3, SlowerThan: s, EachWithin: 2 * s}, "at most 3 requests take longer than 1s, and none longer than 2s"},
		{SpreadEvenly{Servers: 3}, "requests are spread evenly over 3 servers"},
		{SpreadEvenly{Servers: 2, By: "store"}, "requests are spread evenly over 2 stores"},
		{Unreachable{From: "a", To: []string{"b", "c"}}, "b, c cannot be reached from a"},
	} {
		if got := c.claim.String(); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}
