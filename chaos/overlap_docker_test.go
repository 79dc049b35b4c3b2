//go:build docker

package chaos

import (
	"context"
	"os/exec"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-lab/holdfast/topologies"
)

// inspect returns what the docker command reports about a node.
func inspect(t *testing.T, run, node, format string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "docker", "inspect", "--format", format, "holdfast-"+run+"-"+node).CombinedOutput()
	if err != nil {
		t.Fatalf("docker inspect: %v: %s", err, out)
	}
	return strings.TrimSpace(string(out))
}

// TestOverlapsInTheWorld injects two faults into one real container and undoes
// them in either order. The docker command reports what is in effect in between
// and at the end.
func TestOverlapsInTheWorld(t *testing.T) {
	run := "overlap-" + time.Now().Format("150405.000")
	c, err := topologies.Start(t.Context(), talkers(), topologies.StartOptions{RunID: run})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := c.Stop(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	}()
	by := map[string]topologies.Instance{}
	for _, i := range c.Instances() {
		by[i.Name()] = i
	}
	const cpu, paused = "{{.HostConfig.CpuQuota}}/{{.HostConfig.CpuPeriod}}", "{{.State.Status}}"
	for _, o := range []struct {
		name             string
		node, far        string
		first, second    Fault
		format           string
		whole, one, both string // what docker reports without a fault, with the first, with both
		other            string // with only the second
	}{
		{"two CPU limits", "busy", "", Throttle{CPU: 0.2}, Throttle{CPU: 0.1}, cpu, "30000/100000", "20000/100000", "10000/100000", "10000/100000"},
		{"a pause within a pause", "a", "", Pause{}, Pause{}, paused, "running", "paused", "paused", "paused"},
		{"a pause within a cut", "a", "b", Cut{}, Pause{}, paused, "running", "running", "paused", "paused"},
		{"a loss within a delay", "a", "b", Delay{By: 50 * time.Millisecond}, Lose{Share: 0.5}, paused, "running", "running", "running", "running"},
		{"a kill within a CPU limit", "busy", "", Throttle{CPU: 0.1}, Kill{}, cpu + " " + paused, "30000/100000 running", "10000/100000 running", "10000/100000 exited", "30000/100000 exited"},
	} {
		for _, firstFirst := range []bool{true, false} {
			t.Run(o.name, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				on := []topologies.Instance{by[o.node]}
				says := func(when, want string) {
					t.Helper()
					if got := inspect(t, run, o.node, o.format); got != want {
						t.Errorf("%s: %s, want %s", when, got, want)
					}
				}
				before, err := on[0].Snapshot(ctx)
				if err != nil || len(before.Networks) == 0 || before.MemoryMiB != 64 {
					t.Fatalf("%+v, %v", before, err)
				}
				says("before", o.whole)
				inject := func(f Fault) Injection {
					var peers []topologies.Instance
					if _, wire := f.(Wire); wire && o.far != "" {
						peers = []topologies.Instance{by[o.far]}
					}
					inj, err := f.Inject(ctx, on, peers)
					if err != nil {
						t.Fatal(err)
					}
					return inj
				}
				first := inject(o.first)
				says("the first", o.one)
				second := inject(o.second)
				says("both", o.both)
				if during, err := on[0].Snapshot(ctx); err != nil || reflect.DeepEqual(before, during) {
					t.Errorf("two faults change nothing of %+v, %v", during, err)
				}
				undo, left := []Heal{second.Heal, first.Heal}, o.one
				if firstFirst {
					undo, left = []Heal{first.Heal, second.Heal}, o.other
				}
				for n, heal := range undo {
					seen, err := heal(ctx)
					if err != nil {
						t.Error(err)
					}
					t.Log(seen)
					if n == 0 {
						says("one of them undone", left)
					}
				}
				says("both undone", o.whole)
				if after, err := on[0].Snapshot(ctx); err != nil || !reflect.DeepEqual(before, after) {
					t.Errorf("after:  %+v, %v\nbefore: %+v", after, err, before)
				}
			})
		}
	}
}
