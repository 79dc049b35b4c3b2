package targets

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"github.com/holdfast-lab/holdfast/results"
)

// Entry is the entry point of the system under test, and the connection of an
// attack with its run.
type Entry struct {
	Addr  func(context.Context) (string, error) // host:port; called at most once a second, for new connections only
	RunID string                                // written values are "<RunID>-<seq>"; letters, digits, and -._ only
	Gauge *Gauge                                // to observe the attack while it runs; may be nil

	// Dial opens a connection to an address; nil: over TCP. If it is set, only Go
	// timers pace the requests, without kernel sleep or busy waiting, so that a system
	// in this process can be attacked on the clock of testing/synctest.
	Dial func(ctx context.Context, addr string) (net.Conn, error)
}

// startWorkers is vegeta's initial number of workers; it starts more when all are
// busy.
const startWorkers = 32

// Fire attacks the entry point. All times, of the schedule and in the requests, are
// relative to began. Fire calls each exactly once for every planned request, when
// its fate is known, and never concurrently; each must return quickly, because at
// the in-flight limit it delays the attack.
//
// At the in-flight limit requests wait for a slot and are sent late. Requests that
// still wait one timeout after the end of the schedule are unsent, and so are those
// not sent when ctx is done; then requests in flight are cancelled, and Fire returns
// the cause of ctx. Other errors mean that nothing was sent or reported.
func (a Attack) Fire(ctx context.Context, e Entry, began time.Time, each func(results.Request)) (results.Load, error) {
	if err := errors.Join(a.Check()...); err != nil {
		return results.Load{}, fmt.Errorf("fire: %w", err)
	}
	if e.Addr == nil || strings.ContainsFunc(e.RunID, needsEscaping) {
		return results.Load{}, fmt.Errorf("fire: entry of run %q: no address, or characters other than letters, digits, and -._ in the run's id", e.RunID)
	}
	p := a.plan(e.RunID)
	load := results.Load{Planned: p.total, For: a.For, Timeout: a.Timeout, MaxInFlight: a.slots(), Closed: a.Loop == Closed}
	c := newClient(ctx, p, e, began)
	defer c.close()
	defer context.AfterFunc(ctx, c.end)()
	schedule, cancel := context.WithDeadline(ctx, began.Add(a.For+a.Timeout))
	defer cancel()

	health := startMeter(began)
	c.gauge.follow(c, health, load)
	due := make(tally, p.total/64+1)
	report := func(q results.Request) {
		if due.first(q.Seq) {
			each(q)
		}
	}
	var done []results.Request
	for range c.attack(schedule, load.MaxInFlight) {
		done = c.take(done)
		for _, q := range done {
			report(q)
		}
	}
	health.stop(&load)

	why := "in-flight limit"
	if ctx.Err() != nil {
		why = "cancelled"
	}
	for n := range p.total {
		if !due.has(n) {
			q := p.request(n)
			unsent(&q, why)
			report(q)
		}
	}
	if ctx.Err() != nil {
		return load, fmt.Errorf("fire: cut short: %w", context.Cause(ctx))
	}
	return load, nil
}

// needsEscaping reports whether a character of a run's id would need escaping in HTTP or JSON.
func needsEscaping(r rune) bool {
	return !strings.ContainsRune("-._", r) && (r < '0' || r > '9' && r < 'A' || r > 'Z' && r < 'a' || r > 'z')
}

// attack runs vegeta until all requests are sent or the context schedule is done.
// A result only signals that a request has finished.
func (c *client) attack(schedule context.Context, slots int) <-chan *vegeta.Result {
	attacker := vegeta.NewAttacker(
		vegeta.Client(&http.Client{Transport: c}),
		vegeta.Workers(startWorkers), vegeta.MaxWorkers(uint64(slots)), vegeta.MaxBody(0),
	)
	// Releases the pacer's goroutine if it waits for a slot.
	context.AfterFunc(schedule, func() { attacker.Stop() })
	return attacker.Attack(target, newPacer(c.plan, c.began, schedule.Done(), c.connect != nil), 0, "")
}

// target is the same for all requests: the client knows the planned request.
func target(t *vegeta.Target) error {
	t.Method, t.URL = http.MethodGet, "http://entry/"
	return nil
}

// tally has one bit per request: set if it was reported.
type tally []uint64

func (t tally) has(n uint64) bool { return t[n/64]&(1<<(n%64)) != 0 }

// first marks the request and reports whether it was not marked before.
func (t tally) first(n uint64) bool {
	was := t.has(n)
	t[n/64] |= 1 << (n % 64)
	return !was
}
