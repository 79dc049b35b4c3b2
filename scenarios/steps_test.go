package scenarios

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-lab/holdfast/chaos"
	"github.com/holdfast-lab/holdfast/results"
	"github.com/holdfast-lab/holdfast/topologies"
)

// stub is a fault with the functions of a test.
type stub struct {
	do   func(on, peers []topologies.Instance) error
	heal chaos.Heal
}

func (stub) String() string { return "stub" }

func (stub) DescribeUndo(on []topologies.Instance) string { return "undo it on " + on[0].Name() }

func (s stub) Inject(_ context.Context, on, peers []topologies.Instance) (chaos.Injection, error) {
	return chaos.Injection{Witness: "seen", Heal: s.heal}, s.do(on, peers)
}

// broken runs one step on a replication system in memory and returns what is
// left of it.
func broken(t *testing.T, s Step) (b *stepRunner, folder string, err error) {
	t.Helper()
	top, err := scenario(t, killed).Design(Treatment)
	if err != nil {
		t.Fatal(err)
	}
	m := &memory{}
	m.nodesOf(top)
	folder = t.TempDir()
	notes, err := openIntents(folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { notes.close() })
	b = &stepRunner{recorder: &recorder{began: time.Now()}, cluster: m, topology: top, intents: notes, inFlight: func() int { return 3 }}
	ended := make(chan struct{})
	close(ended)
	return b, folder, b.step(t.Context(), 0, s, ended)
}

var (
	primary  = []topologies.Selector{{Role: "primary"}}
	replicas = []topologies.Selector{{Name: "replica"}, {Name: "pg-1"}}
	well     = func(context.Context) (string, error) { return "well", nil }
)

func TestStepWritesItsIntentFirst(t *testing.T) {
	asked := ""
	s := Step{On: primary, Peers: replicas}
	s.Fault = stub{heal: well, do: func(on, peers []topologies.Instance) error {
		asked = strings.Join(nodeNames(on), " ") + " to " + strings.Join(nodeNames(peers), " ")
		return nil
	}}
	b, folder, err := broken(t, s)
	if err != nil {
		t.Fatal(err)
	}
	if first := intentsOf(t, folder); len(first) != 3 || first[0].State != "asked" || first[0].Whom[0] != "pg-1" || first[0].Undo != "undo it on pg-1" {
		t.Errorf("intents: %+v", first)
	}
	if asked != "pg-1 to pg-2 pg-3" {
		t.Errorf("injected %s; a word means all of a role, and no node is its own peer", asked)
	}
	f := b.faults[0]
	if !f.InEffect() || f.InFlight != 3 || f.EndWitness != "well" || f.Ended == 0 || len(b.undo) != 0 {
		t.Errorf("fault: %+v", f)
	}
}

func TestStepThatFails(t *testing.T) {
	healed := false
	heal := func(context.Context) (string, error) { healed = true; return "", nil }
	b, _, err := broken(t, Step{On: primary, Fault: stub{heal: heal, do: func(_, _ []topologies.Instance) error { return errors.New("half done") }}})
	if err == nil || !healed || b.faults[0].InEffect() || b.faults[0].Err != "half done" {
		t.Errorf("%v, healed %v, %+v", err, healed, b.faults)
	}
	b, _, err = broken(t, Step{On: primary, Fault: stub{do: func(_, _ []topologies.Instance) error { panic("oh") }}})
	if err == nil || !strings.Contains(err.Error(), "it panicked: oh") || b.faults[0].InEffect() {
		t.Errorf("a panic: %v, %+v", err, b.faults)
	}
}

func TestUndoThatPanics(t *testing.T) {
	b, _, err := broken(t, Step{On: primary, Fault: stub{
		heal: func(context.Context) (string, error) { panic("oh") },
		do:   func(_, _ []topologies.Instance) error { return nil },
	}})
	if err != nil || !errors.Is(errors.Join(b.undo...), topologies.ErrEnvironment) || b.faults[0].Ended != 0 {
		t.Errorf("%v, %v, %+v", err, b.undo, b.faults)
	}
	if last := b.events[len(b.events)-1]; last.Kind != results.FaultFailed {
		t.Errorf("the last event is %+v", last)
	}
}

func TestStepWhoseIntentCannotBeWritten(t *testing.T) {
	done := false
	top, err := scenario(t, killed).Design(Treatment)
	if err != nil {
		t.Fatal(err)
	}
	m := &memory{}
	m.nodesOf(top)
	notes, err := openIntents(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	notes.close()
	b := &stepRunner{recorder: &recorder{began: time.Now()}, cluster: m, topology: top, intents: notes, inFlight: func() int { return 1 }}
	err = b.step(t.Context(), 0, Step{On: primary, Fault: stub{do: func(_, _ []topologies.Instance) error { done = true; return nil }}}, nil)
	if !errors.Is(err, topologies.ErrEnvironment) || done {
		t.Errorf("%v, done %v: what is not written down is not done", err, done)
	}
}
