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

// node is a machine in memory that logs what was done to it. The embedded nil
// interface makes every other method panic.
type node struct {
	topologies.Instance
	name      string
	state     topologies.State
	verbs     []string
	refuses   bool // every verb returns an error
	undead    bool // verbs have no effect
	stillborn bool // Start has no effect
	starts    int
	takes     time.Duration // time to end, and to start

	net *net

	holds     topologies.Holds
	cores     float64
	busy      bool      // it uses all the CPU that it may
	late      time.Time // it is idle until then
	throttled time.Duration
}

func (n *node) Name() string { return n.name }

func (n *node) Holds() *topologies.Holds { return &n.holds }

func (n *node) State(context.Context) (topologies.State, error) { return n.state, nil }

func (n *node) Kill(context.Context) error {
	n.verbs = append(n.verbs, "kill")
	return n.end(137)
}

// end ends the process with this exit code.
func (n *node) end(code int) error {
	if n.refuses {
		return errors.New("refused")
	}
	if n.takes > 0 {
		time.Sleep(n.takes)
	}
	if !n.undead {
		n.state = topologies.State{ExitCode: code}
		if n.net != nil {
			clear(n.net.rules) // rules are removed with the network namespace
		}
	}
	return nil
}

func (n *node) Start(context.Context) error {
	n.verbs = append(n.verbs, "start")
	if n.takes > 0 {
		time.Sleep(n.takes)
	}
	if !n.stillborn {
		n.starts++
		n.state = topologies.State{Running: true, StartedAt: time.Unix(int64(n.starts), 0)}
	}
	return nil
}

func (n *node) Stop(context.Context) error {
	n.verbs = append(n.verbs, "stop")
	return n.end(143)
}

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

func running(name string) *node {
	return &node{name: name, state: topologies.State{Running: true}}
}

// list converts nodes to the type that a fault expects.
func list(ns ...*node) (is []topologies.Instance) {
	for _, n := range ns {
		is = append(is, n)
	}
	return is
}

// nodeFaults are the faults on whole nodes, with the expected witnesses and the
// verbs that the fault and its undo call on web-1.
var nodeFaults = map[string]struct {
	fault                 Fault
	witness, ended, verbs string
}{
	"kill":            {Kill{}, "web-1 exited 137", "web-1 runs", "kill start"},
	"stop":            {Stop{}, "web-1 exited 143", "web-1 runs", "stop start"},
	"pause":           {Pause{}, "web-1 frozen", "web-1 is running again", "pause unpause"},
	"restart":         {Restart{}, "web-1 exited 143 and is running again", "web-1 runs", "stop start"},
	"restart by stop": {Restart{By: "stop"}, "web-1 exited 143 and is running again", "web-1 runs", "stop start"},
	"restart by kill": {Restart{By: "kill"}, "web-1 exited 137 and is running again", "web-1 runs", "kill start"},
}

// TestNodeFault checks the witnesses of the beginning and the end, and that a
// second undo does nothing.
func TestNodeFault(t *testing.T) {
	for name, c := range nodeFaults {
		t.Run(name, func(t *testing.T) {
			a := running("web-1")
			inj, err := c.fault.Inject(t.Context(), list(a), nil)
			if err != nil || inj.Witness != c.witness {
				t.Fatalf("witness %q, %v, want %q", inj.Witness, err, c.witness)
			}
			for range 2 {
				if seen, err := inj.Heal(t.Context()); err != nil || seen != c.ended {
					t.Errorf("healed: %q, %v, want %q", seen, err, c.ended)
				}
			}
			if got := strings.Join(a.verbs, " "); got != c.verbs {
				t.Errorf("verbs: %s; want %s, once each", got, c.verbs)
			}
		})
	}
}

func TestNodeFaultHalfDoneIsMended(t *testing.T) {
	for name, c := range nodeFaults {
		t.Run(name, func(t *testing.T) {
			a, b := running("web-1"), running("web-2")
			b.refuses = true
			inj, err := c.fault.Inject(t.Context(), list(a, b), nil)
			if err == nil || inj.Witness != "" {
				t.Fatalf("half a fault passed: %q, %v", inj.Witness, err)
			}
			if _, err := inj.Heal(t.Context()); err != nil || !well(a) || !well(b) {
				t.Errorf("not mended: %v %+v %+v", err, a.state, b.state)
			}
		})
	}
}

func well(n *node) bool { return n.state.Running && !n.state.Paused }

func TestNodeFaultWithoutEffectHasNoWitness(t *testing.T) {
	for name, c := range nodeFaults {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := running("web-1")
				a.undead = true
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				inj, err := c.fault.Inject(ctx, list(a), nil)
				if !errors.Is(err, context.DeadlineExceeded) || inj.Witness != "" {
					t.Errorf("a fault that did nothing has witness %q, %v", inj.Witness, err)
				}
			})
		})
	}
}
