package topologies

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestRetry holds a daemon that is away for a while, one that stays away, one
// that says something else each time, and an error that no other try mends.
func TestRetry(t *testing.T) {
	away := errors.New("no daemon")
	for _, c := range []struct {
		name    string
		back    time.Duration // when it works; 0: never
		err     func(at time.Duration) error
		tries   int // at least
		says    []string
		atLeast time.Duration
	}{
		{"at once", time.Nanosecond, nil, 1, nil, 0},
		{"away for 3 s", 3 * time.Second, func(time.Duration) error { return away }, 4, nil, 3 * time.Second},
		{"away for good", 0, func(time.Duration) error { return away }, 10, []string{"tried ", " times in 30.0 s: no daemon"}, 30 * time.Second},
		{"another error at last", 0, func(at time.Duration) error {
			if at < time.Second {
				return away
			}
			return errors.New("no such container")
		}, 10, []string{"no such container (at first: no daemon)"}, 30 * time.Second},
		{"no other try mends it", 0, func(time.Duration) error { return Permanent(away) }, 1, []string{"no daemon"}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
				defer cancel()
				tries, err := Retry(ctx, func(context.Context) error {
					if at := time.Since(began); c.back == 0 || c.err != nil && at < c.back {
						return c.err(at)
					}
					return nil
				})
				took := time.Since(began)
				if (err == nil) != (c.back > 0) || tries < c.tries || took < c.atLeast || took > c.atLeast+longestPause {
					t.Errorf("%d tries in %v: %v", tries, took, err)
				}
				for _, s := range c.says {
					if err == nil || !strings.Contains(err.Error(), s) {
						t.Errorf("%v; want %q", err, s)
					}
				}
				if err != nil && c.says != nil && strings.Contains(c.says[0], "no daemon") && !errors.Is(err, away) {
					t.Errorf("%v does not wrap what went wrong", err)
				}
			})
		})
	}
}
