package scenarios

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/holdfast-lab/holdfast/topologies"
)

// memoryNode is a node of a system in this process.
type memoryNode struct {
	topologies.Instance // nil: every other method panics
	system              *memory
	node                topologies.Node
	state               topologies.State
	kept                []string
	started             bool // started again
	holds               topologies.Holds
}

func (n *memoryNode) role() string {
	if n.node.Keeps == nil {
		return n.node.Role
	}
	if n.node.Name == n.system.primary {
		return "primary"
	}
	return "replica"
}

func (n *memoryNode) ask(context.Context, topologies.Instance) (topologies.Answer, error) {
	n.system.mu.Lock()
	defer n.system.mu.Unlock()
	if !n.state.Running || n.state.Paused {
		return topologies.Answer{}, errors.New("no answer")
	}
	return topologies.Answer{Role: n.role(), Term: 1}, nil
}

func (n *memoryNode) ready(context.Context, topologies.Instance) (string, error) {
	n.system.mu.Lock()
	defer n.system.mu.Unlock()
	if !n.state.Running || n.state.Paused {
		return "", errors.New("no answer")
	}
	return "answers", nil
}

func (n *memoryNode) keeps(context.Context, topologies.Instance) (topologies.Kept, error) {
	n.system.mu.Lock()
	defer n.system.mu.Unlock()
	return topologies.Kept{Values: map[string][]string{"write": slices.Clone(n.kept)}}, nil
}

func (n *memoryNode) Name() string          { return n.node.Name }
func (n *memoryNode) Node() topologies.Node { return n.node }

func (n *memoryNode) Holds() *topologies.Holds { return &n.holds }

func (n *memoryNode) Snapshot(ctx context.Context) (topologies.Snapshot, error) {
	s, err := n.State(ctx)
	seen := topologies.Snapshot{Running: s.Running, Paused: s.Paused, CPU: n.node.CPU}
	if n.started && n.system.leaves != nil {
		n.system.leaves(&seen)
	}
	return seen, err
}

func (n *memoryNode) State(context.Context) (topologies.State, error) {
	n.system.mu.Lock()
	defer n.system.mu.Unlock()
	if n.system.blind && n.system.killed && n.state.Running {
		return topologies.State{}, fmt.Errorf("%w: the daemon is gone", topologies.ErrEnvironment)
	}
	return n.state, nil
}

// verb is how long it takes to kill or to start a node.
const verb = time.Millisecond

func (n *memoryNode) Kill(ctx context.Context) error {
	time.Sleep(verb)
	n.system.mu.Lock()
	defer n.system.mu.Unlock()
	n.state = topologies.State{ExitCode: 137, FinishedAt: time.Now()}
	n.told(ctx, topologies.Killed, "signal 9")
	n.told(ctx, topologies.Died, "exit code 137")
	n.system.killed = true
	if n.system.failover > 0 && n.node.Name == n.system.primary {
		time.AfterFunc(n.system.failover, n.system.promote)
	}
	return nil
}

func (n *memoryNode) Start(ctx context.Context) error {
	time.Sleep(verb)
	n.system.mu.Lock()
	defer n.system.mu.Unlock()
	if n.node.Name == n.system.undead {
		return errors.New("it does not start")
	}
	n.state, n.started = topologies.State{Running: true, StartedAt: time.Now()}, true
	n.told(ctx, topologies.Started, "")
	if p := n.system.find(n.system.primary); p != n { // it copies missing writes from the primary
		n.kept = slices.Clone(p.kept)
	}
	return nil
}

func (n *memoryNode) Pause(ctx context.Context) error {
	n.system.mu.Lock()
	defer n.system.mu.Unlock()
	n.state.Paused = true
	n.told(ctx, topologies.Paused, "")
	return nil
}

func (n *memoryNode) Unpause(ctx context.Context) error {
	n.system.mu.Lock()
	defer n.system.mu.Unlock()
	n.state.Paused = false
	n.told(ctx, topologies.Unpaused, "")
	return nil
}

// told reports a change to the watch, under the system's lock. A change with a
// step's context is Holdfast's own; any other was made by someone else.
func (n *memoryNode) told(ctx context.Context, what topologies.What, text string) {
	step, asked := topologies.AskedBy(ctx)
	if n.system.tell == nil || n.system.silent && !asked {
		return
	}
	n.system.tell(topologies.Change{At: time.Now(), Node: n.node.Name, What: what, Text: text, Step: step, Asked: asked})
}

func (n *memoryNode) Addr(context.Context, int) (string, error) {
	if n.node.Name != "nginx" {
		return foreign + ":80", nil
	}
	return n.system.front.Addr().String(), nil
}

const shared, foreign = "198.18.0.1", "198.18.1.1" // addresses

// IP is an address on the network that both share; if they share none, it is
// empty.
func (n *memoryNode) IP(peer topologies.Instance) (string, error) {
	for _, name := range n.node.Networks {
		if slices.Contains(peer.Node().Networks, name) {
			return shared, nil
		}
	}
	return "", errors.New("no network in common")
}

// Exec stands for the prober: it finds port 80 open at a known address on a
// shared network, and no open port elsewhere.
func (n *memoryNode) Exec(_ context.Context, argv ...string) (string, error) {
	if strings.Join(argv[:2], " ") != "site probe" {
		return "", errors.New("no such program")
	}
	if argv[len(argv)-1] == shared {
		return `{"tried":10000,"open":[80]}`, nil
	}
	return `{"tried":10000,"open":[]}`, nil
}
