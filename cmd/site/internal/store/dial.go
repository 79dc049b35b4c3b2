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
	// dialWithin bounds the TCP handshake: a killed container answers neither
	// SYN nor ARP, so a longer wait would eat the deadline of an operation.
	dialWithin = 250 * time.Millisecond
	// connectWithin bounds the whole of connecting: a frozen node accepts
	// connections in its kernel and then says nothing.
	connectWithin = 750 * time.Millisecond
	// unackedFor is how long sent bytes may stay without acknowledgement
	// before the kernel gives the connection up (TCP_USER_TIMEOUT).
	unackedFor = time.Second
)

// connecting marks the context in which a connection is opened.
type connecting struct{}

// errNoCancel is why the driver may not dial: all it wants to dial for besides
// connecting is to cancel the statement that runs on another connection.
var errNoCancel = errors.New("dial to cancel a statement: statements are never cancelled here")

// dialer is how the site reaches PostgreSQL nodes.
var dialer = net.Dialer{
	Timeout:         dialWithin,
	KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: time.Second, Interval: time.Second, Count: 3},
	Control:         giveUpUnacked,
}

// dialOnce dials only while connecting. Cancelling would turn a write of
// unknown outcome, one that waits for its replica say, into one that is
// committed here and nowhere else, and pgx asks for it whenever a connection
// breaks.
func dialOnce(ctx context.Context, network, addr string) (net.Conn, error) {
	if ctx.Value(connecting{}) == nil {
		return nil, errNoCancel
	}
	return dialer.DialContext(ctx, network, addr)
}

// settings is how to speak to the PostgreSQL node at addr (host:port): as user
// postgres to database postgres, in one round trip for each statement. Nothing
// of it comes from PG* variables of the environment.
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
