package chaos

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-lab/holdfast/topologies"
)

// node is a machine in memory that writes down what was done to it. The
// embedded nil interface makes any other verb a crash.
type node struct {
	topologies.Instance
	name      string
	state     topologies.State
	verbs     []string
	refuses   bool // a verb that fails
	undead    bool // a verb that does nothing
	stillborn bool // a start that does nothing
	starts    int

	net *net

	cores     float64
	busy      bool // it uses all the CPU that it gets
	throttled time.Duration
}

func (n *node) Name() string { return n.name }

func (n *node) State(context.Context) (topologies.State, error) { return n.state, nil }

func (n *node) Kill(context.Context) error {
	n.verbs = append(n.verbs, "kill")
	if n.refuses {
		return errors.New("refused")
	}
	if !n.undead {
		n.state = topologies.State{ExitCode: 137}
	}
	return nil
}

func (n *node) Start(context.Context) error {
	n.verbs = append(n.verbs, "start")
	if !n.stillborn {
		n.starts++
		n.state = topologies.State{Running: true, StartedAt: time.Unix(int64(n.starts), 0)}
	}
	return nil
}

func running(name string) *node {
	return &node{name: name, state: topologies.State{Running: true}}
}

func TestKill(t *testing.T) {
	a := running("pg-1")
	inj, err := Kill{}.Inject(t.Context(), []topologies.Instance{a}, nil)
	if err != nil || inj.Witness != "pg-1 exited 137" {
		t.Fatalf("witness %q, %v", inj.Witness, err)
	}
	for range 2 { // an undo may be called again
		if seen, err := inj.Heal(t.Context()); err != nil || seen != "pg-1 runs" {
			t.Errorf("healed: %q, %v", seen, err)
		}
	}
	if got := strings.Join(a.verbs, " "); got != "kill start" {
		t.Errorf("verbs: %s; want kill start, once each", got)
	}
}

func TestKillHalfDoneIsMended(t *testing.T) {
	a, b := running("web-1"), running("web-2")
	b.refuses = true
	inj, err := Kill{}.Inject(t.Context(), []topologies.Instance{a, b}, nil)
	if err == nil || inj.Witness != "" {
		t.Fatalf("half a kill passed: %q, %v", inj.Witness, err)
	}
	if _, err := inj.Heal(t.Context()); err != nil || !a.state.Running || !b.state.Running {
		t.Errorf("not mended: %v %v %v", err, a.state, b.state)
	}
}

func TestKillWithoutEffectHasNoWitness(t *testing.T) {
	a := running("pg-1")
	a.undead = true
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	inj, err := Kill{}.Inject(ctx, []topologies.Instance{a}, nil)
	if !errors.Is(err, context.DeadlineExceeded) || inj.Witness != "" {
		t.Errorf("a kill that did nothing has witness %q, %v", inj.Witness, err)
	}
}
