package chaos

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

func TestRestartThatNeverStartedIsMended(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := running("web-1")
		a.stillborn = true
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		inj, err := Restart{}.Inject(ctx, list(a), nil)
		if err == nil || inj.Witness != "" {
			t.Fatalf("a node that did not come back has witness %q", inj.Witness)
		}
		a.stillborn = false
		if _, err := inj.Heal(t.Context()); err != nil || !a.state.Running {
			t.Errorf("not mended: %v %v", err, a.state)
		}
	})
}
