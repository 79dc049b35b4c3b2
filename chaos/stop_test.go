package chaos

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-lab/holdfast/topologies"
)

func (n *node) Halt(context.Context) error {
	n.verbs = append(n.verbs, "halt")
	if n.refuses {
		return errors.New("refused")
	}
	if !n.undead {
		n.state = topologies.State{ExitCode: 143}
	}
	return nil
}

func TestStop(t *testing.T) {
	a := running("web-1")
	inj, err := Stop{}.Inject(t.Context(), list(a), nil)
	if err != nil || inj.Witness != "web-1 exited 143" {
		t.Fatalf("witness %q, %v", inj.Witness, err)
	}
	for range 2 { // an undo may be called again
		if seen, err := inj.Heal(t.Context()); err != nil || seen != "web-1 runs" {
			t.Errorf("healed: %q, %v", seen, err)
		}
	}
	if got := strings.Join(a.verbs, " "); got != "halt start" {
		t.Errorf("verbs: %s; want halt start, once each", got)
	}
}

func TestStopHalfDoneIsMended(t *testing.T) {
	a, b := running("web-1"), running("web-2")
	b.refuses = true
	inj, err := Stop{}.Inject(t.Context(), list(a, b), nil)
	if err == nil || inj.Witness != "" {
		t.Fatalf("half a stop passed: %q, %v", inj.Witness, err)
	}
	if _, err := inj.Heal(t.Context()); err != nil || !a.state.Running || !b.state.Running {
		t.Errorf("not mended: %v %v %v", err, a.state, b.state)
	}
}

func TestStopWithoutEffectHasNoWitness(t *testing.T) {
	a := running("pg-1")
	a.undead = true
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	inj, err := Stop{}.Inject(ctx, list(a), nil)
	if !errors.Is(err, context.DeadlineExceeded) || inj.Witness != "" {
		t.Errorf("a stop that did nothing has witness %q, %v", inj.Witness, err)
	}
}
