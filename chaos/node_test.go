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
	takes     time.Duration // to end, and to start

	net *net

	holds     topologies.Holds
	cores     float64
	busy      bool      // it uses all the CPU that it gets
	late      time.Time // it is idle before
	throttled time.Duration
}

func (n *node) Name() string { return n.name }

func (n *node) Holds() *topologies.Holds { return &n.holds }

func (n *node) State(context.Context) (topologies.State, error) { return n.state, nil }

func (n *node) Kill(context.Context) error {
	n.verbs = append(n.verbs, "kill")
	return n.end(137)
}

// end is a process's death with this exit code.
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
			clear(n.net.rules) // they live in the network namespace that ends with it
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

// list is nodes as a fault gets them.
func list(ns ...*node) (is []topologies.Instance) {
	for _, n := range ns {
		is = append(is, n)
	}
	return is
}

// nodeFaults are the faults that are done to a node as a whole, with what is
// seen of them and what is done to web-1, one after the other, by the fault and its undo.
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

// TestNodeFault: a witness of onset and end, and an undo that may be called
// again and then has nothing to do.
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
