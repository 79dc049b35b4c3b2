// Start starts a topology: networks, then containers, each when the nodes it needs
// are ready. Stop removes everything, whatever happened in between.

package topologies

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"regexp"
	"sync"
	"time"

	"github.com/docker/docker/api/types/volume"
	"golang.org/x/sync/errgroup"
)

// readyLimit is how long a node may take from its start to ready. Slowest seen:
// 12 s, a replica that clones its primary on two busy cores.
const readyLimit = 60 * time.Second

// probeEvery is the pause between two readiness probes of a node.
const probeEvery = 50 * time.Millisecond

// Stage is a stage of a start.
type Stage string

// The stages of a start, in their order.
const (
	StageImage   Stage = "image"
	StageNetwork Stage = "network"
	StageNode    Stage = "node"
)

// Progress reports one step of a start.
type Progress struct {
	Stage Stage
	Name  string
	State string        // "begun", "waiting", "ready", "cached" or "failed"
	Text  string        // what it waits for, its state when ready, or why it failed
	Took  time.Duration // since it began
}

// StartOptions is how to start a topology.
type StartOptions struct {
	RunID  string            // on the labels of everything created; "": one is generated
	Images map[string]string // image name to tag; nil: Start builds what is needed
	Logs   string            // folder for <node>.log; "": none
	Report func(Progress)    // called from one goroutine at a time; may be nil
}

// cluster is a running topology.
type cluster struct {
	topology Topology
	options  StartOptions
	docker   *docker
	wires    map[string]wire
	password string // of the run's databases
	nodes    []*instance
	lock     *runLock
	watchdog *watchdog
	requests requests // the verbs of this program

	reporting  sync.Mutex
	stopping   sync.Mutex
	stopWithin time.Duration
	stopped    bool
	started    bool // the start has finished, so no create call is in progress
}

