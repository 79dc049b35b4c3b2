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

// CalibrationTakes is about how long a calibration takes where the images are there.
const CalibrationTakes = 120 * time.Second

// ErrTooNoisy is why a calibration measured nothing: the machine was too busy
// with something else for its own generator to keep its schedule.
var ErrTooNoisy = errors.New("this machine is too busy to be calibrated: end other programs and try again")

//go:embed calibration.yaml
var calibrationText []byte

// calibrator is what a calibration does; tests do less of it, and play nothing.
type calibrator struct {
	play  func(context.Context, Options) (*results.Run, error) // the small system, once
	plays int                                                  // that count
	spare int                                                  // that may be played besides, in place of some that do not count
	least int                                                  // of plays that make a floor
	ticks int                                                  // of the timer, a millisecond each
	climb func(context.Context, func(string)) (float64, error) // the highest sustainable rate
}

var standard = calibrator{play: placebo, plays: 6, spare: 2, least: 4, ticks: 3000, climb: highestRate}

// Calibrate measures this machine: the timer's error, the highest rate at which
// the load proof holds, and by how much plays without a fault differ. It tells
// each step to say. It leaves nothing behind; what it plays is not kept, and it
// is for the caller to save what it gives back. Where the machine was too busy to
// tell, the error wraps [ErrTooNoisy]. The program must call [ServerMain].
func Calibrate(ctx context.Context, o Options, say func(string)) (*results.Calibration, error) {
	return standard.calibrate(ctx, o, say)
}

// CalibrationNeedsMiB is the memory that a calibration takes, in MiB.
func CalibrationNeedsMiB() int {
	b, _ := topologies.Find("single-server")
	t, err := b.Design(nil)
	if err != nil {
		return 0 // its defaults are tested
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

// placebos plays the system without a fault until enough plays count. One whose
// generator did not keep its schedule measured itself, and does not.
func (l calibrator) placebos(ctx context.Context, o Options, say func(string)) ([]*results.Run, error) {
	dir, err := os.MkdirTemp("", "holdfast-calibration-")
	if err != nil {
		return nil, fmt.Errorf("%w: %w", topologies.ErrEnvironment, err)
	}
	defer os.RemoveAll(dir)
	o.Results, o.Seed, o.Calibration = dir, 1, "" // every play alike, and none judged by what was there before
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

// placebo plays the small system once, with nothing broken.
func placebo(ctx context.Context, o Options) (*results.Run, error) {
	s, err := parse("doctor/calibration", "calibration.yaml", calibrationText)
	if err != nil {
		return nil, err
	}
	r, _, err := Play(ctx, s, Treatment, o)
	return r, err
}

// doubt says why a play without a fault does not count; "" where it does.
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

// standing is the response time of a play as three values: p50, p95 and p99 of all
// that was answered, by nearest rank.
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

// noise is the least and the most of what the plays measured.
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
