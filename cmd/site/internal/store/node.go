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

// role is what a node does at present.
type role int

const (
	absent  role = iota // not known to answer
	replica             // answers reads
	primary             // answers writes
)

func (r role) String() string { return [...]string{"absent", "replica", "primary"}[r] }

// observation is what a probe saw of a node.
type observation struct {
	role     role
	timeline int64 // of a primary: it rises by one with each promotion
	err      error // why absent
}

// pgNode is one PostgreSQL node.
type pgNode struct {
	name          string
	reads, writes *pool
	settings      *pgx.ConnConfig
	wanted        chan struct{} // wants a probe now

	mu    sync.Mutex // for probe's connection, which Close ends
	probe *pgx.Conn

	last   observation // guarded by Store.mu
	misses int         // probes in a row that got no answer in time; of the prober alone
}

// newNode is the node at addr (host:port) with two pools of size connections
// each: writes that wait for a replica must not keep reads from being served.
func newNode(addr, password string, size int) (*pgNode, error) {
	c, err := settings(addr, "site", password)
	if err != nil {
		return nil, err
	}
	host, _, _ := net.SplitHostPort(addr)
	return &pgNode{name: host, settings: c, reads: newPool(c, size), writes: newPool(c, size), wanted: make(chan struct{}, 1)}, nil
}

// drop ends all connections to the node but the probe's.
func (n *pgNode) drop() {
	n.reads.drop()
	n.writes.drop()
}

// probeSoon asks for a probe of the node now.
func (n *pgNode) probeSoon() {
	select {
	case n.wanted <- struct{}{}:
	default:
	}
}

// lookWithin bounds one probe. It is generous because a probe that fails for
// mere slowness would end connections that work.
const lookWithin = time.Second

// question asks as libpq's target_session_attrs=read-write does, and for the
// timeline, which tells a new primary from a deposed one that came back.
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

// probeConn is the probe's connection, opened if there is none that lives.
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

// closeProbe ends the probe's connection.
func (n *pgNode) closeProbe() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.probe != nil {
		n.probe.PgConn().Conn().Close()
		n.probe = nil
	}
}

// slow says whether an error is that no answer came in time, which a busy node
// may cause too, and not that there is nobody.
func slow(err error) bool {
	var late net.Error
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) || errors.As(err, &late) && late.Timeout()
}
