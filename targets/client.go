package targets

import (
	"context"
	"maps"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// warm is the idle time up to which a connection is used without checking whether
// it is still open.
const warm = time.Millisecond

// client sends planned requests over persistent connections and records the result
// of each. It is vegeta's http.RoundTripper, but gives vegeta no results. It never
// sends a request twice and follows no redirects. There are never more connections
// than the maximum number of requests in flight.
type client struct {
	plan    *plan
	began   time.Time
	ctx     context.Context // of the whole attack
	address *address
	gauge   *Gauge
	connect func(context.Context, string) (net.Conn, error) // nil: over TCP
	ended   atomic.Bool                                     // the attack was cut short: nothing more is sent

	mu       sync.Mutex
	open     map[*conn]struct{}
	idle     []*conn // a stack: few connections are used, and they stay warm
	opened   int     // connections so far
	finished []results.Request
	flights  map[uint64]time.Duration // requests started and not yet reported, with their start time
}

func newClient(ctx context.Context, p *plan, e Entry, began time.Time) *client {
	gauge := e.Gauge
	if gauge == nil {
		gauge = new(Gauge)
	}
	return &client{plan: p, began: began, ctx: ctx, address: &address{ask: e.Addr}, gauge: gauge, connect: e.Dial, open: map[*conn]struct{}{}, flights: map[uint64]time.Duration{}}
}

// emptyResponse is the response that vegeta gets. It is shared and never modified.
var emptyResponse = &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}

// RoundTrip sends the request whose number is in the header of r.
func (c *client) RoundTrip(r *http.Request) (*http.Response, error) {
	seq, err := strconv.ParseUint(r.Header.Get("X-Vegeta-Seq"), 10, 64)
	if err != nil {
		return nil, err
	}
	q := c.plan.request(seq)
	c.gauge.n.Add(1)
	c.mu.Lock()
	c.flights[seq] = c.now()
	c.mu.Unlock()
	c.send(&q)
	c.gauge.n.Add(-1)
	if c.plan.closed && q.Fate != results.Unsent {
		q.Intended = q.Sent
	}
	c.mu.Lock()
	c.finished = append(c.finished, q)
	c.mu.Unlock()
	return emptyResponse, nil
}

func (c *client) now() time.Duration { return time.Since(c.began) }

// send sends q and sets its times and its fate. The send time is when sending
// begins. If a new connection is needed, it is when connecting begins, because the
// time to connect is part of the service time. The timeout counts from there.
func (c *client) send(q *results.Request) {
	written := ""
	if q.Operation != "read" {
		written = q.Value
	}
	k := c.kept(q)
	if k == nil {
		if k = c.dial(q); k == nil {
			return
		}
	}
	if c.ended.Load() { // checked after the deadline is set, which would otherwise overwrite that of end
		c.drop(k)
		unsent(q, "cancelled")
		return
	}
	q.Client = k.id
	last, err := k.exchange(q)
	q.Done = c.now()
	if err != nil {
		q.Fate, q.Error = exchangeFate(err, c.ended.Load())
		if q.Error == results.Timeout && k.answering() {
			q.Error = results.TimeoutAnswered
		}
		q.Value = written
	}
	if last || err != nil {
		c.drop(k)
		return
	}
	k.since = q.Done
	c.mu.Lock()
	c.idle = append(c.idle, k)
	c.mu.Unlock()
}

// unsent marks q as never sent.
func unsent(q *results.Request, why string) {
	q.Fate, q.Error, q.Sent, q.Done, q.Client = results.Unsent, why, 0, 0, -1
}

// kept returns an idle connection that is still open, with its deadline set, or nil.
func (c *client) kept(q *results.Request) *conn {
	for {
		c.mu.Lock()
		last := len(c.idle) - 1
		if last < 0 {
			c.mu.Unlock()
			return nil
		}
		k := c.idle[last]
		c.idle = c.idle[:last]
		c.mu.Unlock()
		q.Sent = c.now()
		err := k.SetDeadline(c.began.Add(q.Sent + c.plan.timeout))
		if err == nil && (q.Sent-k.since < warm || k.alive()) {
			return k
		}
		c.drop(k)
	}
}

// dial opens a connection with its deadline set, or sets the fate of q.
func (c *client) dial(q *results.Request) *conn {
	until := time.Now().Add(c.plan.timeout)
	ctx, cancel := context.WithDeadline(c.ctx, until)
	defer cancel()
	host, err := c.address.get(ctx)
	q.Sent = c.now()
	until = c.began.Add(q.Sent + c.plan.timeout)
	var nc net.Conn
	if err == nil {
		nc, err = c.reach(host, until)
	}
	if err == nil {
		err = nc.SetDeadline(until)
	}
	c.mu.Lock()
	id := c.opened // a failed attempt has a number, too: no other request shares its session
	c.opened++
	var k *conn
	if err == nil {
		k = newConn(nc, id, host)
		c.open[k] = struct{}{}
	}
	c.mu.Unlock()
	if k != nil {
		return k
	}
	if c.ctx.Err() != nil { // the error is caused by that, and nothing was sent
		unsent(q, "cancelled")
		return nil
	}
	q.Client, q.Done = id, c.now()
	q.Fate, q.Error = connectFate(err)
	return nil
}

// reach connects to the host, or fails at the deadline.
func (c *client) reach(host string, until time.Time) (net.Conn, error) {
	if c.connect != nil {
		ctx, cancel := context.WithDeadline(c.ctx, until)
		defer cancel()
		return c.connect(ctx, host)
	}
	d := net.Dialer{Deadline: until, KeepAlive: -1} // no keep-alive probes: deadlines decide
	return d.DialContext(c.ctx, "tcp", host)
}

// drop closes a connection for good.
func (c *client) drop(k *conn) {
	_ = k.Close()
	c.mu.Lock()
	delete(c.open, k)
	c.mu.Unlock()
}

// end cuts the attack short: requests in flight fail at once, and nothing more is
// sent.
func (c *client) end() {
	c.ended.Store(true)
	c.mu.Lock()
	defer c.mu.Unlock()
	for k := range c.open {
		_ = k.SetDeadline(time.Unix(1, 0))
	}
}

// close closes the idle connections.
func (c *client) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for k := range c.open {
		_ = k.Close()
	}
}

// take returns the requests that finished since the last call; b is the slice of
// the last call, whose requests are already reported, and is reused.
func (c *client) take(b []results.Request) []results.Request {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range b {
		delete(c.flights, b[i].Seq)
	}
	done := c.finished
	c.finished = b[:0]
	return done
}

// inFlight is a copy of the requests in flight, with the start time of each.
func (c *client) inFlight() map[uint64]time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.flights)
}
