package claims

import (
	"strings"
	"testing"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// noisy puts a run on a machine whose p50 varies by 0.2 ms, p95 by 0.5 ms, and
// p99 by 3 ms around 40 ms.
func noisy(r *results.Run) *results.Run {
	const m = time.Millisecond
	r.Where.Calibration = &results.Calibration{
		Schema: results.CalibrationVersion, At: time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC), HighestRate: 5000,
		Noise: results.Noise{Plays: 6,
			P50: results.Spread{Least: m, Most: m + m/5}, P95: results.Spread{Least: 10 * m, Most: 10*m + m/2},
			P99: results.Spread{Least: 40 * m, Most: 43 * m}},
	}
	return r
}

// took answers every n-th request after the given time, the others after a
// millisecond.
func took(n uint64, d time.Duration) *results.Run {
	return reads(every(n, func(q *results.Request) { q.Done = q.Sent + d }))
}

func TestNoiseFloor(t *testing.T) {
	const m = time.Millisecond
	p99 := Responds{P99: Within(50 * m)}
	try(t, []trial{
		{"far below", p99, noisy(took(50, 20*m)), results.Held, ""},
		{"just below", p99, noisy(took(50, 48*m)), results.Unproven,
			"p99: measured 48ms, wanted 50ms: the margin of 2ms is below this machine's noise floor of 3.6ms (calibrated 2026-11-24)"},
		{"just below, not calibrated", p99, took(50, 48*m), results.Held, ""},
		{"just above", p99, noisy(took(50, 52*m)), results.Unproven, "the margin of 2ms is below this machine's noise floor of 3.75ms"},
		{"just above, not calibrated", p99, took(50, 52*m), results.Broken, "p99 is 52ms"},
		{"on the bound", p99, noisy(took(50, 50*m)), results.Unproven, "the margin of 0s"},
		{"as far as the floor", Responds{P99: Within(40 * m)}, noisy(took(50, 43*m)), results.Broken, "p99 is 43ms"},
		{"far above", p99, noisy(took(50, time.Second)), results.Broken, "p99 is 1s"},
		{"never", p99, noisy(reads(every(50, unanswer))), results.Broken, "p99: no answer within the timeout"},
		{"long ones differ by more", Responds{P99: Within(500 * m)}, noisy(took(50, 470*m)), results.Unproven, "the margin of 30ms is below this machine's noise floor of 35.25ms"},
		{"p50 has its own floor", Responds{P50: Within(1300 * time.Microsecond)}, noisy(reads(same)), results.Held, ""},
		{"and it counts", Responds{P50: Within(1100 * time.Microsecond)}, noisy(reads(same)), results.Unproven, "p50: measured 1ms, wanted 1.1ms"},
		{"p95 has its own floor", Responds{P95: Within(11 * m)}, noisy(took(10, 10*m)), results.Held, ""},
		{"and that counts, too", Responds{P95: Within(10400 * time.Microsecond)}, noisy(took(10, 10*m)), results.Unproven, "noise floor of 500µs"},
		{"the maximum has that of p99", Responds{Max: Within(50 * m)}, noisy(took(9000, 48*m)), results.Unproven, "max: measured 48ms"},
		{"what is plainly broken stays so", Responds{P50: Within(500 * time.Microsecond), P99: Within(50 * m)}, noisy(took(50, 48*m)), results.Broken, "p50 is 1ms"},
		{"a share has no floor", Responds{Share: 1, P99: Within(50 * m)}, noisy(few(reads(every(100, unanswer)), 9000)), results.Broken, "90 of 9000"},
		{"no spread, no floor", p99, func() *results.Run {
			r := noisy(took(50, 49*m))
			r.Where.Calibration.Noise.P99 = results.Spread{}
			return r
		}(), results.Held, ""},

		{"slow, and near the bound", SlowBounded{SlowerThan: 500 * m, AtMost: 5, EachWithin: 1002 * m}, noisy(at(4500, slow)), results.Unproven,
			"the longest: measured 1s, wanted 1.002s: the margin of 2ms is below this machine's noise floor of 3ms"},
		{"slow, and not near", SlowBounded{SlowerThan: 500 * m, AtMost: 5, EachWithin: 1010 * m}, noisy(at(4500, slow)), results.Held, ""},
		{"slow, and just too slow", SlowBounded{SlowerThan: 500 * m, AtMost: 5, EachWithin: 998 * m}, noisy(at(4500, slow)), results.Unproven, "below this machine's noise floor"},
		{"slow, and far too slow", SlowBounded{SlowerThan: 500 * m, AtMost: 5, EachWithin: 900 * m}, noisy(at(4500, slow)), results.Broken, "100ms more"},
	})
}

// at changes one request of the 9 s.
func at(seq uint64, change func(*results.Request)) *results.Run {
	return reads(func(q *results.Request) {
		if q.Seq == seq {
			change(q)
		}
	})
}

func TestCalibrated(t *testing.T) {
	for _, c := range []struct {
		name   string
		alter  func(*results.Run)
		ok     bool
		detail string
	}{
		{"calibrated", func(*results.Run) {}, true, "of 2026-11-24: 6 runs without a fault had p50 1.0 to 1.2 ms, p99 40.0 to 43.0 ms"},
		{"not calibrated", func(r *results.Run) { r.Where.Calibration = nil }, true, "not calibrated: run holdfast doctor --calibrate"},
		{"ignored", func(r *results.Run) { r.Where.Calibration, r.Where.CalibrationNote = nil, "the calibration is old" }, true, "not calibrated: the calibration is old: run"},
		{"as fast as is honest", func(r *results.Run) { r.Where.Calibration.HighestRate = 1000 }, true, "highest sustainable rate 1000/s"},
		{"faster than is honest", func(r *results.Run) { r.Where.Calibration.HighestRate = 999 }, false, "asks for up to 1000/s, and the highest sustainable rate of this machine is 999/s"},
		{"no rate was found", func(r *results.Run) { r.Where.Calibration.HighestRate = 0 }, true, ""},
	} {
		r := noisy(reads(same))
		c.alter(r)
		Judge(r, []Promise{{&Responds{Share: 0.99}, results.Held}})
		got := r.Trust[len(r.Trust)-1]
		if got.Name != "calibration" || got.OK != c.ok || !strings.Contains(got.Detail, c.detail) {
			t.Errorf("%s: got %+v, want %v (%s)", c.name, got, c.ok, c.detail)
		}
		if r.ExitCode() != 0 {
			t.Errorf("%s: exit %d", c.name, r.ExitCode())
		}
	}
}
