package chaos

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/holdfast-lab/holdfast/topologies"
)

func (n *node) SetCPU(_ context.Context, cores float64) (float64, error) {
	if n.refuses {
		return 0, errors.New("refused")
	}
	former := n.cores
	n.cores = cores
	return former, nil
}

func (n *node) Snapshot(context.Context) (topologies.Snapshot, error) {
	return topologies.Snapshot{Running: n.state.Running, Paused: n.state.Paused, CPU: n.cores}, nil
}

// Throttled rises with each read while a busy node has a low limit.
func (n *node) Throttled(context.Context) (time.Duration, error) {
	if n.busy && n.cores < 1 && !time.Now().Before(n.late) {
		n.throttled += time.Millisecond
	}
	return n.throttled, nil
}

// busy returns a node with 1 core, all of which it uses.
func busy(name string) *node {
	n := running(name)
	n.cores, n.busy = 1, true
	return n
}

func TestThrottleCPU(t *testing.T) {
	a := busy("web-1")
	inj, err := Throttle{CPU: 0.1}.Inject(t.Context(), list(a), nil)
	if err != nil || inj.Witness != "web-1 throttled for 1ms at 0.1 cores" || a.cores != 0.1 {
		t.Fatalf("witness %q, %v, %v cores", inj.Witness, err, a.cores)
	}
	for range 2 { // an undo may be called again
		if seen, err := inj.Heal(t.Context()); err != nil || seen != "web-1 has 1 cores" || a.cores != 1 {
			t.Errorf("healed %q, %v, %v cores", seen, err, a.cores)
		}
	}
}

func TestThrottleHalfDoneIsMended(t *testing.T) {
	a, b := busy("web-1"), busy("web-2")
	b.refuses = true
	inj, err := Throttle{CPU: 0.1}.Inject(t.Context(), list(a, b), nil)
	if err == nil || inj.Witness != "" || a.cores != 0.1 {
		t.Fatalf("half a throttle passed: %q, %v", inj.Witness, err)
	}
	if seen, err := inj.Heal(t.Context()); err != nil || seen != "web-1 has 1 cores" || a.cores != 1 {
		t.Errorf("not mended: %q, %v, %v cores", seen, err, a.cores)
	}
}

func TestThrottleOfAnIdleNodeHasNoWitness(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := busy("web-1")
		a.busy = false
		inj, err := Throttle{CPU: 0.1}.Inject(t.Context(), list(a), nil)
		if err == nil || inj.Witness != "" || !strings.Contains(err.Error(), "never throttled it") {
			t.Fatalf("a throttle that held nothing back has witness %q, %v", inj.Witness, err)
		}
		if _, err := inj.Heal(t.Context()); err != nil || a.cores != 1 {
			t.Errorf("not mended: %v, %v cores", err, a.cores)
		}
	})
}

func TestThrottleToMoreIsRefused(t *testing.T) {
	a := busy("web-1")
	inj, err := Throttle{CPU: 2}.Inject(t.Context(), list(a), nil)
	if err == nil || inj.Witness != "" {
		t.Fatalf("2 cores for a node of 1 passed as a throttle: %q", inj.Witness)
	}
	if _, err := inj.Heal(t.Context()); err != nil || a.cores != 1 {
		t.Errorf("not mended: %v, %v cores", err, a.cores)
	}
}

// TestThrottlingBeforeIsNoWitness: a node that was throttled only under its
// former limit, and has been idle since, was not throttled by the fault.
func TestThrottlingBeforeIsNoWitness(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := busy("web-1")
		a.busy, a.throttled = false, time.Minute
		if inj, err := (Throttle{CPU: 0.1}).Inject(t.Context(), list(a), nil); err == nil || inj.Witness != "" {
			t.Errorf("witness %q, %v", inj.Witness, err)
		}
	})
}
