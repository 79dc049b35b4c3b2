// A daemon may be restarted during a run, or a busy host may answer too late.
// Faults must be undone nevertheless.

package topologies

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// The pauses between two tries. A daemon takes seconds to restart, and a failed call
// costs very little.
const (
	firstPause   = 100 * time.Millisecond
	longestPause = 2 * time.Second
)

// permanent is an error for which a retry is useless.
type permanent struct{ error }

func (p permanent) Unwrap() error { return p.error }

// Permanent marks an error for which a retry is useless, for [Retry].
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return permanent{err}
}

// Retry calls do until it succeeds, the context is done, or its error is
// [Permanent]. It returns the number of tries. The error contains the last error
// and, if different, the first.
func Retry(ctx context.Context, do func(context.Context) error) (tries int, err error) {
	began, wait := time.Now(), firstPause
	var first error
	for {
		tries++
		if err = do(ctx); err == nil {
			return tries, nil
		}
		if first == nil {
			first = err
		}
		if errors.As(err, &permanent{}) || pause(ctx, wait) != nil {
			return tries, gaveUp(tries, time.Since(began), first, err)
		}
		wait = min(2*wait, longestPause)
	}
}

// gaveUp describes the failed tries.
func gaveUp(tries int, took time.Duration, first, last error) error {
	if tries == 1 {
		return last
	}
	err := fmt.Errorf("tried %d times in %.1f s: %w", tries, took.Seconds(), last)
	if first.Error() != last.Error() {
		err = fmt.Errorf("%w (at first: %w)", err, first)
	}
	return err
}
