package scenarios

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/holdfast-lab/holdfast/results"
	"github.com/holdfast-lab/holdfast/targets"
	"github.com/holdfast-lab/holdfast/topologies"
)

// CalibrationTakes is the approximate duration of a calibration if the images
// exist.
const CalibrationTakes = 120 * time.Second

// ErrTooNoisy means that a calibration measured nothing: the machine was too
// busy for the load generator to keep its schedule.
var ErrTooNoisy = errors.New("this machine is too busy to be calibrated: end other programs and try again")

//go:embed calibration.yaml
var calibrationText []byte

// calibrator holds the parameters of a calibration; tests replace them and
// start no system.
type calibrator struct {
	play  func(context.Context, Options) (*results.Run, error) // runs the small system once
	plays int                                                  // runs that must count
	spare int                                                  // additional runs to replace those that do not count
	least int                                                  // runs needed for a noise floor
	ticks int                                                  // measurements of the timer, one millisecond each
	climb func(context.Context, func(string)) (float64, error) // finds the highest sustainable rate
}

var standard = calibrator{play: placebo, plays: 6, spare: 2, least: 4, ticks: 3000, climb: highestRate}

// Calibrate measures this machine: the error of the timer, the highest rate at
// which the load proof holds, and the differences between runs without a fault.
// It calls say with each step. It keeps none of its runs and saves nothing; the
// caller saves the result. If the machine was too busy, the error wraps
// [ErrTooNoisy]. The program must call [ServerMain].
func Calibrate(ctx context.Context, o Options, say func(string)) (*results.Calibration, error) {
	return standard.calibrate(ctx, o, say)
}

// CalibrationNeedsMiB is the memory that a calibration needs, in MiB.
func CalibrationNeedsMiB() int {
	b, _ := topologies.Find("single-server")
	t, err := b.Design(nil)
	if err != nil {
		return 0 // a test checks that the defaults are valid
	}
	return topologies.NeedsMiB(t)
}

func (l calibrator) calibrate(ctx context.Context, o Options, say func(string)) (c *results.Calibration, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("calibrate: %w", err)
		}
	}()
	began := time.Now()
	c = &results.Calibration{Schema: results.CalibrationVersion, At: began.UTC().Truncate(time.Second)}
	say(fmt.Sprintf("timer: %d ticks of a millisecond", l.ticks))
	if c.Timer = targets.TimerError(ctx, l.ticks, time.Millisecond); ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if c.HighestRate, err = l.climb(ctx, say); err != nil {
		return nil, err
	}
	runs, err := l.placebos(ctx, o, say)
	if err != nil {
		return nil, err
	}
	c.Noise = noise(runs)
	where := runs[0].Where
	c.Version, c.Host, c.OS, c.Kernel, c.CPUs = where.Version, where.Host, where.OS, where.Kernel, where.CPUs
	c.Seconds = time.Since(began).Seconds()
	return c, nil
}

// placebos runs the system without a fault until enough runs count. A run in
// which the generator did not keep its schedule does not count, because it
// measured the generator.
func (l calibrator) placebos(ctx context.Context, o Options, say func(string)) ([]*results.Run, error) {
	dir, err := os.MkdirTemp("", "holdfast-calibration-")
	if err != nil {
		return nil, fmt.Errorf("%w: %w", topologies.ErrEnvironment, err)
	}
	defer os.RemoveAll(dir)
	o.Results, o.Seed, o.Calibration = dir, 1, "" // all runs are alike, and none is judged by an earlier calibration
	var runs []*results.Run
	why := ""
	for n := 1; n <= l.plays+l.spare && len(runs) < l.plays; n++ {
		r, err := l.play(ctx, o)
		if err != nil {
			return nil, err
		}
		if why = doubt(r); why != "" {
			say(fmt.Sprintf("run %d does not count: %s", n, why))
			continue
		}
		runs = append(runs, r)
		p := standing(r)
		say(fmt.Sprintf("run %d without a fault: p50 %v, p95 %v, p99 %v", n, p[0], p[1], p[2]))
	}
	if len(runs) < l.least {
		return nil, fmt.Errorf("%w (%d of %d runs count, at least %d are required; the last did not: %s)", ErrTooNoisy, len(runs), l.plays+l.spare, l.least, why)
	}
	return runs, nil
}

// placebo runs the small system once, without a fault.
func placebo(ctx context.Context, o Options) (*results.Run, error) {
	s, err := parse("doctor/calibration", "calibration.yaml", calibrationText)
	if err != nil {
		return nil, err
	}
	r, _, err := Play(ctx, s, Treatment, o)
	return r, err
}

// doubt says why a run without a fault does not count; "" if it does.
func doubt(r *results.Run) string {
	for _, c := range r.Trust {
		if !c.OK && (c.Name == "load" || c.Name == "record") {
			return c.Name + ": " + c.Detail
		}
	}
	for _, v := range r.Verdicts {
		if v.Outcome != results.Held {
			return fmt.Sprintf("%s: %v: %s", v.Claim, v.Outcome, v.Why)
		}
	}
	return ""
}

// standing returns p50, p95 and p99 of the response times of all answered
// requests of a run, by nearest rank.
func standing(r *results.Run) [3]time.Duration {
	var waits []time.Duration
	for _, q := range r.Requests {
		if q.Fate == results.Answered {
			waits = append(waits, q.Response())
		}
	}
	slices.Sort(waits)
	at := func(q int) time.Duration { return waits[(len(waits)*q+99)/100-1].Round(10 * time.Microsecond) }
	return [3]time.Duration{at(50), at(95), at(99)}
}

// noise returns the least and the greatest value of each measurement.
func noise(runs []*results.Run) results.Noise {
	n := results.Noise{Plays: len(runs), Share: [2]float64{1, 0}}
	for i, r := range runs {
		p := standing(r)
		for j, s := range []*results.Spread{&n.P50, &n.P95, &n.P99} {
			if i == 0 {
				s.Least = p[j]
			}
			s.Least, s.Most = min(s.Least, p[j]), max(s.Most, p[j])
		}
		answered := 0
		for _, q := range r.Requests {
			if q.Fate == results.Answered {
				answered++
			}
		}
		share := float64(answered) / float64(len(r.Requests))
		n.Share[0], n.Share[1] = min(n.Share[0], share), max(n.Share[1], share)
	}
	return n
}
