package chaos

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-lab/holdfast/topologies"
)

func (n *node) Pause(context.Context) error {
	n.verbs = append(n.verbs, "pause")
	if n.refuses {
		return errors.New("refused")
	}
	n.state.Paused = !n.undead
	return nil
}

func (n *node) Unpause(context.Context) error {
	n.verbs = append(n.verbs, "unpause")
	n.state.Paused = false
	return nil
}

func TestPause(t *testing.T) {
	a := running("web-1")
	inj, err := Pause{}.Inject(t.Context(), []topologies.Instance{a}, nil)
	if err != nil || inj.Witness != "web-1 frozen" {
		t.Fatalf("witness %q, %v", inj.Witness, err)
	}
	for range 2 { // an undo may be called again
		if seen, err := inj.Heal(t.Context()); err != nil || seen != "web-1 goes on" {
			t.Errorf("healed: %q, %v", seen, err)
		}
	}
	if got := strings.Join(a.verbs, " "); got != "pause unpause" {
		t.Errorf("verbs: %s; want pause unpause, once each", got)
	}
}

func TestPauseOfANodeThatRestarted(t *testing.T) {
	a := running("web-1")
	inj, err := Pause{}.Inject(t.Context(), []topologies.Instance{a}, nil)
	if err != nil {
		t.Fatal(err)
	}
	a.state = topologies.State{Running: true} // somebody killed and started it
	if _, err := inj.Heal(t.Context()); err != nil {
		t.Error(err)
	}
	if got := strings.Join(a.verbs, " "); got != "pause" {
		t.Errorf("verbs: %s; want nothing undone", got)
	}
}

// TestPauseOfANodeThatDied shows that a corpse is not said to go on.
func TestPauseOfANodeThatDied(t *testing.T) {
	a, b := running("web-1"), running("web-2")
	inj, err := Pause{}.Inject(t.Context(), []topologies.Instance{a, b}, nil)
	if err != nil {
		t.Fatal(err)
	}
	a.state = topologies.State{ExitCode: 137} // out of memory, or a step of its own
	for range 2 {
		if seen, err := inj.Heal(t.Context()); err != nil || seen != "web-1 no longer runs, web-2 goes on" {
			t.Errorf("healed: %q, %v", seen, err)
		}
	}
}

func TestPauseHalfDoneIsMended(t *testing.T) {
	a, b := running("web-1"), running("web-2")
	b.refuses = true
	inj, err := Pause{}.Inject(t.Context(), []topologies.Instance{a, b}, nil)
	if err == nil || inj.Witness != "" {
		t.Fatalf("half a pause passed: %q, %v", inj.Witness, err)
	}
	if _, err := inj.Heal(t.Context()); err != nil || a.state.Paused {
		t.Errorf("not mended: %v %v", err, a.state)
	}
}

func TestPauseWithoutEffectHasNoWitness(t *testing.T) {
	a := running("web-1")
	a.undead = true
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	inj, err := Pause{}.Inject(ctx, []topologies.Instance{a}, nil)
	if !errors.Is(err, context.DeadlineExceeded) || inj.Witness != "" {
		t.Errorf("a pause that did nothing has witness %q, %v", inj.Witness, err)
	}
}
