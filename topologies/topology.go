// Package topologies describes systems as data and runs them: containers with
// addresses, limits and roles, and the operations on them from outside. It is the
// only package that uses Docker.
package topologies

import (
	"context"
	"slices"
	"time"
)

// Topology describes a system as data.
type Topology struct {
	Name     string
	About    string // one line: "PostgreSQL 15: 1 primary, 2 replicas, synchronous · nginx · 2 web"
	Entry    string // entry point for requests, a node and a port: "nginx:80"
	Nodes    []Node
	Networks []Network
	Users    int           // number of initial users: requests may use "1" and up
	Loop     time.Duration // longest interval of a failure detector in it: how old its knowledge of a fault may be; 0: 1 s
}

// Servers is the number of nodes that run the site.
func (t Topology) Servers() int {
	return t.count(func(n Node) bool { return n.Env["HOLDFAST_SERVER"] != "" })
}

// Stores is the number of nodes that store the site's data.
func (t Topology) Stores() int { return t.count(func(n Node) bool { return n.Keeps != nil }) }

// Ranked is the number of nodes that have a role, primary or replica.
func (t Topology) Ranked() int { return t.count(func(n Node) bool { return n.Ask != nil }) }

func (t Topology) count(is func(Node) bool) (n int) {
	for _, node := range t.Nodes {
		if is(node) {
			n++
		}
	}
	return n
}

// Share reports whether two nodes of the topology have a network in common.
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
	Internal bool // no access to or from outside
}

// Node is one container of a topology.
type Node struct {
	Name      string
	Role      string // initial role; it may change
	DC        string
	Image     string            // a folder of topologies/images
	Env       map[string]string // the value runPassword is replaced by the run's password
	Cmd       []string
	Files     []File
	Volumes   []string // paths that persist across kill and start, each a volume of the run
	Networks  []string // names of networks; empty: the topology's first
	Ports     []int    // TCP ports it serves; published on 127.0.0.1
	After     []string // nodes that must be ready before it is started
	CPU       float64  // limit in cores; every node must have limits
	MemoryMiB int
	Sysctls   map[string]string
	Ready     Probe                                           // queries the node, never its log; nil: a running node is ready
	Ask       func(context.Context, Instance) (Answer, error) // queries its current role; nil: the role in the topology
	Keeps     func(context.Context, Instance) (Kept, error)   // reads its data for the final audit; nil: not a store
}

// Kept is the contents of a store, read in one snapshot.
type Kept struct {
	Values map[string][]string            // writing operation to every value stored, in the store's order
	Shown  map[string]map[string][]string // reading operation to key to the values that a user is shown, the newest last
	Seeded int                            // how many keys, from "1" on, were created before the run
}

// File is a file put into a node before it starts.
type File struct {
	Path string
	Mode int64
	Text string
}

// Probe returns an error if a node is not ready. The string describes its state:
// "primary, accepting writes, timeline 1".
type Probe func(context.Context, Instance) (string, error)

// Answer is a node's current role, by its own answer.
type Answer struct {
	Role string // "primary": accepts writes; "replica": does not
	Term uint64 // timeline or epoch, if it has one
}

// Selector selects the nodes of a step. It is data, so that a misspelt role is
// found before anything starts. The zero value matches nothing.
type Selector struct {
	Name string `yaml:"name,omitempty" json:"name,omitempty"`
	Role string `yaml:"role,omitempty" json:"role,omitempty"`
	DC   string `yaml:"dc,omitempty" json:"dc,omitempty"`
	All  bool   `yaml:"all,omitempty" json:"all,omitempty"` // every match; otherwise the first by name
}

// Cluster is a running topology.
type Cluster interface {
	// Select queries the role of each node first; it never returns an empty
	// slice without an error.
	Select(context.Context, Selector) ([]Instance, error)
	Instances() []Instance
	// Watch calls tell for every change of a node's state from now on, one at a
	// time, until stop is called. Stop waits for earlier changes; its error means
	// that the last changes may be missing.
	Watch(ctx context.Context, tell func(Change)) (stop func(context.Context) error, err error)
	// Stop removes everything that the run created and writes every node's log.
	Stop(context.Context) error
}

// Instance is a running node, with the operations on it from outside.
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
	// Addr is the current address of the port for this process. Do not keep it:
	// it may change when the node starts again.
	Addr(ctx context.Context, port int) (string, error)
	// IP is the node's address on the network it shares with peer, for packet rules.
	IP(peer Instance) (string, error)
	Exec(ctx context.Context, argv ...string) (string, error)
	Network(context.Context) (NetRules, error)
	// SetCPU sets the node's CPU limit in cores and returns the former one.
	SetCPU(ctx context.Context, cores float64) (former float64, err error)
	// Throttled is how long the CPU limit has throttled the node's processes so far.
	Throttled(context.Context) (time.Duration, error)
	// Holds returns the faults in effect on the node.
	Holds() *Holds
	// Snapshot returns the current state of the node that faults can change.
	Snapshot(context.Context) (Snapshot, error)
}

// State is the state of a node's process in Docker.
type State struct {
	Running, Paused bool
	ExitCode        int
	OOMKilled       bool
	StartedAt       time.Time
	FinishedAt      time.Time
}

// Direction is the direction of packets, seen from the instance.
type Direction string

// The directions of a packet rule.
const (
	In   Direction = "in"
	Out  Direction = "out"
	Both Direction = "both"
)

// NetRules are the packet rules of one node, in its own network namespace, so that
// they end with it. Every call that sets a rule returns an id, with which only that
// rule can be removed.
type NetRules interface {
	Drop(ctx context.Context, peer string, d Direction) (id string, err error)
	Lose(ctx context.Context, peer string, d Direction, share float64) (id string, err error)
	Delay(ctx context.Context, peer string, by time.Duration) (id string, err error)    // packets that arrive from peer
	Limit(ctx context.Context, peer string, bitsPerSecond int64) (id string, err error) // packets to peer; "": to all peers
	// RoundTrip is the round-trip time to peer, measured in the node's network
	// namespace. No answer is an error.
	RoundTrip(ctx context.Context, peer string) (time.Duration, error)
	// Hits is the number of packets that the rule has matched so far, for the
	// witness. The error is ErrNoRule if the kernel has no such rule; other errors
	// mean that the rule is incomplete or could not be read.
	Hits(ctx context.Context, id string) (uint64, error)
	// Remove removes the rule; it is not an error if it is already removed.
	Remove(ctx context.Context, id string) error
}
