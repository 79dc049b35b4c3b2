package topologies

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// TestPasses shows that what a create made after the first passes is found.
func TestPasses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		finds := []string{"a", "", "", "late", "", "", "", "never looked for"}
		seen := 0
		look := func(context.Context) (s Swept, err error) {
			if name := finds[seen]; name != "" {
				s.Volumes = []string{name}
			}
			seen++
			return s, nil
		}
		if all, err := passes(t.Context(), look); err != nil || !slices.Equal(all.Volumes, []string{"a", "late"}) || seen != 7 {
			t.Errorf("%+v, %v after %d passes", all, err, seen)
		}
		fails := func(context.Context) (Swept, error) { return Swept{Networks: []string{"n"}}, errors.New("is left") }
		if all, err := passes(t.Context(), fails); err == nil || len(all.Networks) != 1 {
			t.Errorf("a pass that failed: %+v, %v", all, err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		forever := func(context.Context) (Swept, error) { return Swept{Containers: []string{"c"}}, nil }
		if _, err := passes(ctx, forever); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("passes without an end: %v", err)
		}
	})
}

// TestWatchdogOutwaitsASweep holds the lock of a dead run as a sweep does that
// removes much, or meets a daemon that hangs.
func TestWatchdogOutwaitsASweep(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	synctest.Test(t, func(t *testing.T) {
		sweeping, err := holdLock("dead")
		if err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(time.Minute, func() { sweeping.release(false) })
		began := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), cleanLimit)
		defer cancel()
		lock, err := awaitLock(ctx, "dead")
		if took := time.Since(began); err != nil || took < time.Minute || took > time.Minute+passEvery {
			t.Fatalf("after %v: %v", took, err)
		}
		if _, err := awaitLock(ctx, "dead"); !errors.Is(err, errAlive) {
			t.Errorf("a lock that nobody lets go: %v", err)
		}
		lock.release(true)
	})
}