var goodRunID = regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,40}$`)

// Start starts a topology and returns when every node is ready. On an error it
// removes everything. Main must have called WatchdogMain first.
func Start(ctx context.Context, t Topology, o StartOptions) (Cluster, error) {
	doing := "start " + t.Name
	if err := check(t); err != nil {
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	if o.RunID == "" {
		o.RunID = "run-" + rand.Text()[:10]
	}
	if !goodRunID.MatchString(o.RunID) {
		return nil, fmt.Errorf("%s: run id %q: letters, digits, _ . and - only, at most 41", doing, o.RunID)
	}
	d, err := connect(ctx)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	c := &cluster{topology: t, options: o, docker: d, wires: map[string]wire{}, stopWithin: stopLimit, password: rand.Text()}
	if err := c.up(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", doing, err), c.Stop(ctx))
	}
	return c, nil
}

// up creates everything, in order.
func (c *cluster) up(ctx context.Context) error {
	// Objects of a dead run that cannot be removed are not an error of this run: doctor reports them.
	_, err := sweep(ctx, c.docker)
	if errors.Is(err, context.Canceled) {
		return err
	}
	if c.lock, err = holdLock(c.options.RunID); err != nil {
		return err
	}
	c.lock.keep()
	if c.watchdog, err = startWatchdog(c.options.RunID); err != nil {
		return err
	}
	if err := c.haveImages(ctx); err != nil {
		return err
	}
	if c.options.Logs != "" {
		if err := os.MkdirAll(c.options.Logs, 0o755); err != nil {
			return environment("create the folder for logs", err)
		}
	}
	if err := c.makeNetworks(ctx); err != nil {
		return err
	}
	if err := c.startNodes(ctx); err != nil {
		return err
	}
	c.started = true
	return nil
}

// haveImages builds the images that are not in the options.
func (c *cluster) haveImages(ctx context.Context) error {
	if c.options.Images == nil {
		images, err := Build(ctx, ImagesOf(c.topology), c.report)
		if err != nil {
			return err
		}
		c.options.Images = images
	}
	for _, n := range c.topology.Nodes {
		tag := c.options.Images[n.Image]
		if tag == "" {
			return fmt.Errorf("node %s: no tag given for image %s", n.Name, n.Image)
		}
		// Otherwise testcontainers would try to pull it.
		err := call(ctx, "node "+n.Name+": find image "+tag, callLimit, func(ctx context.Context) error {
			_, err := c.docker.ImageInspect(ctx, tag)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// makeNetworks creates the networks sequentially: the daemon serializes them
// anyway, and two calls would compete for one subnet.
func (c *cluster) makeNetworks(ctx context.Context) error {
	for _, n := range c.topology.Networks {
		began := time.Now()
		c.report(Progress{Stage: StageNetwork, Name: n.Name, State: "begun"})
		err := call(ctx, "create network "+n.Name, callLimit, func(ctx context.Context) (err error) {
			c.wires[n.Name], err = makeNetwork(ctx, c.docker, c.options.RunID, n)
			return err
		})
		if err != nil {
			c.report(Progress{StageNetwork, n.Name, "failed", err.Error(), time.Since(began)})
			return err
		}
		c.report(Progress{StageNetwork, n.Name, "ready", c.wires[n.Name].subnet.String(), time.Since(began)})
	}
	return nil
}

// startNodes creates all containers in parallel and starts each as soon as the
// nodes it waits for are ready.
func (c *cluster) startNodes(ctx context.Context) error {
	at, err := addresses(c.topology, c.wires)
	if err != nil {
		return err
	}
	ready := map[string]chan struct{}{}
	for _, n := range c.topology.Nodes {
		ready[n.Name] = make(chan struct{})
		c.nodes = append(c.nodes, &instance{node: n.withPassword(c.password), cluster: c, at: at[n.Name], networks: networksOf(c.topology, n)})
	}
	group, ctx := errgroup.WithContext(ctx)
	for _, i := range c.nodes {
		group.Go(func() error {
			began := time.Now()
			text, err := c.startNode(ctx, i, hostsOf(c.topology, i.node, at), ready)
			if err != nil {
				if !errors.Is(err, context.Canceled) { // otherwise the failure of another node cancelled this one
					c.report(Progress{StageNode, i.Name(), "failed", err.Error(), time.Since(began)})
				}
				return fmt.Errorf("%s: %w", i.Name(), err)
			}
			c.report(Progress{StageNode, i.Name(), "ready", text, time.Since(began)})
			close(ready[i.Name()])
			return nil
		})
	}
	return group.Wait()
}

// startNode creates and starts one node and waits until it is ready.
func (c *cluster) startNode(ctx context.Context, i *instance, hosts []string, ready map[string]chan struct{}) (string, error) {
	c.report(Progress{Stage: StageNode, Name: i.Name(), State: "begun"})
	if err := i.create(ctx, hosts); err != nil {
		return "", err
	}
	began := time.Now()
	for _, dep := range i.node.After {
		c.report(Progress{StageNode, i.Name(), "waiting", "for " + dep, time.Since(began)})
		select {
		case <-ready[dep]:
		case <-ctx.Done():
			return "", fmt.Errorf("wait for %s: %w", dep, ctx.Err())
		}
	}
	if err := i.Start(ctx); err != nil {
		return "", err
	}
	return i.awaitReady(ctx)
}

// report calls the Report function of the options, one call at a time.
func (c *cluster) report(p Progress) {
	if c.options.Report == nil {
		return
	}
	c.reporting.Lock()
	defer c.reporting.Unlock()
	c.options.Report(p)
}

// Instances returns the nodes in the order of the topology.
func (c *cluster) Instances() []Instance {
	var all []Instance
	for _, i := range c.nodes {
		all = append(all, i)
	}
	return all
}

// stopLimit limits a whole stop. Ten containers took 1.7 s; a restart of the daemon
// takes some seconds.
const stopLimit = 60 * time.Second

// Stop kills and removes everything that the run created and writes the rest of
// every node's log, even if ctx is done: a cancelled run must be removed, too. It
// retries failures until stopLimit, and may be called again. The error names what is
// left.
func (c *cluster) Stop(ctx context.Context) error {
	c.stopping.Lock()
	defer c.stopping.Unlock()
	if c.stopped {
		return nil
	}
	if c.lock == nil { // nothing was created; objects with this run's id belong to another run
		c.docker.Close()
		c.stopped = true
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.stopWithin)
	defer cancel()
	var logs sync.WaitGroup
	for _, i := range c.nodes {
		logs.Go(func() { i.end(ctx) })
	}
	logs.Wait()
	_, err := Retry(ctx, func(ctx context.Context) error {
		_, err := removeRun(ctx, c.docker, c.options.RunID)
		return err
	})
	if err != nil {
		// The watchdog retries after its pipe is closed; the lock is released so
		// that the next sweep can retry, too.
		err = fmt.Errorf("stop %s: %w", c.topology.Name, err)
	}
	c.stopped = err == nil
	// If a start was cancelled, a create call may still be in progress: the
	// watchdog then makes its passes, with the lock of the run.
	clean := c.stopped && (c.started || c.watchdog == nil)
	c.watchdog.release(clean)
	c.lock.release(clean)
	if c.stopped {
		c.docker.Close()
	}
	return err
}

// objectName is the name of a run's network or container in Docker.
func objectName(runID, name string) string { return "holdfast-" + runID + "-" + name }

// makeVolume creates one volume of a node.
func (c *cluster) makeVolume(ctx context.Context, node string, index int) (string, error) {
	name := fmt.Sprintf("%s-%d", objectName(c.options.RunID, node), index)
	_, err := c.docker.VolumeCreate(ctx, volume.CreateOptions{Name: name, Labels: labels(c.options.RunID)})
	return name, err
}
