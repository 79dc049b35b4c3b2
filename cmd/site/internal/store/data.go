package store

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
)

// User returns the value of a user, and the node that answered.
func (s *Store) User(ctx context.Context, id string) (value, node string, err error) {
	return read(ctx, s, func(c *pgx.Conn) (value string, err error) {
		err = c.QueryRow(context.Background(), "select value from users where id = $1", id).Scan(&value)
		if errors.Is(err, pgx.ErrNoRows) {
			err = ErrNotFound
		}
		return value, err
	})
}

// put appends a revision with each change of a user, in one statement, so in
// one transaction and one round trip.
const put = `with u as (
	insert into users (id, value) values ($1, $2) on conflict (id) do update set value = excluded.value returning id, value
) insert into revisions (user_id, value) select id, value from u`

// Put sets the value of a user, and returns the node that executed it.
func (s *Store) Put(ctx context.Context, id, value string) (node string, err error) {
	return s.write(ctx, put, id, value)
}

// Post adds a post of a user, and returns the node that executed it.
func (s *Store) Post(ctx context.Context, id, value string) (node string, err error) {
	return s.write(ctx, "insert into posts (user_id, value) values ($1, $2)", id, value)
}

// page is the maximum number of posts in a list.
const page = 50

// Posts returns the newest 50 posts of a user, the newest first, and the node that
// answered.
func (s *Store) Posts(ctx context.Context, id string) (values []string, node string, err error) {
	return read(ctx, s, func(c *pgx.Conn) ([]string, error) {
		rows, err := c.Query(context.Background(), "select value from posts where user_id = $1 order by id desc limit $2", id, page)
		if err != nil {
			return nil, err
		}
		return pgx.CollectRows(rows, pgx.RowTo[string])
	})
}
