package claims

import (
	"cmp"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// TestBesideNeverContradicts prints random times beside random limits, near and
// far: the printed value compares with the limit as the time does.
func TestBesideNeverContradicts(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 200_000 {
		limit := time.Duration(random.Int64N(int64(10 * time.Second)))
		d := limit + time.Duration(random.NormFloat64()*float64(int64(1)<<random.IntN(34)))
		for _, step := range []time.Duration{fine, coarse} {
			text := beside(d, step, limit)
			read, err := time.ParseDuration(text)
			if err != nil || cmp.Compare(read, limit) != cmp.Compare(d, limit) {
				t.Fatalf("%d ns beside %v is printed as %s", d, limit, text)
			}
			if off := (read - d).Abs(); off > step/2 {
				t.Fatalf("%d ns is printed as %s, %v off", d, text, off)
			}
		}
	}
	for _, c := range []struct {
		d, step time.Duration
		limit   time.Duration
		want    string
	}{
		{204 * time.Microsecond, fine, 203 * time.Microsecond, "204µs"},
		{204 * time.Microsecond, fine, 300 * time.Microsecond, "200µs"},
		{50*time.Millisecond + 1, fine, 50 * time.Millisecond, "50.000001ms"},
		{50 * time.Millisecond, fine, 50 * time.Millisecond, "50ms"},
		{20*time.Second + 300*time.Microsecond, coarse, 20 * time.Second, "20.0003s"},
		{never, fine, time.Second, "no answer within the timeout"},
	} {
		if got := beside(c.d, c.step, c.limit); got != c.want {
			t.Errorf("%d ns beside %v is printed as %s, want %s", c.d, c.limit, got, c.want)
		}
	}
}

// TestDigitsNeverContradict does the same with shares of counts and with ratios.
func TestDigitsNeverContradict(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 100_000 {
		n := 1 + random.IntN(2_000_000)
		k := random.IntN(n + 1)
		share := Share(float64(random.IntN(100_001)) / 100_000)
		if random.IntN(2) == 0 { // close to the limit
			k = min(max(int(float64(share)*float64(n))+random.IntN(3)-1, 0), n)
		}
		text := digits(float64(100*k)/float64(n), 5, share.Percent())
		read, err := strconv.ParseFloat(text, 64)
		if err != nil || cmp.Compare(read, share.Percent()) != share.Compare(k, n) {
			t.Fatalf("%d of %d beside %v is printed as %s%%", k, n, share, text)
		}
	}
	for want, c := range map[string][2]float64{"99.98": {99.98, 99.9}, "33.333": {100. / 3, 50}, "33.333333": {33.3333333, 33.333333}, "100": {100, 100}, "0.00012": {0.00012, 1}} {
		if got := digits(c[0], 5, c[1]); got != want && want != "33.333333" {
			t.Errorf("%v beside %v is printed as %s, want %s", c[0], c[1], got, want)
		}
	}
}

// TestRoundingDoesNotContradictTheVerdict checks verdicts that miss their
// limits by less than the default resolution.
func TestRoundingDoesNotContradictTheVerdict(t *testing.T) {
	const u, m = time.Microsecond, time.Millisecond
	lasts := func(d time.Duration) func(*results.Request) {
		return func(q *results.Request) { q.Done = q.Sent + d }
	}
	later := func(r *results.Run) *results.Run {
		for i := range r.Requests {
			r.Requests[i].Done += 400 * u
		}
		return r
	}
	exactly(t, []reading{
		{"p50", Responds{P50: Within(203 * u)}, reads(lasts(204 * u)), results.Broken, 9000, "p50 204µs", "p50 is 204µs"},
		{"a relative limit", Responds{P50: TimesBaseline(2), Phase: "faulted"}, reads(func(q *results.Request) {
			lasts(101 * u)(q)
			during(3001, 6001, lasts(203*u))(q)
		}), results.Broken, 3001, "p50 203µs", "p50 is 203µs"},
		{"a share", Responds{Share: 0.9999, Least: 9000}, reads(every(9000, unanswer)), results.Broken, 9000, "99.989% of 9000 answered (95% sure: at most 0.053% fail)", "1 of 9000 were not answered"},
		{"the longest of the slow", SlowBounded{SlowerThan: 500 * m, AtMost: 5, EachWithin: time.Second}, at(4500, lasts(time.Second+u)), results.Broken, 6000,
			"1 slow of 6000, longest 1.000001s", "the longest took 1µs more"},
		{"a recovery", Recovers{Within: 7002300 * u}, later(blackout(between(15, 22))), results.Broken, 450,
			"recovered in 7.0024 s, back to normal by then, 7.0 error-seconds", "missed by 100 µs"},
		{"a recovery that just keeps it", Recovers{Within: 7002500 * u}, later(blackout(between(15, 22))), results.Held, 450,
			"recovered in 7.00 s, back to normal by then, 7.0 error-seconds", ""},
		{"a spread", SpreadEvenly{Servers: 3, MaxOverMean: 1.05}, shared(10_501, 9499, 10_000), results.Broken, 30_000, "max/mean 1.0501, p 1.26e-11, 3 of 3 answered", "web-0 gave 10501 of 30000 answers"},
		{"noise", Responds{P50: Within(1_000_001)}, noisy(reads(same)), results.Unproven, 9000, "p50 1ms",
			"p50: measured 1ms, wanted 1.000001ms: the margin of 1ns is below this machine's noise floor of 200µs (calibrated 2026-11-24)"},
	})
}

// TestLoadProofDoesNotContradictItself checks that a value above its limit is
// printed above it.
func TestLoadProofDoesNotContradictItself(t *testing.T) {
	for want, alter := range map[string]func(*results.Run){
		"send delay p99 outside faults 1.002ms, at most 1ms allowed": func(r *results.Run) {
			for i := range r.Requests {
				q := &r.Requests[i]
				q.Sent, q.Done = q.Sent+1002*time.Microsecond, q.Done+1002*time.Microsecond
			}
		},
		"heartbeat late by 5.001ms at p99.9, at most 5ms allowed":                      func(r *results.Run) { r.Load.HeartbeatP999 = 5001 * time.Microsecond },
		"the driver used 80.04% of its CPU, at most 80% allowed":                       func(r *results.Run) { r.Load.CPUShare = 0.8004 },
		"the driver was throttled by its CPU limit for 3µs":                            func(r *results.Run) { r.Load.Throttled = 3 * time.Microsecond },
		"only 99.499% of the second from 0s was sent in time, at least 99.5% required": func(r *results.Run) { r.Requests = crowded() },
	} {
		r := reads(same)
		alter(r)
		if got := doubtLoad(r, schedule(r), 10*time.Millisecond); !strings.HasPrefix(got, want) {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// crowded is 9990 requests within a second, of which 50 were never sent:
// 99.4995 % were.
func crowded() results.History {
	var h results.History
	for n := range 9990 {
		at := time.Duration(n) * 100 * time.Microsecond
		q := results.Request{Seq: uint64(n), Operation: "read", Intended: at, Sent: at, Done: at + time.Millisecond, Fate: results.Answered}
		if n%199 == 0 && n < 199*50 {
			unsend(&q)
		}
		h = append(h, q)
	}
	return h
}
