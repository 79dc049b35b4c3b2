package targets

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// TestStartLean shows that the server answers, and that it is gone afterwards.
func TestStartLean(t *testing.T) {
	addr, stop, err := StartLean()
	if err != nil {
		t.Fatal(err)
	}
	a := brief(200, 100*time.Millisecond)
	a.Mix, a.Keys = Mix{"read": 1}, Keys{Users: 1} // all that the server knows
	answered := 0
	if _, err := a.Fire(t.Context(), at(addr), time.Now(), func(q results.Request) {
		if q.Fate == results.Answered {
			answered++
		}
	}); err != nil || answered != 20 {
		t.Errorf("%d of 20 answered (%v)", answered, err)
	}
	stop()
	if c, err := net.Dial("tcp", addr); err == nil {
		c.Close()
		t.Error("it still listens after it was stopped")
	}
}

func TestStartLeanWithoutLeanMain(t *testing.T) {
	hasLean.Store(false)
	defer hasLean.Store(true)
	if _, stop, err := StartLean(); err == nil {
		stop()
		t.Error("a program that would do its own work again was started")
	}
}

func TestTimerError(t *testing.T) {
	got := TimerError(t.Context(), 50, time.Millisecond)
	if got.Ticks != 50 || got.P50 <= 0 || got.P99 < got.P50 || got.Max < got.P99 {
		t.Errorf("got %+v", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got := TimerError(ctx, 50, time.Hour); got != (results.Timer{}) {
		t.Errorf("cut short before the first tick: %+v", got)
	}
}
