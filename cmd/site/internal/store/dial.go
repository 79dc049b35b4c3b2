package store

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	// dialWithin limits the TCP handshake: a killed container answers neither
	// SYN nor ARP, so a longer wait would use up the deadline of an operation.
	dialWithin = 250 * time.Millisecond
	// connectWithin limits connecting as a whole: the kernel of a frozen node
	// accepts connections, but its server does not answer.
	connectWithin = 750 * time.Millisecond
	// unackedFor is how long sent bytes may stay without acknowledgement
	// before the kernel closes the connection (TCP_USER_TIMEOUT).
	unackedFor = time.Second
)

// connecting marks the context in which a connection is opened.
type connecting struct{}

// errNoCancel refuses a dial of the driver that is not for a new connection: it can
// only be a request to cancel a statement on another connection.
var errNoCancel = errors.New("dial to cancel a statement: statements are never cancelled here")

// dialer dials PostgreSQL nodes.
var dialer = net.Dialer{
	Timeout:         dialWithin,
	KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: time.Second, Interval: time.Second, Count: 3},
	Control:         giveUpUnacked,
}

// dialOnce dials only for new connections. pgx sends a cancel request whenever a
// connection breaks. Cancelling a write that waits for its replica would commit it
// on the primary only.
func dialOnce(ctx context.Context, network, addr string) (net.Conn, error) {
	if ctx.Value(connecting{}) == nil {
		return nil, errNoCancel
	}
	return dialer.DialContext(ctx, network, addr)
}

// settings is the configuration of connections to the PostgreSQL node at addr
// (host:port): user postgres, database postgres, one round trip per statement. It
// ignores PG* environment variables.
func settings(addr, program, password string) (*pgx.ConnConfig, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("read address %q: %w", addr, err)
	}
	c, err := pgx.ParseConfig(fmt.Sprintf("host=%s port=%s user=postgres dbname=postgres sslmode=disable application_name=%s", host, port, program))
	if err != nil {
		return nil, fmt.Errorf("read address %q: %w", addr, err)
	}
	c.Password = password
	c.DefaultQueryExecMode = pgx.QueryExecModeExec
	c.DialFunc = dialOnce
	return c, nil
}

// open connects to a node.
func open(ctx context.Context, c *pgx.ConnConfig) (*pgx.Conn, error) {
	ctx, cancel := context.WithTimeout(context.WithValue(ctx, connecting{}, true), connectWithin)
	defer cancel()
	conn, err := pgx.ConnectConfig(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", c.Host, err)
	}
	return conn, nil
}
