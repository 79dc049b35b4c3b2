package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// schemaLock is the key of the advisory lock for creating the schema: several
// servers start at once. It is an arbitrary unused number.
const schemaLock = 0x484f4c44 // "HOLD"

const schema = `
create table if not exists users (id text primary key, value text not null);
create table if not exists revisions (seq bigserial primary key, user_id text not null, value text not null);
create table if not exists posts (id bigserial primary key, user_id text not null, value text not null);
create index if not exists posts_of_user on posts (user_id, id);`

// prepare creates the schema on the primary, and checks it whenever another node
// has become primary, until ctx is done.
func (s *Store) prepare(ctx context.Context) {
	defer s.watchers.Done()
	for ctx.Err() == nil {
		s.mu.Lock()
		n, changed := s.primary, s.changed
		s.mu.Unlock()
		if n != nil && s.ready.Load() != n {
			if err := s.migrate(ctx, n); err != nil {
				s.log.Warn("schema not created", "node", n.name, "error", err)
				pause(ctx, searchEach, nil)
				continue
			}
			s.ready.Store(n)
			s.log.Info("schema ready", "node", n.name, "users", s.options.Users)
		}
		pause(ctx, time.Hour, changed)
	}
}

// migrate creates the schema and the initial users in one transaction, so that the
// tables never exist without the users.
func (s *Store) migrate(ctx context.Context, n *pgNode) error {
	c, err := open(ctx, n.settings)
	if err != nil {
		return err
	}
	end := context.AfterFunc(ctx, func() { c.PgConn().Conn().Close() })
	defer end()
	defer c.PgConn().Conn().Close()
	var there bool
	if err := c.QueryRow(context.Background(), "select to_regclass('posts_of_user') is not null").Scan(&there); err != nil || there {
		return err
	}
	return pgx.BeginFunc(context.Background(), c, func(tx pgx.Tx) error {
		if _, err := tx.Exec(context.Background(), "select pg_advisory_xact_lock($1)", schemaLock); err != nil {
			return fmt.Errorf("lock the schema: %w", err)
		}
		if _, err := tx.Conn().PgConn().Exec(context.Background(), schema).ReadAll(); err != nil {
			return fmt.Errorf("create the schema: %w", err)
		}
		if _, err := tx.Exec(context.Background(), `insert into users (id, value)
			select i::text, 'seed' from generate_series(1, $1::int) i on conflict do nothing`, s.options.Users); err != nil {
			return fmt.Errorf("create the users: %w", err)
		}
		return nil
	})
}
