package store

import (
	"context"
	"errors"
	"net"
	"os"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// role is the current role of a node.
type role int

const (
	absent  role = iota // does not answer, as far as known
	replica             // answers reads
	primary             // answers writes
)

func (r role) String() string { return [...]string{"absent", "replica", "primary"}[r] }

// observation is the result of a probe of a node.
type observation struct {
	role     role
	timeline int64 // of a primary: it increases by one with each promotion
	err      error // why absent
}

// pgNode is one PostgreSQL node.
type pgNode struct {
	name          string
	reads, writes *pool
	settings      *pgx.ConnConfig
	wanted        chan struct{} // requests a probe now

	mu    sync.Mutex // guards the probe's connection, which Close closes
	probe *pgx.Conn

	last   observation // guarded by Store.mu
	misses int         // consecutive probes without an answer in time; used by the prober only
}

// newNode is the node at addr (host:port) with two pools of size connections each:
// writes that wait for a replica must not block reads.
func newNode(addr, password string, size int) (*pgNode, error) {
	c, err := settings(addr, "site", password)
	if err != nil {
		return nil, err
	}
	host, _, _ := net.SplitHostPort(addr)
	return &pgNode{name: host, settings: c, reads: newPool(c, size), writes: newPool(c, size), wanted: make(chan struct{}, 1)}, nil
}

// drop closes all connections to the node except the probe's.
func (n *pgNode) drop() {
	n.reads.drop()
	n.writes.drop()
}

// probeSoon requests a probe of the node now.
func (n *pgNode) probeSoon() {
	select {
	case n.wanted <- struct{}{}:
	default:
	}
}

// lookWithin limits one probe. It is long, because a probe that fails only because
// the node is slow would close working connections.
const lookWithin = time.Second

// question checks for a primary as libpq's target_session_attrs=read-write does, and
// reads the timeline, which distinguishes a new primary from an old one that
// returned.
const question = `select pg_is_in_recovery() or current_setting('transaction_read_only')::bool,
	case when pg_is_in_recovery() then 0 else ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::bigint end`

// observe probes the node over a connection of its own.
func (n *pgNode) observe(ctx context.Context) observation {
	c, err := n.probeConn(ctx)
	if err != nil {
		return observation{err: err}
	}
	end := time.AfterFunc(lookWithin, func() { c.PgConn().Conn().SetDeadline(time.Unix(1, 0)) })
	var fixed bool
	var s observation
	err = c.QueryRow(context.Background(), question).Scan(&fixed, &s.timeline)
	if !end.Stop() || err != nil {
		n.closeProbe()
		return observation{err: errors.Join(errLook, err)}
	}
	s.role = primary
	if fixed {
		s.role = replica
	}
	return s
}

var errLook = errors.New("query the role")

// probeConn is the probe's connection, opened if it is not open.
func (n *pgNode) probeConn(ctx context.Context) (*pgx.Conn, error) {
	n.mu.Lock()
	c := n.probe
	n.mu.Unlock()
	if c != nil && alive(c.PgConn().Conn()) {
		return c, nil
	}
	n.closeProbe()
	c, err := open(ctx, n.settings)
	if err != nil {
		return nil, err
	}
	n.mu.Lock()
	n.probe = c
	n.mu.Unlock()
	return c, nil
}

// closeProbe closes the probe's connection.
func (n *pgNode) closeProbe() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.probe != nil {
		n.probe.PgConn().Conn().Close()
		n.probe = nil
	}
}

// slow reports whether an error is a timeout, which a busy node can cause, too, and
// does not mean that the node is down.
func slow(err error) bool {
	var late net.Error
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) || errors.As(err, &late) && late.Timeout()
}
