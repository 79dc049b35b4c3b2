// Package topologies describes systems as data and makes them run: containers
// with addresses, limits and roles, and what can be done to them from outside.
// It is the only package that knows Docker.
package topologies

import (
	"context"
	"slices"
	"time"
)

// Topology is a system as data, without behaviour of its own.
type Topology struct {
	Name     string
	About    string // one line: "PostgreSQL 15: 1 primary, 2 replicas, synchronous · nginx · 2 web"
	Entry    string // where requests go in: "nginx:80", a node and a port
	Nodes    []Node
	Networks []Network
	Users    int           // that it holds from the start: requests may be about "1" and on
	Loop     time.Duration // longest loop of a detector in it: how stale what it knows of a fault may be; 0: 1 s
}

// Servers is how many nodes run the site, each of which answers by its own name.
func (t Topology) Servers() int {
	return t.count(func(n Node) bool { return n.Env["HOLDFAST_SERVER"] != "" })
}

// Stores is how many nodes keep what the site is given.
func (t Topology) Stores() int { return t.count(func(n Node) bool { return n.Keeps != nil }) }

// Ranked is how many nodes say whether they are primary or replica.
func (t Topology) Ranked() int { return t.count(func(n Node) bool { return n.Ask != nil }) }

func (t Topology) count(is func(Node) bool) (n int) {
	for _, node := range t.Nodes {
		if is(node) {
			n++
		}
	}
	return n
}

// Share says whether two nodes of the topology have a network in common.
func (t Topology) Share(a, b string) bool {
	networks := func(name string) []string {
		for _, n := range t.Nodes {
			if n.Name == name && len(n.Networks) > 0 {
				return n.Networks
			}
		}
		return []string{t.Networks[0].Name}
	}
	return slices.ContainsFunc(networks(a), func(n string) bool { return slices.Contains(networks(b), n) })
}

// Network is one network of a topology. Its subnet is chosen when it starts.
type Network struct {
	Name     string
	Internal bool // no way out to the world
}

// Node is one container of a topology.
type Node struct {
	Name      string
	Role      string // where it starts; it may change
	DC        string
	Image     string            // a folder of topologies/images
	Env       map[string]string // a value runPassword is replaced by the run's password
	Cmd       []string
	Files     []File
	Volumes   []string // paths that outlive a kill and a start, each a volume of the run
	Networks  []string // names of networks; empty: the topology's first
	Ports     []int    // TCP ports it serves; published on 127.0.0.1
	After     []string // nodes that must be ready before it is started
	CPU       float64  // cores; every node has limits: a node is a machine of a stated size
	MemoryMiB int
	Sysctls   map[string]string
	Ready     Probe                                           // it answers, not it logs; nil: running is enough
	Ask       func(context.Context, Instance) (Answer, error) // who are you now? nil: what the topology says
	Keeps     func(context.Context, Instance) (Kept, error)   // for the final audit; nil: no store
}

// Kept is what a store holds, all of it read at one instant.
type Kept struct {
	Values map[string][]string            // writing operation to every value held, in the store's order
	Shown  map[string]map[string][]string // reading operation to key to the values that a user is shown, the newest last
	Seeded int                            // how many keys, from "1" on, the store was given before the run
}

// File is a file put into a node before it starts.
type File struct {
	Path string
	Mode int64
	Text string
}

// Probe asks a node whether it is ready. The string says how it is ready, for
// people: "primary, accepting writes, timeline 1".
type Probe func(context.Context, Instance) (string, error)

// Answer is what a node says it is now.
type Answer struct {
	Role string // "primary": accepts writes; "replica": does not
	Term uint64 // timeline or epoch, when it has one
}

// Selector is which nodes a step is about. It is data, so that a misspelt role
// is found before anything starts; the zero value matches nothing, never everything.
type Selector struct {
	Name string `yaml:"name,omitempty" json:"name,omitempty"`
	Role string `yaml:"role,omitempty" json:"role,omitempty"`
	DC   string `yaml:"dc,omitempty" json:"dc,omitempty"`
	All  bool   `yaml:"all,omitempty" json:"all,omitempty"` // every match; else the first by name
}

// Cluster is a topology that runs.
type Cluster interface {
	// Select asks each node its role first; it never returns an empty slice
	// without an error.
	Select(context.Context, Selector) ([]Instance, error)
	Instances() []Instance
	// Watch tells of every change of a node's state from now on, one at a time,
	// until it is told to stop. Stop waits for what happened before; its error
	// says that the end could not be seen.
	Watch(ctx context.Context, tell func(Change)) (stop func(context.Context) error, err error)
	// Stop takes everything down that the run made and writes every node's log.
	Stop(context.Context) error
}

// Instance is a node that runs, and what can be done to it from outside.
type Instance interface {
	Name() string
	Node() Node
	Kill(context.Context) error // SIGKILL
	Stop(context.Context) error // SIGTERM, then SIGKILL after 10 s
	Start(context.Context) error
	Pause(context.Context) error
	Unpause(context.Context) error
	Disconnect(context.Context) error // from every network
	Connect(context.Context) error
	State(context.Context) (State, error)
	// Addr is where the driver reaches the port now. Ask every time: it may
	// change when the node starts again.
	Addr(ctx context.Context, port int) (string, error)
	// IP is the node's address on the network it shares with peer, for packet rules.
	IP(peer Instance) (string, error)
	Exec(ctx context.Context, argv ...string) (string, error)
	Network(context.Context) (NetRules, error)
	// SetCPU sets the node's CPU limit in cores; it gives back the former one.
	SetCPU(ctx context.Context, cores float64) (former float64, err error)
	// Throttled is how long the node's processes were held back by the CPU limit so far.
	Throttled(context.Context) (time.Duration, error)
	// Holds is what the faults in force hold of the node.
	Holds() *Holds
	// Snapshot is what faults may change of the node, as it is now.
	Snapshot(context.Context) (Snapshot, error)
}

// State is what the outside sees of a node's process.
type State struct {
	Running, Paused bool
	ExitCode        int
	OOMKilled       bool
	StartedAt       time.Time
	FinishedAt      time.Time
}

// Direction says which way packets are meant, seen from the instance.
type Direction string

// The directions of a packet rule.
const (
	In   Direction = "in"
	Out  Direction = "out"
	Both Direction = "both"
)

// NetRules are the packet rules of one node, applied in its own network
// namespace, so that they die with it. Every call that sets a rule returns an
// id to take just that rule away again.
type NetRules interface {
	Drop(ctx context.Context, peer string, d Direction) (id string, err error)
	Lose(ctx context.Context, peer string, d Direction, share float64) (id string, err error)
	Delay(ctx context.Context, peer string, by time.Duration) (id string, err error)    // packets that arrive from peer
	Limit(ctx context.Context, peer string, bitsPerSecond int64) (id string, err error) // packets that leave for peer; "" is any
	// RoundTrip is how long a packet to peer and its answer take, measured from
	// the node's own network. That nobody answers is an error.
	RoundTrip(ctx context.Context, peer string) (time.Duration, error)
	// Hits is how many packets the rule has met so far, for the witness. The
	// error is ErrNoRule where the kernel was asked and has no such rule; every
	// other error says that the rule is not whole or could not be looked at.
	Hits(ctx context.Context, id string) (uint64, error)
	// Remove takes the rule away; it is no error if it is gone already.
	Remove(ctx context.Context, id string) error
}
