package targets

import (
	"context"
	"slices"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// TimerError measures the lateness of the pacer: it waits for the given number of
// ticks, one every interval, without sending requests. No request can be sent with
// less delay. It ends early, with the ticks so far, when ctx is done.
func TimerError(ctx context.Context, ticks int, every time.Duration) results.Timer {
	began := time.Now()
	p := newPacer(nil, began, ctx.Done(), false)
	late := make([]time.Duration, 0, ticks)
	for n := range ticks {
		at := time.Duration(n+1) * every
		if !p.wait(at) {
			break
		}
		late = append(late, time.Since(began)-at)
	}
	if len(late) == 0 {
		return results.Timer{}
	}
	slices.Sort(late)
	rank := func(q int) time.Duration { return late[(len(late)*q+99)/100-1] } // nearest rank
	return results.Timer{Ticks: len(late), P50: rank(50), P99: rank(99), Max: late[len(late)-1]}
}
