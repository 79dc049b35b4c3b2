package scenarios

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-lab/holdfast/results"
	"github.com/holdfast-lab/holdfast/targets"
)

// placeboOf is a run of 200 requests with the response time p50, except for one
// in twenty with p95 and two in a hundred with p99.
func placeboOf(p50, p95, p99 time.Duration) *results.Run {
	r := &results.Run{
		Where: results.Environment{Version: "v", Host: "here", OS: "linux/amd64", Kernel: "6.1", CPUs: 2}, Finished: true,
		Trust:    []results.Check{{Name: "record", OK: true}, {Name: "load", OK: true}, {Name: "calibration"}},
		Verdicts: []results.Verdict{{Claim: "requests respond", Outcome: results.Held}},
	}
	for i := range 200 {
		wait := p50
		switch {
		case i%50 == 0:
			wait = p99
		case i%20 == 1:
			wait = p95
		}
		r.Requests = append(r.Requests, results.Request{Seq: uint64(i), Done: wait, Fate: results.Answered})
	}
	return r
}

// lab is a calibrator that returns these runs one after the other.
func lab(t *testing.T, runs ...*results.Run) calibrator {
	t.Helper()
	next := 0
	return calibrator{
		plays: 3, spare: 1, least: 2, ticks: 3,
		climb: func(context.Context, func(string)) (float64, error) { return 8000, nil },
		play: func(_ context.Context, o Options) (*results.Run, error) {
			if o.Seed != 1 || o.Calibration != "" || o.Results == "" {
				t.Errorf("played with %+v", o)
			}
			next++
			return runs[next-1], nil
		},
	}
}

func late() *results.Run {
	r := placeboOf(1, 1, time.Hour)
	r.Trust[1] = results.Check{Name: "load", Detail: "send delay p99 outside faults 9ms, at most 1ms allowed"}
	return r
}

func failing() *results.Run {
	r := placeboOf(1, 1, time.Hour)
	r.Verdicts[0].Outcome, r.Verdicts[0].Why = results.Broken, "7 of 200 were not answered"
	return r
}

