package store

import (
	"context"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// write executes a statement on the primary. The statement continues after the
// caller has given up. If it was certainly not applied, it is retried while there is
// time.
func (s *Store) write(ctx context.Context, sql string, args ...any) (node string, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeWithin)
	defer cancel()
	begin, cancelBegin := context.WithTimeout(ctx, startWithin)
	defer cancelBegin()
	for {
		n, c, err := s.connect(begin, s.leader, func(n *pgNode) *pool { return n.writes })
		if err != nil {
			return name(n), err
		}
		_, err = run(ctx, n.writes, c, writeEnds, func(c *pgx.Conn) (pgconn.CommandTag, error) {
			return c.Exec(context.Background(), sql, args...)
		})
		if err == nil {
			return n.name, nil
		}
		v := s.noteError(begin, n, err)
		switch {
		case v == undecided:
			return n.name, &Fault{Unknown, n.name, err}
		case v == refused, begin.Err() != nil:
			return n.name, &Fault{Rejected, n.name, err}
		}
	}
}

// read runs op on a node for reads, and retries it on another one after a failure,
// while there is time.
func read[T any](ctx context.Context, s *Store, op func(*pgx.Conn) (T, error)) (value T, node string, err error) {
	ctx, cancel := context.WithTimeout(ctx, readWithin)
	defer cancel()
	for {
		n, c, err := s.connect(ctx, s.reader, func(n *pgNode) *pool { return n.reads })
		if err != nil {
			return value, name(n), err
		}
		try, cancelTry := context.WithTimeout(ctx, s.tryWithin())
		value, err = run(try, n.reads, c, readWithin, op)
		cancelTry()
		if err == nil || errors.Is(err, ErrNotFound) {
			return value, n.name, err
		}
		switch v := s.noteError(ctx, n, err); {
		case v == refused:
			return value, n.name, &Fault{Rejected, n.name, err}
		case ctx.Err() != nil:
			return value, n.name, &Fault{Late, n.name, err}
		}
	}
}

// connect returns a connection to a node that find returns; it retries until ctx is
// done.
func (s *Store) connect(ctx context.Context, find func(context.Context) (*pgNode, error), of func(*pgNode) *pool) (*pgNode, *pgx.Conn, error) {
	for {
		n, err := find(ctx)
		if err != nil {
			return nil, nil, &Fault{NoPrimary, "", err}
		}
		c, err := of(n).take(ctx)
		switch {
		case err == nil:
			return n, c, nil
		case errors.Is(err, errTooManyWaiting):
			return n, nil, &Fault{Busy, n.name, err}
		case ctx.Err() != nil:
			return n, nil, &Fault{NoNode, n.name, err}
		}
		s.operationFailed(n, unreachable(err), err)
		pause(ctx, restBetween, nil)
	}
}

// unreachable reports whether a connection error means that the node is down, and
// not that it is slow or refuses the login.
func unreachable(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return strings.HasPrefix(pg.Code, "57P") // it is starting or shutting down
	}
	return !slow(err)
}

// noteError records an operation's error on n and classifies it. It waits a little
// if an immediate retry would be useless.
func (s *Store) noteError(ctx context.Context, n *pgNode, err error) verdict {
	v := classify(err)
	switch {
	case errors.Is(err, errLate):
		s.operationFailed(n, false, err)
	case v == undecided, v == readOnly:
		s.operationFailed(n, true, err)
	case v == again:
		pause(ctx, restBetween, nil)
	}
	return v
}
