// A system is touched by others than us: somebody kills a container, the
// kernel takes its memory back, a process ends by itself. The daemon tells of
// all of it, to whoever listens the whole time.

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

// rejoinEvery is how often a daemon is asked that ended its stream.
const rejoinEvery = 100 * time.Millisecond

// watcher listens to the daemon's events about the nodes of a run.
type watcher struct {
	cluster *cluster
	tell    func(Change)
	from    time.Time     // what is older is not told
	ahead   time.Duration // of the daemon's clock before ours
	nodes   map[string]string
	done    chan struct{}

	mu      sync.Mutex
	seen    map[string]bool // events, by key
	anchor  string          // the newest event: where the daemon still knows it, it has forgotten none after it
	running map[string]bool // nodes, as the events have it
}

// Watch tells of every change of a node's state, one at a time and in the
// daemon's order, until it is told to stop. Where the daemon ended its stream
// and what happened meanwhile cannot be had from it, that is told, too, as
// Unwatched. Stop waits for what happened before it was called; its error says
// that the daemon could not be asked at the end.
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

// synchronize asks the daemon for its time. A difference within the time of
// the answer is none.
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

// inspectFirst tells of nodes that do not run as they should when the watch begins.
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

// run listens until the context ends, and joins again where the stream ends.
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

// rejoin listens again as soon as the daemon answers. It asks for all that the
// daemon still knows, and says so where that does not reach back far enough.
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

// listen opens a stream of what is told from that time on.
func (w *watcher) listen(ctx context.Context, since time.Time) (<-chan events.Message, <-chan error) {
	about := filters.NewArgs(filters.Arg("type", string(events.ContainerEventType)), filters.Arg("type", string(events.NetworkEventType)))
	for _, what := range told {
		about.Add("event", string(what))
	}
	return w.cluster.docker.Events(ctx, events.ListOptions{Since: w.stamp(since), Filters: about})
}

// told are the daemon's events that matter.
var told = []What{Killed, Died, OutOfMemory, Started, Paused, Unpaused, Updated, Disconnected, Connected, Destroyed}

// stamp is one of our times as the daemon reads it, by its own clock.
func (w *watcher) stamp(at time.Time) string {
	at = at.Add(w.ahead)
	return fmt.Sprintf("%d.%09d", at.Unix(), at.Nanosecond())
}

// replay hears all that the daemon still knows (its last 256 events) and waits
// for what it is about to tell. It says whether the last event that was heard
// before is among them: only then is none missing between.
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

// keyOf tells one event from every other.
func keyOf(m events.Message) string { return fmt.Sprint(m.TimeNano, m.Actor.ID, m.Action) }

// handleEvent takes one event of the daemon's, once.
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

// change is what an event says of a node of ours, if it does and if it matters.
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
	case Disconnected: // the daemon does that itself, when a node ends
		return c, was && (ours && q.verb == "disconnect" || !ours && w.runs(c.Node))
	case Connected: // and that before it starts
		return c, was && (!ours || q.verb == "connect")
	}
	return c, !c.Sidecar || !ours
}

// runsLimit is how long the daemon may take to say whether a node runs.
const runsLimit = 2 * time.Second

// runs says whether a node runs now: the daemon may tell that it took the node
// off its networks before it tells that the node ended.
func (w *watcher) runs(node string) bool {
	ctx, cancel := context.WithTimeout(context.Background(), runsLimit)
	defer cancel()
	s, err := w.cluster.find(node).State(ctx)
	return err != nil || s.Running
}
