package main

import (
	"io"
	"slices"
	"strings"
	"testing"
)

func TestFlagsMayStandAfterTheArgument(t *testing.T) {
	app := newApp(io.Discard, io.Discard)
	for _, c := range []struct{ typed, want string }{
		{"run a --seed 9", "run --seed 9 a"},
		{"run --seed 9 a -o json", "run --seed 9 -o json a"},
		{"run a --seed=9 --results x", "run --seed=9 --results x a"},
		{"show a --mermaid b", "show --mermaid a b"},
		{"run a -- --seed 9", "run a -- --seed 9"},
		{"run a --seed", "run --seed a"},
		{"nonsense a --x", "nonsense a --x"},
		{"", ""},
	} {
		if got := flagsFirst(app, strings.Fields(c.typed)); !slices.Equal(got, strings.Fields(c.want)) {
			t.Errorf("%q became %q, want %q", c.typed, got, c.want)
		}
	}
}
