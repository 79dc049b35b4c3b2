// A database server is a primary or a replica, and the role may change. It is read
// from the server's answer, not from its name or its log.

package topologies

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	pgPort = 5432
	// askLimit limits one query of a node's role, so that a frozen node does not
	// delay the queries of the others.
	askLimit = 250 * time.Millisecond
	// lookLimit limits one readiness probe of a node; it includes a write that
	// waits for the synchronous replica.
	lookLimit = time.Second
	// nearEnough is the lag in bytes up to which a replica is ready: a few pages,
	// since there is always some lag during writes.
	nearEnough = 64 << 10
	// auditLimit limits reading everything that a node stores.
	auditLimit = 60 * time.Second
)

// postgres queries PostgreSQL nodes. It keeps one connection to each node, because
// a new connection per query would load the system under test.
type postgres struct {
	synchronous bool // a primary must have a synchronous replica before it is ready
	mu          sync.Mutex
	open        map[string]*pgxConn // by address
}

// pgxConn is a connection with its lock: one query at a time.
type pgxConn struct {
	mu   sync.Mutex
	conn *pgx.Conn
}

// dial opens a connection. The simple protocol needs no prepared statements.
func dial(ctx context.Context, addr, password string) (*pgx.Conn, error) {
	cfg, err := pgx.ParseConfig("postgres://postgres@" + addr + "/postgres?sslmode=disable&application_name=holdfast")
	if err != nil {
		return nil, err
	}
	cfg.Password = password
	cfg.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol
	return pgx.ConnectConfig(ctx, cfg)
}

// with runs do on the open connection to the node. If the connection was lost, for
// example by a restart, it is opened again, once.
func (p *postgres) with(ctx context.Context, i Instance, limit time.Duration, do func(context.Context, *pgx.Conn) error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	addr, err := i.Addr(ctx, pgPort)
	if err != nil {
		return err
	}
	c := p.to(addr)
	c.mu.Lock()
	defer c.mu.Unlock()
	for kept := c.conn != nil; ; kept = false {
		if c.conn == nil {
			if c.conn, err = dial(ctx, addr, i.Node().Env[passwordEnv]); err != nil {
				return err
			}
		}
		if err = do(ctx, c.conn); err == nil {
			return nil
		}
		_ = c.conn.Close(ctx)
		c.conn = nil
		if !kept {
			return err
		}
	}
}

// to returns the connection to an address, which may not be open.
func (p *postgres) to(addr string) *pgxConn {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open == nil {
		p.open = map[string]*pgxConn{}
	}
	if p.open[addr] == nil {
		p.open[addr] = &pgxConn{}
	}
	return p.open[addr]
}

// whoami returns the role and timeline. A primary's timeline is in the name of the
// WAL file that it writes: its control file is out of date until a checkpoint.
const whoami = `select pg_is_in_recovery(), current_setting('default_transaction_read_only') = 'on',
  case when pg_is_in_recovery()
    then coalesce((select greatest(received_tli, receive_start_tli) from pg_stat_wal_receiver), (select timeline_id from pg_control_checkpoint()))
    else ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int end`

// ask is Node.Ask: a primary is a server that accepts writes.
func (p *postgres) ask(ctx context.Context, i Instance) (Answer, error) {
	var a Answer
	err := p.with(ctx, i, askLimit, func(ctx context.Context, c *pgx.Conn) error {
		got, err := queryRole(ctx, c)
		a = got
		return err
	})
	if err != nil {
		return Answer{}, fmt.Errorf("query the role of %s: %w", i.Name(), err)
	}
	return a, nil
}

// queryRole queries the role and timeline of a server.
func queryRole(ctx context.Context, c *pgx.Conn) (Answer, error) {
	var recovering, readOnly bool
	var timeline int64
	if err := c.QueryRow(ctx, whoami).Scan(&recovering, &readOnly, &timeline); err != nil {
		return Answer{}, err
	}
	role := "primary"
	if recovering || readOnly {
		role = "replica"
	}
	return Answer{Role: role, Term: uint64(timeline)}, nil
}

// ready is Node.Ready: a primary accepts a write, confirmed by a synchronous
// replica if one is required; a replica streams.
func (p *postgres) ready(ctx context.Context, i Instance) (string, error) {
	var said string
	err := p.with(ctx, i, lookLimit, func(ctx context.Context, c *pgx.Conn) error {
		a, err := queryRole(ctx, c)
		if err != nil {
			return err
		}
		if a.Role == "replica" {
			said, err = streaming(ctx, c)
		} else {
			said, err = p.takesWrites(ctx, c, a.Term)
		}
		return err
	})
	return said, err
}

