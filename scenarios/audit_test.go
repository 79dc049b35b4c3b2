package scenarios

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/holdfast-lab/holdfast/results"
	"github.com/holdfast-lab/holdfast/topologies"
)

// fakeNode is a node whose answers come from its functions.
type fakeNode struct {
	topologies.Instance // nil: every other method panics
	node                topologies.Node
	state               func() topologies.State
}

func (f fakeNode) Name() string          { return f.node.Name }
func (f fakeNode) Node() topologies.Node { return f.node }
func (f fakeNode) State(context.Context) (topologies.State, error) {
	if f.state == nil {
		return topologies.State{Running: true}, nil
	}
	return f.state(), nil
}

// store is a node whose n-th read, from 0, returns read(n).
func store(name string, read func(n int) (string, error)) topologies.Instance {
	n := 0
	return fakeNode{node: topologies.Node{Name: name, Keeps: func(context.Context, topologies.Instance) (topologies.Kept, error) {
		value, err := read(n)
		n++
		if err != nil {
			return topologies.Kept{}, err
		}
		return topologies.Kept{Values: map[string][]string{"write": {value}}}, nil
	}}}
}

func TestAudit(t *testing.T) {
	gone := errors.New("connection refused")
	good := func(int) (string, error) { return "a", nil }
	never := func(int) (string, error) { return "", gone }
	for _, c := range []struct {
		name   string
		all    []topologies.Instance
		stable bool
		whole  bool
		says   string
	}{
		{"both readings fail alike", []topologies.Instance{store("pg-1", never)}, false, false, "none of 1 stores could be read; could not be read: pg-1: connection refused"},
		{"both readings fail, each in its own words", []topologies.Instance{store("pg-1", func(n int) (string, error) { return "", fmt.Errorf("refused %d", n) })}, false, false, "none of 1 stores could be read"},
		{"one of two stores cannot be read", []topologies.Instance{store("pg-1", good), store("pg-2", never)}, true, false, "1 of 2 stores, two identical final reads, hold 1 values; could not be read: pg-2: connection refused"},
		{"a store that comes back", []topologies.Instance{store("pg-1", good), store("pg-2", func(n int) (string, error) {
			if n < 3 {
				return "", gone
			}
			return "a", nil
		})}, true, true, "2 of 2 stores, two identical final reads, hold 2 values"},
		{"a store that fails every other time", []topologies.Instance{store("pg-1", func(n int) (string, error) {
			if n%2 == 0 {
				return "a", nil
			}
			return "", gone
		})}, false, false, ""},
		{"a store that never reads the same", []topologies.Instance{store("pg-1", func(n int) (string, error) { return fmt.Sprint(n), nil })}, false, false, "1 of 1 stores were read, no two final reads were identical"},
		{"all is well", []topologies.Instance{store("pg-1", good), store("pg-2", good)}, true, true, "2 of 2 stores, two identical final reads, hold 2 values"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := audit(t.Context(), c.all, func() time.Duration { return 1 }, 5*time.Second)
				if a.Stable != c.stable || a.Whole() != c.whole || !strings.HasPrefix(a.String(), c.says) {
					t.Errorf("stable %v, whole %v, %q; want %v, %v, %q", a.Stable, a.Whole(), a, c.stable, c.whole, c.says)
				}
			})
		})
	}
	if a := audit(t.Context(), []topologies.Instance{fakeNode{}}, nil, time.Second); a != nil {
		t.Errorf("no store is %+v", a)
	}
}

// TestAuditOfNothing: an audit without stores is no evidence.
func TestAuditOfNothing(t *testing.T) {
	if a := (results.Audit{Stable: true}); a.Whole() {
		t.Errorf("%v", a)
	}
}

func TestSettled(t *testing.T) {
	dead := func() topologies.State { return topologies.State{ExitCode: 137} }
	says := func(err error) topologies.Probe {
		return func(context.Context, topologies.Instance) (string, error) { return "", err }
	}
	who := func(role string) func(context.Context, topologies.Instance) (topologies.Answer, error) {
		return func(context.Context, topologies.Instance) (topologies.Answer, error) {
			return topologies.Answer{Role: role}, nil
		}
	}
	node := func(name string) topologies.Node { return topologies.Node{Name: name} }
	probed := func(name string, err error) topologies.Node {
		return topologies.Node{Name: name, Ready: says(err)}
	}
	for _, c := range []struct {
		name string
		all  []topologies.Instance
		how  string
		err  string // a part of the error; "": none
	}{
		{"the only server is dead", []topologies.Instance{fakeNode{node: probed("server", errors.New("connection refused")), state: dead}}, "", "server does not answer: connection refused"},
		{"the only node is dead and cannot be asked", []topologies.Instance{fakeNode{node: node("server"), state: dead}}, "", "server does not answer: exited 137"},
		{"a node that cannot be asked is dead", []topologies.Instance{fakeNode{node: probed("web-1", nil)}, fakeNode{node: node("visitor"), state: dead}}, "", "visitor does not answer: exited 137"},
		{"a node is paused", []topologies.Instance{fakeNode{node: probed("web-1", nil)}, fakeNode{node: node("visitor"), state: func() topologies.State { return topologies.State{Running: true, Paused: true} }}}, "", "visitor does not answer: paused"},
		{"nobody can be asked", []topologies.Instance{fakeNode{node: node("a")}, fakeNode{node: node("b")}}, "", "none of the 2 nodes has a check that it answers"},
		{"there is nobody", nil, "", "none of the 0 nodes has a check"},
		{"no primary", []topologies.Instance{fakeNode{node: topologies.Node{Name: "pg-1", Role: "primary", Ask: who("replica")}}}, "", "0 primaries"},
		{"all is well", []topologies.Instance{
			fakeNode{node: topologies.Node{Name: "pg-1", Role: "primary", Ask: who("primary")}}, fakeNode{node: probed("web-1", nil)}, fakeNode{node: probed("web-2", nil)}, fakeNode{node: node("visitor")},
		}, "4 of 4 nodes: 1 reported their role, 2 passed their readiness probe, 1 are running and have no check", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				how, err := settled(t.Context(), c.all, time.Second)
				if how != c.how || (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
					t.Errorf("%q, %v; want %q, %q", how, err, c.how, c.err)
				}
			})
		})
	}
}

// TestReadingsThatShowUsersOtherValuesDiffer: a row that still changes is read
// until two reads are equal, whether or not writes still arrive.
func TestReadingsThatShowUsersOtherValuesDiffer(t *testing.T) {
	reading := func(shown string) []results.Store {
		return []results.Store{{
			Node: "db", Role: "primary", Values: map[string][]string{"write": {"a"}},
			Shown: map[string]map[string][]string{"read": {"1": {shown}}},
		}}
	}
	if !same(reading("a"), reading("a")) {
		t.Error("two equal readings are not the same")
	}
	if same(reading("seed"), reading("a")) {
		t.Error("two readings of which users are shown other values are the same")
	}
}
