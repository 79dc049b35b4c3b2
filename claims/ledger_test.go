package claims

import (
	"fmt"
	"testing"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// TestLedger looks for the writers of values that name them, and of such as do
// not, some of them written more than once.
func TestLedger(t *testing.T) {
	h := specimen("write", 1000, time.Second).Requests
	h[7].Fate, h[8].Fate = results.Unanswered, results.Refused
	find := func(value string) int32 { return newIndex(story(h...)).ledger("write").writer(value) }
	wanted := map[string]int32{
		"specimen-0": 0, "specimen-7": 7, "specimen-8": nobody, "specimen-999": 999, "specimen-1000": nobody, "specimen-": nobody,
		"other-7": nobody, "specimen-007": nobody, "7": nobody, "": nobody, seed: before, "99999999999999999999": nobody,
	}
	for _, named := range []bool{true, false} {
		if l := newIndex(story(h...)).ledger("write"); (l.named != nil) != named {
			t.Fatalf("values name their writers: %v, want %v", l.named != nil, named)
		}
		for value, want := range wanted {
			if got := find(value); got != want {
				t.Errorf("%q was written by %d, want %d (named: %v)", value, got, want, named)
			}
		}
		h[500].Value = "elsewhere"
	}
	h[600].Value, h[601].Value, h[601].Key = "specimen-3", "specimen-3", "2"
	l := newIndex(story(h...)).ledger("write")
	got := fmt.Sprint(l.writer("specimen-3"), l.last("specimen-3", "1"), l.last("specimen-3", "2"), l.last("specimen-3", "3"), l.same(601), l.same(3), l.last(seed, "1"))
	if want := fmt.Sprint(3, 600, 601, nobody, 3, 3, before); got != want {
		t.Errorf("written by %s, want %s", got, want)
	}
}
