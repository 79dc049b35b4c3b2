// A system can change without Holdfast: a user kills a container, the kernel kills
// a process that is out of memory, a process exits. The daemon reports all of these
// as events, which are read during the whole run.

package topologies

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/docker/docker/api/types/events"
	"github.com/docker/docker/api/types/filters"
)

// rejoinEvery is the pause between tries to reopen an event stream.
const rejoinEvery = 100 * time.Millisecond

// watcher reads the daemon's events for the nodes of a run.
type watcher struct {
	cluster *cluster
	tell    func(Change)
	from    time.Time     // older events are ignored
	ahead   time.Duration // how far the daemon's clock is ahead of this machine's
	nodes   map[string]string
	done    chan struct{}

	mu      sync.Mutex
	seen    map[string]bool // events, by key
	anchor  string          // the newest event: if the daemon still has it, it has all later ones
	running map[string]bool // whether each node runs, by the events
}

// Watch calls tell for every change of a node's state, one at a time and in the
// daemon's order, until stop is called. If the daemon ended its stream and the events
// in between cannot be read later, Watch reports a change of kind Unwatched. Stop
// waits for the changes before it was called; its error means that the daemon could
// not be queried at the end.
func (c *cluster) Watch(ctx context.Context, tell func(Change)) (stop func(context.Context) error, err error) {
	w := &watcher{cluster: c, tell: tell, nodes: map[string]string{}, done: make(chan struct{}), seen: map[string]bool{}, running: map[string]bool{}}
	for _, i := range c.nodes {
		w.nodes[i.id], w.running[i.id] = i.Name(), true
	}
	if err := w.synchronize(ctx); err != nil {
		return nil, err
	}
	w.from = time.Now()
	if _, err := w.replay(ctx); err != nil {
		return nil, err
	}
	if err := w.inspectFirst(ctx); err != nil {
		return nil, err
	}
	listening, cancel := context.WithCancel(context.WithoutCancel(ctx))
	messages, failed := w.listen(listening, w.from)
	go w.run(listening, messages, failed)
	return func(ctx context.Context) error {
		_, err := w.replay(ctx)
		cancel()
		<-w.done
		return err
	}, nil
}

// synchronize compares the daemon's clock with this machine's. A difference within
// the duration of the call counts as none.
func (w *watcher) synchronize(ctx context.Context) error {
	return call(ctx, "query the daemon for its time", callLimit, func(ctx context.Context) error {
		asked := time.Now()
		info, err := w.cluster.docker.Info(ctx)
		if err != nil {
			return err
		}
		took := time.Since(asked)
		at, err := time.Parse(time.RFC3339Nano, info.SystemTime)
		if ahead := at.Sub(asked.Add(took / 2)); err == nil && ahead.Abs() > took {
			w.ahead = ahead
		}
		return err
	})
}

// inspectFirst reports nodes that are not running normally when the watch begins.
func (w *watcher) inspectFirst(ctx context.Context) error {
	for _, i := range w.cluster.nodes {
		s, err := i.State(ctx)
		switch {
		case err != nil:
			return err
		case !s.Running:
			w.running[i.id] = false
			w.tell(Change{At: w.from, Node: i.Name(), What: Died, Text: fmt.Sprintf("exit code %d, before the attack", s.ExitCode)})
		case s.Paused:
			w.tell(Change{At: w.from, Node: i.Name(), What: Paused, Text: "before the attack"})
		}
	}
	return nil
}

// run reads events until the context is done, and reopens the stream when it ends.
func (w *watcher) run(ctx context.Context, messages <-chan events.Message, failed <-chan error) {
	defer close(w.done)
	for {
		select {
		case m := <-messages:
			w.handleEvent(m)
			continue
		case err := <-failed:
			if ctx.Err() != nil {
				return
			}
			if messages, failed = w.rejoin(ctx, err); messages == nil {
				return
			}
		}
	}
}

// rejoin reopens the stream as soon as the daemon answers. It reads all events that
// the daemon still has, and reports Unwatched if they do not reach back far enough.
func (w *watcher) rejoin(ctx context.Context, why error) (<-chan events.Message, <-chan error) {
	broke := time.Now()
	for {
		trying, give := context.WithCancel(ctx)
		messages, failed := w.listen(trying, time.Now())
		whole, err := w.replay(ctx)
		if err == nil {
			if !whole {
				w.mu.Lock()
				defer w.mu.Unlock()
				w.tell(Change{At: broke, What: Unwatched, Text: fmt.Sprintf("for %.1f s, and the changes during that time are unknown: %v", time.Since(broke).Seconds(), why)})
			}
			context.AfterFunc(ctx, give)
			return messages, failed
		}
		give()
		if pause(ctx, rejoinEvery) != nil {
			return nil, nil
		}
	}
}