// streaming describes the lag of a replica, or returns an error if it does not stream.
func streaming(ctx context.Context, c *pgx.Conn) (string, error) {
	var lag int64
	err := c.QueryRow(ctx, `select greatest(0, pg_wal_lsn_diff(latest_end_lsn, pg_last_wal_replay_lsn()))::bigint
		from pg_stat_wal_receiver where status = 'streaming'`).Scan(&lag)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", errors.New("replica, not streaming")
	}
	if err != nil {
		return "", err
	}
	if lag > nearEnough {
		return "", fmt.Errorf("replica, catching up, lag %d B", lag)
	}
	return fmt.Sprintf("replica, streaming, lag %d B", lag), nil
}

// takesWrites creates a temporary table. A replica that takes a base backup appears
// as a streaming one, and is excluded.
func (p *postgres) takesWrites(ctx context.Context, c *pgx.Conn, timeline uint64) (string, error) {
	with := ""
	if p.synchronous {
		var confirms int
		err := c.QueryRow(ctx, `select count(*) from pg_stat_replication where state = 'streaming'
			and sync_state in ('sync', 'quorum') and application_name not like 'pg_basebackup%'`).Scan(&confirms)
		if err != nil {
			return "", err
		}
		if confirms == 0 {
			return "", fmt.Errorf("primary, timeline %d, without a synchronous replica", timeline)
		}
		with = ", a replica confirms"
	}
	if _, err := c.Exec(ctx, "begin; create temp table holdfast_ready() on commit drop; commit"); err != nil {
		return "", fmt.Errorf("primary, timeline %d, does not accept writes: %w", timeline, err)
	}
	return fmt.Sprintf("primary, accepting writes, timeline %d%s", timeline, with), nil
}

// keeps is Node.Keeps: every value that the site ever wrote here, in the order of
// writing, with duplicates, and the values that users are shown. It uses a separate
// connection, since it may take long.
func (p *postgres) keeps(ctx context.Context, i Instance) (Kept, error) {
	ctx, cancel := context.WithTimeout(ctx, auditLimit)
	defer cancel()
	kept, err := p.readBack(ctx, i)
	if err != nil {
		return Kept{}, fmt.Errorf("read back %s: %w", i.Name(), err)
	}
	return kept, nil
}

// readBack reads all tables in one snapshot, so that a write between two tables
// does not appear as a difference.
func (p *postgres) readBack(ctx context.Context, i Instance) (Kept, error) {
	addr, err := i.Addr(ctx, pgPort)
	if err != nil {
		return Kept{}, err
	}
	c, err := dial(ctx, addr, i.Node().Env[passwordEnv])
	if err != nil {
		return Kept{}, err
	}
	defer c.Close(ctx)
	kept := Kept{Values: map[string][]string{}, Shown: map[string]map[string][]string{}, Seeded: siteUsers}
	err = pgx.BeginTxFunc(ctx, c, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		for _, table := range siteTables {
			values, shown, err := readTable(ctx, tx, table.query)
			if err != nil {
				return err
			}
			if table.written != "" {
				kept.Values[table.written] = values
			}
			if table.shown != "" {
				kept.Shown[table.shown] = shown
			}
		}
		return nil
	})
	return kept, err
}

// siteTables are the tables of the site (cmd/site/internal/store): which
// operation writes the rows, and which one shows them to users.
var siteTables = []struct{ written, shown, query string }{
	{"write", "", "select user_id, value from revisions order by seq"},
	{"", "read", "select id, value from users"},
	{"post", "list", "select user_id, value from posts order by id"},
}

// readTable reads pairs of a key and a value: all values, and those of each key.
func readTable(ctx context.Context, tx pgx.Tx, query string) (values []string, of map[string][]string, err error) {
	rows, err := tx.Query(ctx, query)
	if err != nil {
		return nil, nil, err
	}
	of = map[string][]string{}
	var key, value string
	_, err = pgx.ForEachRow(rows, []any{&key, &value}, func() error {
		values = append(values, value)
		of[key] = append(of[key], value)
		return nil
	})
	return values, of, err
}

// node is a PostgreSQL node: data on a volume of the run, limits, probes.
func (p *postgres) node(name, role string, cmd ...string) Node {
	return Node{
		Name: name, Role: role, Image: "postgres", Cmd: append([]string{"run-postgres"}, cmd...),
		Env: map[string]string{passwordEnv: runPassword}, Volumes: []string{"/pgdata"}, Ports: []int{pgPort},
		CPU: 1, MemoryMiB: 320, Sysctls: quickSilence(),
		Ready: p.ready, Ask: p.ask, Keeps: p.keeps,
	}
}
