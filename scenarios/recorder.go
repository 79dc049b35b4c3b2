package scenarios

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"github.com/holdfast-lab/holdfast/results"
	"github.com/holdfast-lab/holdfast/targets"
)

// recorder is the only state that the attack, the steps and the sampler share.
// All its times come from one monotonic clock.
type recorder struct {
	mu       sync.Mutex
	began    time.Time
	requests results.History
	events   []results.Event
	faults   []results.Fault
	roles    []results.RoleSample
	told     []results.Change // of nodes' states
	sums     [4]uint64        // requests by fate
	changes  int              // number of changes to faults so far

	news chan struct{} // receives a value after an event was recorded; nil: nobody reads it

	telling sync.Mutex // notices are delivered one at a time
	watch   func(Notice)
}

// now returns the time since the first request. It is never 0, which means
// "never" in a record.
func (r *recorder) now() time.Duration { return max(time.Since(r.began), 1) }

// since converts a time to the recorder's clock. The result is at least first,
// which the zero time stands for.
func (r *recorder) since(at time.Time, first time.Duration) time.Duration {
	if at.IsZero() {
		return first
	}
	return max(at.Sub(r.began), first)
}

// begin sets the time of the first request, from which all times count. From
// then on the channel news is used.
func (r *recorder) begin() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.began, r.news = time.Now(), make(chan struct{}, 1)
}

// request records one request whose fate is known.
func (r *recorder) request(q results.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.requests = append(r.requests, q)
	r.sums[q.Fate]++
}

// count returns how many requests have had that fate so far.
func (r *recorder) count(f results.Fate) uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.sums[f]
}

// event records that something happened just now, and notifies the watcher.
func (r *recorder) event(kind results.Kind, node, text string) { r.eventAt(r.now(), kind, node, text) }

// eventAt records that something happened at a given time, which may be before
// events that are already recorded.
func (r *recorder) eventAt(at time.Duration, kind results.Kind, node, text string) {
	r.mu.Lock()
	e := results.Event{At: at, Kind: kind, Node: node, Text: text}
	r.events = append(r.events, e)
	news := r.news
	r.mu.Unlock()
	select {
	case news <- struct{}{}:
	default:
	}
	r.tell(Notice{Event: &e})
}

func (r *recorder) tell(n Notice) {
	if r.watch == nil {
		return
	}
	r.telling.Lock()
	defer r.telling.Unlock()
	r.watch(n)
}

// fault begins the record of a step; the returned function changes it.
func (r *recorder) fault(f results.Fault) (change func(func(*results.Fault))) {
	r.mu.Lock()
	defer r.mu.Unlock()
	i := len(r.faults)
	r.faults = append(r.faults, f)
	r.changes++
	return func(do func(*results.Fault)) {
		r.mu.Lock()
		defer r.mu.Unlock()
		do(&r.faults[i])
		r.changes++
	}
}

// faultsSoFar returns the faults that were requested so far.
func (r *recorder) faultsSoFar() []results.Fault {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.faults)
}

func (r *recorder) role(s results.RoleSample) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.roles = append(r.roles, s)
}

// beat returns the progress of the attack. The schedule says how many requests
// should have been sent by a given time.
func (r *recorder) beat(planned uint64, inFlight int, due func(time.Duration) uint64) Beat {
	r.mu.Lock()
	defer r.mu.Unlock()
	b := Beat{
		At: r.now(), Planned: planned, Answered: r.sums[results.Answered],
		Refused: r.sums[results.Refused], Unanswered: r.sums[results.Unanswered], Unsent: r.sums[results.Unsent],
	}
	b.Sent = b.Answered + b.Refused + b.Unanswered + uint64(max(inFlight, 0))
	if gone, should := b.Sent+b.Unsent, due(b.At-targets.DueLag); should > gone {
		b.Waiting = should - gone
	}
	return b
}

// fold copies what is recorded so far into a run, with the requests in the
// order of Seq.
func (r *recorder) fold(run *results.Run) {
	r.mu.Lock()
	defer r.mu.Unlock()
	run.Began = r.began
	run.Requests = slices.Clone(r.requests)
	slices.SortFunc(run.Requests, bySeq)
	run.Timeline = slices.Clone(r.events)
	slices.SortStableFunc(run.Timeline, func(a, b results.Event) int { return cmp.Compare(a.At, b.At) })
	run.Faults = slices.Clone(r.faults)
	run.Roles = slices.Clone(r.roles)
	run.Changes = slices.Clone(r.told)
}

// bySeq sorts requests in the order of the schedule.
func bySeq(a, b results.Request) int { return cmp.Compare(a.Seq, b.Seq) }
