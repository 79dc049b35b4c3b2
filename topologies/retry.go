// A daemon is restarted in the middle of a run, or a busy host answers too
// late. What has to be undone has to be undone all the same.

package topologies

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// The pauses between two tries. A daemon takes seconds to come back, and a
// call that found it away costs next to nothing.
const (
	firstPause   = 100 * time.Millisecond
	longestPause = 2 * time.Second
)

// permanent is an error that trying again cannot mend.
type permanent struct{ error }

func (p permanent) Unwrap() error { return p.error }

// Permanent marks an error that no other try would mend, for [Retry].
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return permanent{err}
}

// Retry tries until it works, the context ends, or an error is Permanent. It
// says after how many tries it worked or gave up. An error tells the last try
// and, where it failed otherwise, the first.
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

// gaveUp tells what was tried.
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
