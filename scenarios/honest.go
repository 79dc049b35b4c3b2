package scenarios

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/holdfast-lab/holdfast/claims"
	"github.com/holdfast-lab/holdfast/results"
	"github.com/holdfast-lab/holdfast/targets"
	"github.com/holdfast-lab/holdfast/topologies"
)

// The parameters of the search; with them it ends within a minute.
const (
	tryFor       = 2 * time.Second // length of an attack at one rate; the load proof judges whole seconds
	lowestTried  = 250.0           // requests per second
	highestTried = 64_000.0
	halvings     = 4 // bisections between the highest sustained rate and twice that rate
)

// ServerMain must be called first in main and in TestMain of every program that
// calibrates. In a process that was started as the server for a calibration, it
// serves and never returns.
func ServerMain() { targets.LeanMain() }

// highestRate returns the highest rate, in requests per second, at which the
// load proof holds against a minimal server on this machine. It doubles the
// rate until the proof fails and then bisects. A rate fails only after two
// failures, because one may be caused by another process.
func highestRate(ctx context.Context, say func(string)) (float64, error) {
	addr, stop, err := targets.StartLean()
	if err != nil {
		return 0, fmt.Errorf("%w: %w", topologies.ErrEnvironment, err)
	}
	defer stop()
	honest := func(rate float64) (bool, error) {
		why := ""
		for range 2 {
			r, err := shortAttack(ctx, addr, rate)
			if err != nil {
				return false, err
			}
			if why = doubt(r); why == "" {
				say(fmt.Sprintf("rate %.0f/s: honest", rate))
				return true, nil
			}
		}
		say(fmt.Sprintf("rate %.0f/s: %s", rate, why))
		return false, nil
	}
	return searchRate(lowestTried, highestTried, halvings, honest)
}

// searchRate returns the highest rate for which honest is true. It bisects
// between a sustained and a failed rate in the given number of steps.
func searchRate(start, most float64, steps int, honest func(float64) (bool, error)) (float64, error) {
	good, bad := 0.0, 0.0
	for rate := start; rate <= most && bad == 0; rate *= 2 {
		ok, err := honest(rate)
		switch {
		case err != nil:
			return 0, err
		case ok:
			good = rate
		default:
			bad = rate
		}
	}
	if good == 0 {
		return 0, fmt.Errorf("%w (even %.0f requests a second were not sent on time)", ErrTooNoisy, start)
	}
	for n := 0; n < steps && bad > 0; n++ {
		rate := math.Round((good+bad)/20) * 10
		ok, err := honest(rate)
		switch {
		case err != nil:
			return 0, err
		case ok:
			good = rate
		default:
			bad = rate
		}
	}
	return good, nil
}

// shortAttack runs a short attack at that rate and returns its record.
func shortAttack(ctx context.Context, addr string, rate float64) (*results.Run, error) {
	a := targets.Attack{
		Rate: targets.Rate{Constant: targets.PerSecond(rate)}, For: tryFor, Timeout: time.Second,
		Mix: targets.Mix{"read": 1}, Keys: targets.Keys{Users: 1}, Seed: 1,
	}
	rec := &recorder{began: time.Now()}
	entry := targets.Entry{RunID: "calibration", Addr: func(context.Context) (string, error) { return addr, nil }}
	load, err := a.Fire(ctx, entry, rec.began, rec.request)
	if err != nil {
		return nil, err
	}
	r := &results.Run{ID: "calibration", Finished: true, Load: load}
	rec.fold(r)
	claims.Judge(r, []claims.Promise{{Claim: &claims.Responds{Share: 1, Least: 1}, Expect: results.Held}})
	return r, nil
}
