//go:build docker

package topologies

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// started makes a system run for one test and tells how long the parts took,
// the building of images left out.
func started(t *testing.T, top Topology) Cluster {
	t.Helper()
	images, err := Build(t.Context(), ImagesOf(top), func(p Progress) {
		if p.State == "ready" {
			t.Logf("%s %s: %v", p.Stage, p.Name, p.Took.Round(time.Millisecond))
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	c, err := Start(t.Context(), top, StartOptions{Images: images, Logs: t.TempDir(), Report: func(p Progress) {
		if p.Stage == StageNode && p.State == "ready" {
			t.Logf("%-8s %5.1f s  %s", p.Name, p.Took.Seconds(), p.Text)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	t.Logf("%s runs after %.1f s", top.Name, time.Since(began).Seconds())
	return c
}

func named(t *testing.T, c Cluster, name string) Instance {
	t.Helper()
	for _, i := range c.Instances() {
		if i.Name() == name {
			return i
		}
	}
	t.Fatalf("no node %s", name)
	return nil
}

// within asks until it is so, and fails when it is not after the limit.
func within(t *testing.T, limit time.Duration, what string, so func() error) {
	t.Helper()
	began := time.Now()
	for {
		err := so()
		if err == nil {
			t.Logf("%s after %.1f s", what, time.Since(began).Seconds())
			return
		}
		if time.Since(began) > limit {
			t.Fatalf("%s: not within %v: %v", what, limit, err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// visit asks for a user through the entry.
func visit(t *testing.T, c Cluster, top Topology) error {
	node, _, _ := strings.Cut(top.Entry, ":")
	i := named(t, c, node)
	addr, err := i.Addr(t.Context(), i.Node().Ports[0])
	if err != nil {
		return err
	}
	res, err := http.Get("http://" + addr + "/users/17")
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("GET /users/17: %s", res.Status)
	}
	return nil
}

func TestSystemsAnswerThroughTheirEntry(t *testing.T) {
	for _, name := range []string{"single-server", "load-balancer"} {
		t.Run(name, func(t *testing.T) {
			top := design(t, name, nil)
			c := started(t, top)
			if err := visit(t, c, top); err != nil {
				t.Error(err)
			}
			for _, i := range c.Instances() {
				if i.Node().Keeps == nil {
					continue
				}
				if _, err := i.Node().Keeps(t.Context(), i); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

func TestSingleServerStopsWithBothProcesses(t *testing.T) {
	c := started(t, design(t, "single-server", nil))
	server := named(t, c, "server")
	within(t, 5*time.Second, "its database runs", func() error {
		_, err := server.Exec(t.Context(), "test", "-s", "/pgdata/d/postmaster.pid")
		return err
	})
	// The exec may die with its container, so its own end says nothing.
	_, _ = server.Exec(t.Context(), "sh", "-c", "kill -9 $(head -n 1 /pgdata/d/postmaster.pid)")
	within(t, 5*time.Second, "dead", func() error {
		if s, err := server.State(t.Context()); err != nil || s.Running {
			return fmt.Errorf("%+v, %v", s, err)
		}
		return nil
	})
}

// roleOf asks one node who it is.
func roleOf(ctx context.Context, i Instance) (Answer, error) { return i.Node().Ask(ctx, i) }

// TestPrimaryKilled is the reason for the whole topology: another takes over,
// and the killed one comes back as a replica.
func TestPrimaryKilled(t *testing.T) {
	top := design(t, "replication", nil)
	c := started(t, top)
	first, err := c.Select(t.Context(), Selector{Role: "primary"})
	if err != nil || len(first) != 1 || first[0].Name() != "pg-1" {
		t.Fatalf("primary: %v, %v; want pg-1, as on paper", first, err)
	}
	replicas, err := c.Select(t.Context(), Selector{Role: "replica", All: true})
	if err != nil || len(replicas) != 2 {
		t.Fatalf("replicas: %v, %v; want two", replicas, err)
	}
	if err := visit(t, c, top); err != nil {
		t.Error(err)
	}
	if err := first[0].Kill(t.Context()); err != nil {
		t.Fatal(err)
	}
	within(t, 12*time.Second, "a new primary", func() error {
		for _, i := range replicas {
			if a, err := roleOf(t.Context(), i); err == nil && a.Role == "primary" {
				if a.Term < 2 {
					return fmt.Errorf("%s is primary on timeline %d", i.Name(), a.Term)
				}
				return nil
			}
		}
		return fmt.Errorf("both are replicas")
	})
	within(t, 5*time.Second, "requests are answered", func() error { return visit(t, c, top) })
	if err := first[0].Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	within(t, 20*time.Second, "the killed one streams", func() error {
		a, err := roleOf(t.Context(), first[0])
		if err != nil {
			return err
		}
		if a.Role != "replica" {
			return fmt.Errorf("it is %+v", a)
		}
		_, err = first[0].Node().Ready(t.Context(), first[0])
		return err
	})
}

// TestWithoutFailover shows the two controls: nobody takes over, or a script
// does, and the old primary comes back as a second one.
func TestWithoutFailover(t *testing.T) {
	c := started(t, design(t, "replication", map[string]any{"failover": "none"}))
	old := named(t, c, "pg-1")
	if err := old.Kill(t.Context()); err != nil {
		t.Fatal(err)
	}
	if a, err := roleOf(t.Context(), named(t, c, "pg-2")); err != nil || a.Role != "replica" {
		t.Errorf("pg-2 is %+v, %v", a, err)
	}
	if err := old.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	within(t, 10*time.Second, "back as it was", func() error { _, err := old.Node().Ready(t.Context(), old); return err })
}

func TestScriptWithoutFencing(t *testing.T) {
	c := started(t, design(t, "replication", map[string]any{"failover": "script"}))
	old, candidate, other := named(t, c, "pg-1"), named(t, c, "pg-2"), named(t, c, "pg-3")
	if err := old.Kill(t.Context()); err != nil {
		t.Fatal(err)
	}
	within(t, 12*time.Second, "the candidate is primary", func() error {
		a, err := roleOf(t.Context(), candidate)
		if err == nil && a.Role != "primary" {
			err = fmt.Errorf("it is %+v", a)
		}
		return err
	})
	within(t, 10*time.Second, "the other follows it", func() error {
		a, err := roleOf(t.Context(), other)
		if err == nil && a != (Answer{Role: "replica", Term: 2}) {
			err = fmt.Errorf("it is %+v", a)
		}
		return err
	})
	if err := old.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	within(t, 10*time.Second, "two primaries", func() error {
		a, err := roleOf(t.Context(), old)
		if err == nil && a.Role != "primary" {
			err = fmt.Errorf("it is %+v", a)
		}
		return err
	})
}