func TestCalibrate(t *testing.T) {
	const m = time.Millisecond
	a, b, c := placeboOf(2*m, 5*m, 9*m), placeboOf(3*m, 4*m, 12*m), placeboOf(2*m, 4*m, 10*m)
	b.Requests[7].Fate = results.Unanswered
	var said []string
	got, err := lab(t, a, late(), b, c).calibrate(t.Context(), Options{Seed: 9, Calibration: "of before"}, func(s string) { said = append(said, s) })
	if err != nil {
		t.Fatal(err)
	}
	if d := time.Since(got.At); d < 0 || d > time.Minute || got.Seconds <= 0 || got.Timer.Ticks != 3 || got.Timer.Max <= 0 {
		t.Errorf("got %+v", got)
	}
	got.At, got.Seconds, got.Timer = time.Time{}, 0, results.Timer{}
	want := &results.Calibration{
		Schema: results.CalibrationVersion, Version: "v", Host: "here", OS: "linux/amd64", Kernel: "6.1", CPUs: 2, HighestRate: 8000,
		Noise: results.Noise{
			Plays: 3, P50: results.Spread{Least: 2 * m, Most: 3 * m}, P95: results.Spread{Least: 4 * m, Most: 5 * m},
			P99: results.Spread{Least: 9 * m, Most: 12 * m}, Share: [2]float64{0.995, 1},
		},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	for _, part := range []string{"timer: 3 ticks", "run 1 without a fault: p50 2ms, p95 5ms, p99 9ms", "run 2 does not count: load: send delay p99 outside faults 9ms"} {
		if !slices.ContainsFunc(said, func(s string) bool { return strings.Contains(s, part) }) {
			t.Errorf("nothing says %q: %q", part, said)
		}
	}
}

func TestCalibrateProvesNothing(t *testing.T) {
	mute := func(string) {}
	_, err := lab(t, late(), failing(), placeboOf(1, 1, 1), late()).calibrate(t.Context(), Options{}, mute)
	if !errors.Is(err, ErrTooNoisy) || !strings.Contains(err.Error(), "1 of 4 runs count, at least 2 are required; the last did not: load: send delay") {
		t.Errorf("one good play: %v", err)
	}
	few, err := lab(t, failing(), placeboOf(1, 1, 1), late(), placeboOf(1, 1, 1)).calibrate(t.Context(), Options{}, mute)
	if err != nil || few.Noise.Plays != 2 {
		t.Errorf("two good plays: %+v, %v", few, err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("a signal")
	cancel(why)
	if _, err := lab(t).calibrate(ctx, Options{}, mute); !errors.Is(err, why) {
		t.Errorf("interrupted: %v", err)
	}
	broken := lab(t)
	broken.climb = func(context.Context, func(string)) (float64, error) { return searchRate(250, 64_000, 4, upTo(0)) }
	if _, err := broken.calibrate(t.Context(), Options{}, mute); !errors.Is(err, ErrTooNoisy) || !strings.Contains(err.Error(), "even 250 requests a second were not sent") {
		t.Errorf("no rate is honest: %v", err)
	}
	down := lab(t)
	var dir string
	down.play = func(_ context.Context, o Options) (*results.Run, error) {
		dir = o.Results
		return nil, errors.Join(why, os.WriteFile(filepath.Join(dir, "left"), nil, 0o644))
	}
	if _, err := down.calibrate(t.Context(), Options{}, mute); !errors.Is(err, why) {
		t.Errorf("a play that failed: %v", err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("what was played is still there: %v", err)
	}
}

// upTo is a machine that keeps its schedule up to a rate.
func upTo(rate float64) func(float64) (bool, error) {
	return func(r float64) (bool, error) { return r <= rate, nil }
}

func TestClimb(t *testing.T) {
	for _, c := range []struct{ is, want float64 }{{8000, 8000}, {8600, 8500}, {15999, 15500}, {64_000, 64_000}, {1e9, 64_000}, {260, 250}, {300, 290}} {
		tried := 0
		got, err := searchRate(250, 64_000, 4, func(r float64) (bool, error) { tried++; return r <= c.is, nil })
		if err != nil || got != c.want || tried > 13 {
			t.Errorf("a machine that is honest up to %v: %v after %d tries (%v), want %v", c.is, got, tried, err, c.want)
		}
	}
	why := errors.New("no server")
	if _, err := searchRate(250, 64_000, 4, func(r float64) (bool, error) { return r < 1000, why }); !errors.Is(err, why) {
		t.Errorf("an error is %v", err)
	}
}

// TestVolley attacks a real server and expects every request on record. Whether
// the generator was on time depends on the machine; if it was not, the verdict
// is unproven.
func TestVolley(t *testing.T) {
	addr, stop, err := targets.StartLean()
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	r, err := shortAttack(t.Context(), addr, 50)
	if err != nil || len(r.Requests) != 100 || len(r.Trust) == 0 || r.Trust[0].Name != "record" || !r.Trust[0].OK || !strings.HasPrefix(r.Verdicts[0].Measured, "100% of 100 answered") || r.Verdicts[0].Outcome == results.Broken {
		t.Errorf("%d requests, trust %+v, verdicts %+v, %v", len(r.Requests), r.Trust, r.Verdicts, err)
	}
}

// TestCalibrationScenario: the scenario is valid and not part of the catalogue.
func TestCalibrationScenario(t *testing.T) {
	s, err := parse("doctor/calibration", "calibration.yaml", calibrationText)
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Steps) > 0 || s.Attack.Planned() < 1000 {
		t.Errorf("%d steps, %d requests: p99 takes 1000, and no fault", len(s.Steps), s.Attack.Planned())
	}
	if CalibrationNeedsMiB() < 600 {
		t.Errorf("it takes %d MiB", CalibrationNeedsMiB())
	}
	if slices.ContainsFunc(listed(t), func(l Scenario) bool { return strings.Contains(l.Name, "calibration") }) {
		t.Error("it is in the catalogue")
	}
}

// TestRunRemembersItsCalibration: the record contains the noise floor by which
// it is judged.
func TestRunRemembersItsCalibration(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "calibration.json")
	e, begins := Here(), time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) // the time at which every synctest bubble begins
	c := &results.Calibration{Schema: results.CalibrationVersion, At: begins, Host: e.Host, CPUs: e.CPUs, HighestRate: 64_000}
	if err := results.SaveCalibration(file, c); err != nil {
		t.Fatal(err)
	}
	r, folder, err := played(t, &memory{failover: 200 * time.Millisecond}, killed, Placebo, Options{Calibration: file})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(c, r.Where.Calibration); d != "" {
		t.Error(d)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	again, err := Rejudge(folder)
	if err != nil || !cmp.Equal(again.Where.Calibration, c) || !cmp.Equal(again.Trust, r.Trust) {
		t.Errorf("judged again without the file: %+v, %v", again.Trust, err)
	}
}
