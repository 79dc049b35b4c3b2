package targets

import (
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

// addressFor is how long an address is used before it is asked for again: an
// entry point that moved is found within this time, and a storm of refused
// connections does not become a storm of questions.
const addressFor = time.Second

// address is where the entry point is, asked for by new connections only.
type address struct {
	ask   func(context.Context) (string, error)
	group singleflight.Group

	mu   sync.Mutex
	last string    // "" before the first good answer
	at   time.Time // when it was asked for last
}

// get gives the address. All who ask at the same time share one question. An
// address that was good before is used when asking fails, as a resolver's
// clients do: a question that fails says nothing about the system under test.
func (a *address) get(ctx context.Context) (string, error) {
	a.mu.Lock()
	last, fresh := a.last, time.Since(a.at) < addressFor
	a.mu.Unlock()
	if last != "" && fresh {
		return last, nil
	}
	answer := a.group.DoChan("", func() (any, error) {
		addr, err := a.ask(ctx)
		a.mu.Lock()
		defer a.mu.Unlock()
		a.at = time.Now()
		if err == nil {
			a.last = addr
		}
		return a.last, err
	})
	select {
	case r := <-answer:
		if addr := r.Val.(string); addr != "" {
			return addr, nil
		}
		return "", fmt.Errorf("%w: %w", errNoAddress, r.Err)
	case <-ctx.Done():
		return "", fmt.Errorf("%w: %w", errNoAddress, ctx.Err())
	}
}
