package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// maxWaiting is how many operations may wait for a connection of one pool. More
// would only wait until their deadline, so they fail at once.
const maxWaiting = 256

// errTooManyWaiting is the error of an operation beyond maxWaiting.
var errTooManyWaiting = errors.New("too many operations wait for a connection")

// pool is a pool of connections to one node, for reads or for writes. It differs
// from a usual pool when a node stops answering: a statement continues after its
// caller has given up, and drop closes all connections, also those in use, without a
// message to the node.
type pool struct {
	settings *pgx.ConnConfig
	slots    chan struct{} // one for each open connection in use
	queue    chan struct{} // one for each waiting operation

	mu   sync.Mutex
	idle []*pgx.Conn // a stack: the last used is the last
	all  map[*pgx.Conn]bool
}

func newPool(c *pgx.ConnConfig, size int) *pool {
	return &pool{settings: c, slots: make(chan struct{}, size), queue: make(chan struct{}, maxWaiting), all: map[*pgx.Conn]bool{}}
}

// take returns a connection: an idle one that is still open, or a new one.
func (p *pool) take(ctx context.Context) (*pgx.Conn, error) {
	if err := p.wait(ctx); err != nil {
		return nil, err
	}
	for c := p.pop(); c != nil; c = p.pop() {
		if !c.IsClosed() && alive(c.PgConn().Conn()) {
			return c, nil
		}
		p.end(c)
	}
	c, err := open(ctx, p.settings)
	if err != nil {
		<-p.slots
		return nil, err
	}
	p.mu.Lock()
	p.all[c] = true
	p.mu.Unlock()
	return c, nil
}

// wait waits for a free slot.
func (p *pool) wait(ctx context.Context) error {
	select {
	case p.slots <- struct{}{}:
		return nil
	default:
	}
	select {
	case p.queue <- struct{}{}:
		defer func() { <-p.queue }()
	default:
		return errTooManyWaiting
	}
	select {
	case p.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for a free connection: %w", ctx.Err())
	}
}

func (p *pool) pop() *pgx.Conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.idle) == 0 {
		return nil
	}
	c := p.idle[len(p.idle)-1]
	p.idle = p.idle[:len(p.idle)-1]
	return c
}

// give returns a connection to the pool after use.
func (p *pool) give(c *pgx.Conn) {
	p.mu.Lock()
	keep := p.all[c] && !c.IsClosed() && c.PgConn().TxStatus() == 'I'
	if keep {
		p.idle = append(p.idle, c)
	}
	p.mu.Unlock()
	if !keep {
		p.end(c)
	}
	<-p.slots
}

// end closes a connection without a message. A statement on it continues on the node.
func (p *pool) end(c *pgx.Conn) {
	p.mu.Lock()
	delete(p.all, c)
	p.mu.Unlock()
	c.PgConn().Conn().Close()
}

// drop closes all connections. The operations on them fail at once.
func (p *pool) drop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.all {
		c.PgConn().Conn().Close()
	}
	clear(p.all)
	p.idle = nil
}

// run runs op on a connection taken from p. It returns errLate if op has not ended
// when ctx is done; op then continues until it ends or limit, from its start, has
// passed.
func run[T any](ctx context.Context, p *pool, c *pgx.Conn, limit time.Duration, op func(*pgx.Conn) (T, error)) (T, error) {
	type outcome struct {
		value T
		err   error
	}
	done := make(chan outcome, 1)
	go func() {
		end := time.AfterFunc(limit, func() { p.end(c) })
		value, err := guarded(c, op)
		end.Stop()
		p.give(c)
		done <- outcome{value, err}
	}()
	select {
	case o := <-done:
		return o.value, o.err
	case <-ctx.Done():
		var none T
		return none, errLate
	}
}

// errLate means that a statement was sent but not answered in time.
var errLate = errors.New("no answer to the statement in time")

// guarded converts a panic of op, which runs in its own goroutine, into an error.
func guarded[T any](c *pgx.Conn, op func(*pgx.Conn) (T, error)) (value T, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return op(c)
}
