package topologies

import (
	"context"
	"errors"
	"strings"
	"testing"
)

// held is a node in memory on which faults overlap.
type held struct {
	Instance
	state  State
	cores  float64
	broken bool // every verb fails
}

func (h *held) State(context.Context) (State, error) { return h.state, nil }

func (h *held) Pause(context.Context) error { h.state.Paused = true; return h.err() }

func (h *held) Unpause(context.Context) error {
	if h.broken {
		return h.err()
	}
	h.state.Paused = false
	return nil
}

func (h *held) SetCPU(_ context.Context, cores float64) (float64, error) {
	if h.broken {
		return 0, h.err()
	}
	former := h.cores
	h.cores = cores
	return former, nil
}

func (h *held) err() error {
	if h.broken {
		return errors.New("no daemon")
	}
	return nil
}

// TestHeldFrozen: a node that is frozen twice goes on after the second undo,
// whichever that is, and an undo that failed may be tried again.
func TestHeldFrozen(t *testing.T) {
	for _, order := range []string{"a b", "b a"} {
		n, h := &held{state: State{Running: true}}, &Holds{}
		for _, who := range []string{"a", "b"} {
			if err := h.Freeze(t.Context(), n, who); err != nil {
				t.Fatal(err)
			}
		}
		first, second, _ := strings.Cut(order, " ")
		for range 2 {
			if err := h.Thaw(t.Context(), n, first); err != nil || !n.state.Paused || !h.Frozen() {
				t.Errorf("%s: the undo of %s alone: %v, %+v", order, first, err, n.state)
			}
		}
		n.broken = true
		if err := h.Thaw(t.Context(), n, second); err == nil || !h.Frozen() {
			t.Errorf("%s: a daemon that is away let it go on", order)
		}
		n.broken = false
		if err := h.Thaw(t.Context(), n, second); err != nil || n.state.Paused || h.Frozen() {
			t.Errorf("%s: after both: %v, %+v", order, err, n.state)
		}
	}
}

// TestHeldCPU: of several limits the tightest is in force, each gives back only
// its own, and after the last the node has what it had.
func TestHeldCPU(t *testing.T) {
	for _, order := range []string{"abc", "acb", "bac", "bca", "cab", "cba"} {
		n, h := &held{cores: 1}, &Holds{}
		limits := map[rune]float64{'a': 0.5, 'b': 0.25, 'c': 0.1}
		for _, who := range "abc" {
			if err := h.Limit(t.Context(), n, who, limits[who]); err != nil || n.cores != limits[who] {
				t.Fatalf("%c: %v, %v cores", who, err, n.cores)
			}
		}
		for _, who := range order {
			n.broken = true
			if _, err := h.Unlimit(t.Context(), n, who); err == nil {
				t.Errorf("%s: a daemon that is away gave %c back", order, who)
			}
			n.broken = false
			delete(limits, who)
			want := 1.0
			for _, l := range limits {
				want = min(want, l)
			}
			for range 2 {
				if now, err := h.Unlimit(t.Context(), n, who); err != nil || now != want || n.cores != want {
					t.Errorf("%s: after %c: %v, %v cores, want %v", order, who, err, n.cores, want)
				}
			}
		}
	}
}

// TestHeldCPUThatChangesNothing: a limit that is no tighter than what is in
// force is an error, and leaves all as it was.
func TestHeldCPUThatChangesNothing(t *testing.T) {
	for _, c := range []struct {
		first, second float64
		says          string
	}{
		{2, 0, "2 cores is not less than the 1 it had"},
		{0.1, 0.5, "0.5 cores is not less than the 0.1 that another fault leaves it"},
		{0.1, 0.1, "0.1 cores is not less than the 0.1 that another fault leaves it"},
	} {
		n, h := &held{cores: 1}, &Holds{}
		err := h.Limit(t.Context(), n, "first", c.first)
		if c.second > 0 {
			if err != nil {
				t.Fatal(err)
			}
			if err = h.Limit(t.Context(), n, "second", c.second); n.cores != c.first {
				t.Errorf("%+v: %v cores", c, n.cores)
			}
		}
		if err == nil || err.Error() != c.says {
			t.Errorf("%+v: %v", c, err)
		}
		for _, who := range []string{"second", "first"} {
			if _, err := h.Unlimit(t.Context(), n, who); err != nil {
				t.Error(err)
			}
		}
		if n.cores != 1 {
			t.Errorf("%+v: %v cores in the end", c, n.cores)
		}
	}
}
