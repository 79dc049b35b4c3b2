package topologies

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestMatch(t *testing.T) {
	answers := []said{
		{node: Node{Name: "pg-2", DC: "west"}, role: "primary"},
		{node: Node{Name: "pg-1", DC: "west"}, role: "replica"},
		{node: Node{Name: "pg-3", DC: "east"}, role: "replica"},
		{node: Node{Name: "pg-4", DC: "east"}, err: errors.New("no answer")},
	}
	for _, c := range []struct {
		s    Selector
		want string // names, or a part of the error
	}{
		{Selector{}, "empty"},
		{Selector{All: true}, "empty"},
		{Selector{Role: "primary"}, "pg-2"},
		{Selector{Role: "replica"}, "pg-1"},
		{Selector{Role: "replica", All: true}, "pg-1 pg-3"},
		{Selector{Role: "replica", DC: "east", All: true}, "pg-3"},
		{Selector{DC: "east", All: true}, "pg-3 pg-4"},
		{Selector{Name: "pg-4"}, "pg-4"},
		{Selector{Name: "pg-4", Role: "replica"}, "nothing matched"},
		{Selector{Role: "leader"}, "pg-2 is primary, pg-1 is replica, pg-3 is replica, pg-4 did not answer (no answer)"},
	} {
		names, err := match(c.s, answers)
		if err == nil && strings.Join(names, " ") != c.want || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v %v, want %q", c.s, names, err, c.want)
		}
	}
}

func TestSelectAsks(t *testing.T) {
	c := &cluster{}
	for _, n := range []Node{
		{Name: "a", Role: "paper"},
		{Name: "b", Role: "paper", Ask: func(context.Context, Instance) (Answer, error) { return Answer{Role: "moved"}, nil }},
		{Name: "c", Role: "paper", Ask: func(context.Context, Instance) (Answer, error) { panic("oh") }},
		{Name: "d", Role: "paper", Ask: func(ctx context.Context, _ Instance) (Answer, error) { select {} }},
	} {
		c.nodes = append(c.nodes, &instance{node: n, cluster: c})
	}
	found, err := c.Select(t.Context(), Selector{Role: "paper", All: true})
	if err != nil || len(found) != 1 || found[0].Name() != "a" {
		t.Errorf("paper: %v %v", found, err)
	}
	_, err = c.Select(t.Context(), Selector{Role: "gone"})
	for _, want := range []string{"b is moved", "panicked: oh", "d did not answer (no answer within 1s)"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error lacks %q: %v", want, err)
		}
	}
	if found, err := c.Select(t.Context(), Selector{Name: "d"}); err != nil || !slices.Contains(found, Instance(c.nodes[3])) {
		t.Errorf("by name: %v %v", found, err)
	}
}
