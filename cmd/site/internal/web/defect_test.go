package web

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// ledger is a store that keeps what was written, in order.
type ledger struct {
	fakeStore
	mu   sync.Mutex
	held []string
	down error
}

func (l *ledger) Put(_ context.Context, _, value string) (string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.down != nil {
		return "", l.down
	}
	l.held = append(l.held, value)
	return "pg-1", nil
}

func (l *ledger) Post(ctx context.Context, id, value string) (string, error) {
	return l.Put(ctx, id, value)
}

func (l *ledger) Ready() (string, error) { return "pg-1", nil }

func (l *ledger) all() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.held)
}

func planted(t *testing.T, word string, s Store) Store {
	t.Helper()
	d, err := ParseDefect(word)
	if err != nil {
		t.Fatal(err)
	}
	return d.Plant(s)
}

// TestDefectsAreExact writes concurrently and counts what was kept.
func TestDefectsAreExact(t *testing.T) {
	const writes = 1200
	for word, kept := range map[string]int{
		"": writes, "drop:0": writes, "drop:1": writes - 1, "drop:10": writes - 10, "drop:1000": writes - 1000,
		"duplicate:0": writes, "duplicate:2": writes + 2, "duplicate:1000": writes + 1000, "commit-local": writes, "no-drain": writes,
	} {
		l := &ledger{}
		s := planted(t, word, l)
		var all sync.WaitGroup
		for n := range writes {
			all.Go(func() {
				if node, err := s.Put(t.Context(), strconv.Itoa(n%7), strconv.Itoa(n)); err != nil || node != "pg-1" {
					t.Errorf("%s: write %d by %q: %v", word, n, node, err)
				}
			})
		}
		all.Wait()
		if len(l.held) != kept {
			t.Errorf("%s: %d kept, want %d", word, len(l.held), kept)
		}
	}
}

// TestRefusedWritesAreExact: so many fail, and are not kept.
func TestRefusedWritesAreExact(t *testing.T) {
	l := &ledger{}
	s := planted(t, "refuse:10", l)
	failed := 0
	for n := range 1200 {
		if _, err := s.Post(t.Context(), "7", strconv.Itoa(n)); errors.Is(err, errRefused) {
			failed++
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if failed != 10 || len(l.held) != 1190 {
		t.Errorf("%d failed and %d are kept, want 10 and 1190", failed, len(l.held))
	}
}

// TestSlowWritesAreExact: so many take longer, and all are kept.
func TestSlowWritesAreExact(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &ledger{}
		s := planted(t, "slow:2", l)
		for n := range 5 {
			began := time.Now()
			if _, err := s.Put(t.Context(), "7", strconv.Itoa(n)); err != nil {
				t.Fatal(err)
			}
			if took, want := time.Since(began), slowBy; n < 2 && took != want || n >= 2 && took != 0 {
				t.Errorf("write %d took %v", n, took)
			}
		}
		if len(l.held) != 5 {
			t.Errorf("%d are kept, want 5", len(l.held))
		}
	})
}

func TestDelayedWritesAreLateAndInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &ledger{}
		s := planted(t, "delay:2", l)
		s.Put(t.Context(), "1", "a")
		s.Put(t.Context(), "1", "b")
		s.Put(t.Context(), "2", "other")
		if got := l.all(); !slices.Equal(got, []string{"other"}) {
			t.Errorf("at once: %v", got)
		}
		began := time.Now()
		s.Put(t.Context(), "1", "c") // waits, for it may not overtake
		if got := l.all(); !slices.Equal(got, []string{"other", "a", "b", "c"}) || time.Since(began) != lateBy {
			t.Errorf("after %v: %v", time.Since(began), got)
		}
	})
}

func TestAcknowledgedBeforeTheCommit(t *testing.T) {
	l := &ledger{down: errors.New("nobody is there")}
	if node, err := planted(t, "ack-before-commit", l).Post(t.Context(), "1", "a"); err != nil || node != "pg-1" {
		t.Errorf("got %q, %v", node, err)
	}
	if got := l.all(); len(got) != 0 {
		t.Errorf("kept %v", got)
	}
}

func TestNoDefectIsTheStoreItself(t *testing.T) {
	l := &ledger{}
	for _, word := range []string{"", "commit-local", "no-drain"} {
		if planted(t, word, l) != Store(l) {
			t.Errorf("%q wraps the store", word)
		}
	}
}

func TestParseDefect(t *testing.T) {
	for _, word := range []string{"drop", "drop:", "drop:-1", "drop:x", "lose:1", "no-drain:1", "none"} {
		if d, err := ParseDefect(word); err == nil {
			t.Errorf("%q was read as %+v", word, d)
		}
	}
	d, err := ParseDefect("delay:1000")
	if err != nil || d != (Defect{"delay", 1000}) {
		t.Errorf("got %+v, %v", d, err)
	}
	local, _ := ParseDefect("commit-local")
	abrupt, _ := ParseDefect("no-drain")
	if local.Session()["synchronous_commit"] != "local" || d.Session() != nil || abrupt.Drains() || !d.Drains() {
		t.Error("a defect of the session or of the end is not where it belongs")
	}
}
