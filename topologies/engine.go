// Start makes a topology run: networks, then containers, each started when those
// it needs are ready. Stop takes everything down, whatever happened in between.

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

// probeEvery is the pause between two questions whether a node is ready.
const probeEvery = 50 * time.Millisecond

// Stage is what is being made.
type Stage string

// The stages of a start, in their order.
const (
	StageImage   Stage = "image"
	StageNetwork Stage = "network"
	StageNode    Stage = "node"
)

// Progress is one step of a start, for people who wait.
type Progress struct {
	Stage Stage
	Name  string
	State string        // "begun", "waiting", "ready", "cached" or "failed"
	Text  string        // what it waits for, how it is ready, why it failed
	Took  time.Duration // since it began
}

// StartOptions is how to start a topology.
type StartOptions struct {
	RunID  string            // on the labels of all that is made; "": one is made up
	Images map[string]string // image name to tag; nil: Start builds what is needed
	Logs   string            // folder for <node>.log; "": none
	Report func(Progress)    // called from one goroutine at a time; nil: nobody waits
}

// cluster is a topology that runs.
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
	started    bool // the start came to its end, so no create call is under way
}

var goodRunID = regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,40}$`)

// Start makes a topology run and returns when every node is ready. On an error
// nothing is left running. Main must have called WatchdogMain first.
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

// up makes everything, in order.
func (c *cluster) up(ctx context.Context) error {
	// What a dead run left and cannot be removed is not this run's failure: doctor tells it.
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

// haveImages builds what the options do not bring.
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
		// Testcontainers would ask the world's registry for it.
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

// makeNetworks makes the networks one by one: the daemon does them one by one
// anyway, and two of ours would only race for one subnet.
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

// startNodes creates every container at once and starts each as soon as those
// it comes after are ready.
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
				if !errors.Is(err, context.Canceled) { // else another node's failure ended this one
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

// startNode brings one node from paper to ready.
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

// report tells who waits, one at a time.
func (c *cluster) report(p Progress) {
	if c.options.Report == nil {
		return
	}
	c.reporting.Lock()
	defer c.reporting.Unlock()
	c.options.Report(p)
}

// Instances are the nodes in the order of the topology.
func (c *cluster) Instances() []Instance {
	var all []Instance
	for _, i := range c.nodes {
		all = append(all, i)
	}
	return all
}

// stopLimit bounds a stop as a whole. Ten containers took 1.7 s; a daemon that
// is restarted meanwhile is away for some seconds.
const stopLimit = 60 * time.Second

// Stop kills and removes everything the run made and writes the rest of every
// node's log, even when ctx has ended: what ends a run must not keep it from
// being taken down. What fails is tried again until stopLimit. It may be called
// again. The error names what is left.
func (c *cluster) Stop(ctx context.Context) error {
	c.stopping.Lock()
	defer c.stopping.Unlock()
	if c.stopped {
		return nil
	}
	if c.lock == nil { // nothing was made; what bears this run's id is another's
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
		// The watchdog keeps trying once its pipe is closed; the lock is let go
		// so that the next sweep may, too.
		err = fmt.Errorf("stop %s: %w", c.topology.Name, err)
	}
	c.stopped = err == nil
	// Of a start that was broken off, a create may still be on its way: the
	// watchdog makes its passes, under the lock that is left to it.
	clean := c.stopped && (c.started || c.watchdog == nil)
	c.watchdog.release(clean)
	c.lock.release(clean)
	if c.stopped {
		c.docker.Close()
	}
	return err
}

// objectName is what Docker calls a run's network or container.
func objectName(runID, name string) string { return "holdfast-" + runID + "-" + name }

// makeVolume makes one volume of a node.
func (c *cluster) makeVolume(ctx context.Context, node string, index int) (string, error) {
	name := fmt.Sprintf("%s-%d", objectName(c.options.RunID, node), index)
	_, err := c.docker.VolumeCreate(ctx, volume.CreateOptions{Name: name, Labels: labels(c.options.RunID)})
	return name, err
}
