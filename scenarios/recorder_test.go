package scenarios

import (
	"testing"
	"time"

	"github.com/holdfast-lab/holdfast/results"
	"github.com/holdfast-lab/holdfast/targets"
)

// TestBeatCountsEveryPlannedRequest: a request is waiting if it is due and was
// neither sent nor dropped.
func TestBeatCountsEveryPlannedRequest(t *testing.T) {
	r := &recorder{began: time.Now().Add(-time.Second)}
	for fate, n := range map[results.Fate]int{results.Answered: 4, results.Refused: 3, results.Unanswered: 2, results.Unsent: 1} {
		for range n {
			r.request(results.Request{Fate: fate})
		}
	}
	var asked time.Duration
	b := r.beat(50, 5, func(at time.Duration) uint64 { asked = at; return 20 })
	if b.Sent != 14 || b.Unsent != 1 || b.Waiting != 5 || asked != b.At-targets.DueLag {
		t.Errorf("of 20 that should have left: %+v, asked of %v", b, asked)
	}
	if b := r.beat(50, 5, func(time.Duration) uint64 { return 15 }); b.Waiting != 0 {
		t.Errorf("all have left, and %d wait", b.Waiting)
	}
}
