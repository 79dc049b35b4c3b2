package chaos

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestRestart(t *testing.T) {
	for by, want := range map[string]struct{ verbs, witness string }{
		"":     {"halt start", "web-1 exited 143 and runs anew"},
		"stop": {"halt start", "web-1 exited 143 and runs anew"},
		"kill": {"kill start", "web-1 exited 137 and runs anew"},
	} {
		a := running("web-1")
		inj, err := Restart{By: by}.Inject(t.Context(), list(a), nil)
		if err != nil || inj.Witness != want.witness {
			t.Fatalf("by %q: witness %q, %v", by, inj.Witness, err)
		}
		for range 2 { // an undo may be called again, and has nothing to do
			if seen, err := inj.Heal(t.Context()); err != nil || seen != "web-1 runs" {
				t.Errorf("by %q: healed %q, %v", by, seen, err)
			}
		}
		if got := strings.Join(a.verbs, " "); got != want.verbs {
			t.Errorf("by %q: verbs %s, want %s", by, got, want.verbs)
		}
	}
}

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

func TestRestartHalfDoneIsMended(t *testing.T) {
	a, b := running("web-1"), running("web-2")
	b.refuses = true
	inj, err := Restart{}.Inject(t.Context(), list(a, b), nil)
	if err == nil || inj.Witness != "" {
		t.Fatalf("half a restart passed: %q, %v", inj.Witness, err)
	}
	if _, err := inj.Heal(t.Context()); err != nil || !a.state.Running || !b.state.Running {
		t.Errorf("not mended: %v", err)
	}
}

func TestRestartThatDidNothingHasNoWitness(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := running("web-1")
		a.undead = true
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if inj, err := (Restart{}).Inject(ctx, list(a), nil); err == nil || inj.Witness != "" {
			t.Errorf("witness %q, %v", inj.Witness, err)
		}
	})
}
