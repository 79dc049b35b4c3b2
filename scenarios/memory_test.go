package scenarios

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/holdfast-lab/holdfast/results"
	"github.com/holdfast-lab/holdfast/targets"
	"github.com/holdfast-lab/holdfast/topologies"
)

// memory is a system in this process: an HTTP server in front of stores, one of
// which is the primary. Its zero value replicates every write before it answers
// and never fails over.
type memory struct {
	failover time.Duration              // time after the primary's end until another takes over; 0: never
	loses    bool                       // writes are answered but never replicated
	sick     bool                       // every request fails
	undead   string                     // a node that cannot be started again
	blind    bool                       // after the first kill the daemon no longer reports states
	refuses  error                      // error of its start
	noRole   bool                       // no node reports to be the primary
	leaves   func(*topologies.Snapshot) // changes a node that was killed and started again; nil: no change
	freezes  int                        // number of requests after which none is answered; 0: no limit

	mu      sync.Mutex
	nodes   []*memoryNode
	primary string
	killed  bool
	stopped int
	arrived int
	front   *pipes
	tell    func(topologies.Change) // receives changes for the watch; nil: no watch
	mute    error                   // error at the end of the watch
	silent  bool                    // the watch misses changes made by others
}

// memoryWorld is the player's world with a new system in memory for every
// start. It waits only for time, so a run belongs into a bubble of
// testing/synctest, where it takes no real time and does not depend on the load
// of the machine.
func memoryWorld(t *testing.T, of func(topologies.Topology) *memory) world {
	t.Helper()
	var front *pipes
	return world{
		rest: time.Second, undoFor: time.Second,
		build: func(_ context.Context, names []string, _ func(topologies.Progress)) (map[string]string, error) {
			return map[string]string{"site": "holdfast/site:memory"}, nil
		},
		start: func(_ context.Context, top topologies.Topology, _ topologies.StartOptions) (topologies.Cluster, error) {
			m := of(top)
			if m.refuses != nil {
				return nil, m.refuses
			}
			m.nodesOf(top)
			m.front = listen(t, m)
			front = m.front
			return m, nil
		},
		fire: func(a targets.Attack, ctx context.Context, e targets.Entry, began time.Time, each func(results.Request)) (results.Load, error) {
			e.Dial = front.dial
			load, err := a.Fire(ctx, e, began, each)
			return unburdened(load), err
		},
		health:  inHealth,
		machine: func(context.Context, map[string]string) topologies.Machine { return topologies.Machine{} },
	}
}

// inHealth is the load record of a generator that kept its schedule.
func inHealth(g *targets.Gauge) results.Load { return unburdened(g.Load()) }

// unburdened is the load record of a generator with a CPU to itself: its CPU
// time is real, but the elapsed time is that of the bubble.
func unburdened(l results.Load) results.Load {
	l.CPUShare, l.Throttled = 0.1, 0
	return l
}

// nodesOf creates the nodes, without the server in front of them.
func (m *memory) nodesOf(top topologies.Topology) {
	for _, n := range top.Nodes {
		i := &memoryNode{system: m, node: n, state: topologies.State{Running: true}}
		i.node.Ask, i.node.Keeps, i.node.Ready = nil, nil, i.ready
		if strings.HasPrefix(n.Name, "pg-") {
			i.node.Ask, i.node.Keeps = i.ask, i.keeps
		}
		if n.Role == "primary" {
			m.primary = n.Name
		}
		m.nodes = append(m.nodes, i)
	}
}

// service is the service time of a request, so that some are always in flight.
const service = 20 * time.Millisecond

// ServeHTTP is the site.
func (m *memory) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.mu.Lock()
	m.arrived++
	frozen := m.freezes > 0 && m.arrived > m.freezes
	m.mu.Unlock()
	if frozen {
		_, _ = io.Copy(io.Discard, r.Body) // otherwise the server does not notice a client that has given up
		<-r.Context().Done()
		return
	}
	time.Sleep(service)
	m.mu.Lock()
	defer m.mu.Unlock()
	p := m.find(m.primary)
	if m.sick || p == nil || !p.state.Running || p.state.Paused {
		w.Header().Set("X-Holdfast-Applied", "no")
		http.Error(w, `{"error":"no primary"}`, http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("X-Holdfast-Store", p.node.Name)
	if r.Method == http.MethodGet {
		fmt.Fprintf(w, `{"id":%q,"value":"seed"}`, strings.TrimPrefix(r.URL.Path, "/users/"))
		return
	}
	var body struct{ Value string }
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	for _, n := range m.nodes {
		if n == p || !m.loses && n.state.Running {
			n.kept = append(n.kept, body.Value)
		}
	}
	fmt.Fprint(w, `{}`)
}

func (m *memory) find(name string) *memoryNode {
	for _, n := range m.nodes {
		if n.node.Name == name {
			return n
		}
	}
	return nil
}

func (m *memory) Instances() []topologies.Instance {
	var all []topologies.Instance
	for _, n := range m.nodes {
		all = append(all, n)
	}
	return all
}

func (m *memory) Select(_ context.Context, s topologies.Selector) ([]topologies.Instance, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var found []topologies.Instance
	for _, n := range m.nodes {
		if (s.Name == "" || s.Name == n.node.Name) && (s.Role == "" || s.Role == n.role() && !m.noRole) {
			found = append(found, n)
		}
	}
	if len(found) == 0 {
		return nil, errors.New("nothing matches")
	}
	if !s.All {
		found = found[:1]
	}
	return found, nil
}

// Watch reports the changes that a node's verbs cause, and those that a test
// makes.
func (m *memory) Watch(_ context.Context, tell func(topologies.Change)) (func(context.Context) error, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.tell = tell
	return func(context.Context) error {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.tell = nil
		if m.blind && m.killed {
			return errors.New("the daemon is gone")
		}
		return m.mute
	}, nil
}

func (m *memory) Stop(context.Context) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.stopped++
	return nil
}

// promote fails over to another running store.
func (m *memory) promote() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, n := range m.nodes {
		if n.node.Keeps != nil && n.state.Running && n.node.Name != m.primary {
			m.primary = n.node.Name
			return
		}
	}
}

// scenario parses a text; a mistake fails the test.
func scenario(t *testing.T, text string) *Scenario {
	t.Helper()
	s, err := parse("memory/test", "test.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// killed has a primary that dies in an attack of four seconds, which is long
// enough for a busy machine to keep up.
const killed = `
story: A test.
topology: {name: replication}
attack: {rate: 100/s, for: 4s, timeout: 1s, mix: {read: 50%, write: 50%}}
steps:
  - {at: 1500ms, kill: {role: primary}, for: 1500ms}
steady:
  - responds: {share: 80%}
claims:
  - recovers: {operation: write, within: 1s}
  - keeps-acknowledged-writes: {at-risk: 20}
control:
  - topology: {failover: none}
    breaks: [recovers]
  - topology: {commit: asynchronous}
    breaks: [keeps-acknowledged-writes]
`

// textbook behaves as its topology describes.
func textbook(top topologies.Topology) *memory {
	m := &memory{failover: 200 * time.Millisecond}
	if strings.Contains(top.About, "no failover") {
		m.failover = 0
	}
	m.loses = strings.Contains(top.About, "asynchronous")
	return m
}

// outcomes returns a run's outcomes by claim.
func outcomes(vs map[string]string) string {
	var words []string
	for _, name := range slices.Sorted(maps.Keys(vs)) {
		words = append(words, name+" "+vs[name])
	}
	return strings.Join(words, ", ")
}
