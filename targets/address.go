package targets

import (
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

// addressFor is how long an address is used before it is looked up again: an entry
// point that moved is found within this time, and many refused connections do not
// cause as many lookups.
const addressFor = time.Second

// address is the address of the entry point. Only new connections look it up.
type address struct {
	ask   func(context.Context) (string, error)
	group singleflight.Group

	mu   sync.Mutex
	last string    // "" before the first good answer
	at   time.Time // time of the last lookup
}

// get returns the address. Concurrent calls share one lookup. If a lookup fails, the
// last good address is used: a failed lookup says nothing about the system under
// test.
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