// listen opens a stream of the events from that time on.
func (w *watcher) listen(ctx context.Context, since time.Time) (<-chan events.Message, <-chan error) {
	about := filters.NewArgs(filters.Arg("type", string(events.ContainerEventType)), filters.Arg("type", string(events.NetworkEventType)))
	for _, what := range told {
		about.Add("event", string(what))
	}
	return w.cluster.docker.Events(ctx, events.ListOptions{Since: w.stamp(since), Filters: about})
}

// told are the daemon's events that matter.
var told = []What{Killed, Died, OutOfMemory, Started, Paused, Unpaused, Updated, Disconnected, Connected, Destroyed}

// stamp converts a time to the daemon's clock, in the form of the API.
func (w *watcher) stamp(at time.Time) string {
	at = at.Add(w.ahead)
	return fmt.Sprintf("%d.%09d", at.Unix(), at.Nanosecond())
}

// replay reads all events that the daemon still has (its last 256) and waits for
// pending ones. It reports whether the last event received before is among them:
// only then no event is missing.
func (w *watcher) replay(ctx context.Context) (whole bool, err error) {
	err = call(ctx, "query the daemon for its events", callLimit, func(ctx context.Context) error {
		w.mu.Lock()
		anchor := w.anchor
		w.mu.Unlock()
		messages, failed := w.cluster.docker.Events(ctx, events.ListOptions{Since: "0", Until: w.stamp(time.Now())})
		for {
			select {
			case m := <-messages:
				whole = whole || keyOf(m) == anchor
				w.handleEvent(m)
			case err := <-failed:
				if errors.Is(err, io.EOF) {
					return nil
				}
				return err
			}
		}
	})
	return whole, err
}

// keyOf identifies an event.
func keyOf(m events.Message) string { return fmt.Sprint(m.TimeNano, m.Actor.ID, m.Action) }

// handleEvent handles one event of the daemon, and ignores repetitions.
func (w *watcher) handleEvent(m events.Message) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.seen[keyOf(m)] {
		return
	}
	w.seen[keyOf(m)], w.anchor = true, keyOf(m)
	at := time.Unix(0, m.TimeNano).Add(-w.ahead)
	if at.Before(w.from) || !slices.Contains(told, What(m.Action)) {
		return
	}
	if c, matters := w.change(m, at); matters {
		w.tell(c)
	}
}

// change converts an event to a change of a node; matters is false for events that
// are not reported.
func (w *watcher) change(m events.Message, at time.Time) (c Change, matters bool) {
	container, about := m.Actor.ID, m.Actor.Attributes
	c = Change{At: at, What: What(m.Action)}
	switch m.Type {
	case events.NetworkEventType:
		container = about["container"]
		c.Text = about["name"]
	case events.ContainerEventType:
		if code := about["exitCode"]; code != "" {
			c.Text = "exit code " + code
		} else if signal := about["signal"]; signal != "" {
			c.Text = "signal " + signal
		}
	}
	if c.Node = w.nodes[container]; c.Node == "" {
		if about[labelRun] != w.cluster.options.RunID || about[labelBeside] == "" || c.What == Started {
			return c, false
		}
		c.Node, c.Sidecar = about[labelBeside], true
	}
	q, ours := w.cluster.requests.claim(container, c.What, at)
	if ours {
		c.Step, c.Asked = q.step, q.asked
	}
	was := w.running[container]
	switch c.What {
	case Died:
		w.running[container] = false
	case Started:
		w.running[container] = true
	case Disconnected: // the daemon itself disconnects a node that ends
		return c, was && (ours && q.verb == "disconnect" || !ours && w.runs(c.Node))
	case Connected: // and connects it before it starts
		return c, was && (!ours || q.verb == "connect")
	}
	return c, !c.Sidecar || !ours
}

// runsLimit is the time limit for the query whether a node runs.
const runsLimit = 2 * time.Second

// runs reports whether a node runs now: the daemon may report the disconnection of
// a node before it reports the end of the node.
func (w *watcher) runs(node string) bool {
	ctx, cancel := context.WithTimeout(context.Background(), runsLimit)
	defer cancel()
	s, err := w.cluster.find(node).State(ctx)
	return err != nil || s.Running
}
