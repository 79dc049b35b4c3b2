package topologies

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Change is one change of a node's state, as reported by the daemon.
type Change struct {
	At      time.Time // by this machine's clock
	Node    string    // "": all nodes
	What    What
	Text    string // details: "exit code 137", "signal 9", a network
	Sidecar bool   // the change is of the sidecar container that holds the node's packet rules
	Step    int    // the step that caused it, see Asking; only if Asked
	Asked   bool   // caused by a call of this program; false: by something else
}

// What is the kind of a change.
type What string

// The changes that are reported. The daemon's summaries "stop" and "restart" are
// not: they follow the kill, die and start that they consist of.
const (
	Killed       What = "kill" // a signal was sent from outside the node
	Died         What = "die"  // the node's first process ended
	OutOfMemory  What = "oom"
	Started      What = "start"
	Paused       What = "pause"
	Unpaused     What = "unpause"
	Updated      What = "update" // of its limits
	Disconnected What = "disconnect"
	Connected    What = "connect"
	Destroyed    What = "destroy"
	Unwatched    What = "unwatched" // for some time no changes could be received
)

// askingKey is the key of a context's step.
type askingKey struct{}

// Asking returns a context for calls that belong to that step of an experiment.
// The changes that these calls cause carry the number of the step; unplanned
// changes do not.
func Asking(ctx context.Context, step int) context.Context {
	return context.WithValue(ctx, askingKey{}, step)
}

// AskedBy returns the step of a context, see [Asking].
func AskedBy(ctx context.Context) (step int, asked bool) {
	step, asked = ctx.Value(askingKey{}).(int)
	return step, asked
}

// brings is what each verb makes the daemon tell of the node, each at most so
// many times for each network of the node where it is about networks.
var brings = map[string][]What{
	"kill":             {Killed, Died, Disconnected},         // the daemon takes what ended off its networks
	"stop":             {Killed, Killed, Died, Disconnected}, // SIGTERM, then SIGKILL
	"start":            {Started, Connected},
	"pause":            {Paused},
	"unpause":          {Unpaused},
	"disconnect":       {Disconnected},
	"connect":          {Connected},
	"limit the CPU of": {Updated},
	"remove":           {Killed, Died, Destroyed}, // of a sidecar
}

// afterwards is how long after the end of a call the daemon may date the changes
// that it caused. Seen: 30 ms, for the end of a process.
const afterwards = 2 * time.Second

// request is one verb that is under way, or was.
type request struct {
	container string
	verb      string
	step      int
	asked     bool // for a step of an experiment
	left      map[What]int
	from, to  time.Time // to is zero while it is under way
}

// requests are the verbs of this program, so that what they cause can be told
// from what others do.
type requests struct {
	mu  sync.Mutex
	all []*request
}

// begin notes that a verb is about to be called on a container; the function
// it gives back notes its end.
func (r *requests) begin(ctx context.Context, container, verb string, networks int) (end func()) {
	q := &request{container: container, verb: verb, left: map[What]int{}, from: time.Now()}
	q.step, q.asked = AskedBy(ctx)
	for _, w := range brings[verb] {
		q.left[w]++
		if w == Disconnected || w == Connected {
			q.left[w] = 2 * networks // Docker 20.10 tells a disconnection twice
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = append(r.all, q)
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		q.to = time.Now()
	}
}

// claim says which verb caused a change of a container, and takes the change
// off what that verb may still cause.
func (r *requests) claim(container string, what What, at time.Time) (q *request, ours bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, q := range slices.Backward(r.all) { // the latest first: what one before it did not cause, it will not any more
		late := !q.to.IsZero() && at.After(q.to.Add(afterwards))
		if q.container == container && q.left[what] > 0 && !at.Before(q.from) && !late {
			q.left[what]--
			if what == Died {
				q.left[Killed] = 0 // SIGKILL was not needed
			}
			return q, true
		}
	}
	return nil, false
}

// String is a change for people: "pg-1: die, exit code 137".
func (c Change) String() string {
	text := fmt.Sprintf("%s: %s", c.Node, c.What)
	if c.Text != "" {
		text += ", " + c.Text
	}
	return text
}
