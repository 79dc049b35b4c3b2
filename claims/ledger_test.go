package claims

import (
	"fmt"
	"testing"

	"github.com/holdfast-lab/holdfast/results"
)

func TestEnding(t *testing.T) {
	for value, want := range map[string]int{
		"": -1, "a": -1, "7a": -1, "7:": -1, "7/": -1, "7": 7, "a7": 7, "run-12": 12, "007": 7, "a0": 0, ":90": 90, "/90": 90,
		"x123456789": 123456789, "x9123456789": 123456789,
	} {
		if got := ending(value); got != want {
			t.Errorf("%q ends in %d, want %d", value, got, want)
		}
	}
}

// TestLedger asks both kinds of ledger who wrote a value.
func TestLedger(t *testing.T) {
	write := func(key, value string) results.Request { return session("write", 0, 1, key, value, 1) }
	named := results.History{write("7", "r-0"), write("7", "r-1"), session("read", 0, 1, "7", "r-1", 1), lost(write("8", "r-3"))}
	hashed := results.History{write("7", "a"), write("8", "a"), write("7", "a"), write("9", "b"), write("7", "")}
	var many results.History
	for n := range 1000 {
		many = append(many, write("7", fmt.Sprintf("v%dx", n)))
	}
	for _, c := range []struct {
		h            results.History
		value, key   string
		writer, last int32
	}{
		{named, "r-0", "7", 0, 0}, {named, "r-1", "7", 1, 1}, {named, "r-3", "8", 3, 3},
		{named, "r-1", "8", 1, nobody}, {named, "q-1", "7", nobody, nobody}, {named, "r-2", "7", nobody, nobody}, {named, "r-4", "7", nobody, nobody},
		{named, "x", "7", nobody, nobody}, {named, seed, "7", before, before},
		{hashed, "a", "7", 0, 2}, {hashed, "a", "8", 0, 1}, {hashed, "a", "9", 0, nobody}, {hashed, "b", "9", 3, 3}, {hashed, "b", "7", 3, nobody},
		{hashed, "", "7", 4, 4}, {hashed, "c", "7", nobody, nobody}, {hashed, seed, "7", before, before},
		{many, "v0x", "7", 0, 0}, {many, "v999x", "7", 999, 999}, {many, "v1000x", "7", nobody, nobody},
		{nil, "a", "7", nobody, nobody}, {results.History{write("7", seed)}, seed, "7", 0, before},
	} {
		l := newIndex(story(c.h...)).ledger("write")
		if w, last := l.writer(c.value), l.last(c.value, c.key); w != c.writer || last != c.last {
			t.Errorf("%q of key %s: written by %d, last by %d, want %d and %d", c.value, c.key, w, last, c.writer, c.last)
		}
	}
	l := newIndex(story(hashed...)).ledger("write")
	for i, want := range []int32{0, 0, 0, 3, 4} {
		if got := l.same(int32(i)); got != want {
			t.Errorf("the same as %d is %d, want %d", i, got, want)
		}
	}
}
