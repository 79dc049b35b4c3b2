// Two runs of the same unchanged system on the same machine measure different
// latencies. A smaller difference than that shows nothing.

package claims

import (
	"fmt"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// withinNoise reports whether a latency differs from its bound, in either
// direction, by less than two runs without a fault differ on this machine.
func withinNoise(got, wanted, floor time.Duration) bool { return max(got-wanted, wanted-got) < floor }

// inNoise says why a margin proves nothing.
func inNoise(got, wanted, floor time.Duration, c *results.Calibration) string {
	return fmt.Sprintf("measured %s, wanted %s: the margin of %s is below this machine's noise floor of %s (calibrated %s)",
		beside(got, fine, wanted), wanted, beside((got-wanted).Abs(), fine, floor, 0), floor, c.Date())
}

// calibrated reports what is known of the machine. It fails only if the plan
// asks for more than the highest rate that the machine was measured to sustain;
// otherwise it is only information.
func calibrated(r *results.Run) results.Check {
	check := results.Check{Name: "calibration", OK: true}
	c := r.Where.Calibration
	if c == nil {
		check.Note, check.Detail = true, "not calibrated: run holdfast doctor --calibrate"
		if r.Where.CalibrationNote != "" {
			check.Detail = "not calibrated: " + r.Where.CalibrationNote + ": run holdfast doctor --calibrate"
		}
		return check
	}
	check.Detail = c.String()
	if peak := peakRate(r.Requests); c.HighestRate > 0 && float64(peak) > c.HighestRate {
		check.OK = false
		check.Detail = fmt.Sprintf("the plan asks for up to %d/s, and the highest sustainable rate of this machine is %.0f/s (calibrated %s)", peak, c.HighestRate, c.Date())
	}
	return check
}

// peakRate is the largest number of requests scheduled within one second.
func peakRate(h results.History) int {
	planned, most := map[time.Duration]int{}, 0
	for _, q := range h {
		second := q.Intended.Truncate(time.Second)
		planned[second]++
		most = max(most, planned[second])
	}
	return most
}
