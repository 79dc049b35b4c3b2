//go:build docker

package topologies

import (
	"context"
	"fmt"
	"os/exec"
	"slices"
	"testing"
	"time"
)

// commandLine runs the daemon's own command line, as somebody else would.
func commandLine(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), "docker", args...).CombinedOutput(); err != nil {
		t.Fatalf("docker %v: %v: %s", args, err, out)
	}
}

// TestWatchSeparatesPlannedChangesFromOthers does to a node what a step does, and then the
// same by the daemon's command line: all is told, and who asked for it.
func TestWatchSeparatesPlannedChangesFromOthers(t *testing.T) {
	c := start(t, three(), StartOptions{})
	changes := make(chan Change, 100)
	stop, err := c.Watch(t.Context(), func(c Change) { changes <- c })
	if err != nil {
		t.Fatal(err)
	}
	b := c.find("b")
	name, network := objectName(c.options.RunID, "b"), c.wires["inside"].name
	ctx := Asking(t.Context(), 4)
	for _, verb := range []func(context.Context) error{b.Kill, b.Start, b.Pause, b.Unpause, b.Stop, b.Start, b.Disconnect, b.Connect} {
		if err := verb(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := b.SetCPU(ctx, 0.2); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"kill", name}, {"start", name}, {"pause", name}, {"unpause", name}, {"restart", "-t", "1", name},
		{"network", "disconnect", network, name}, {"network", "connect", network, name}, {"update", "--cpu-quota", "30000", name},
	} {
		commandLine(t, args...)
	}
	began := time.Now()
	if err := stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Logf("stopped in %v", time.Since(began).Round(time.Millisecond))
	close(changes)
	var ours, others []string
	for c := range changes {
		if c.Node != "b" || c.Sidecar || time.Since(c.At).Abs() > time.Minute {
			t.Errorf("told %+v", c)
		}
		if c.Asked && c.Step == 4 {
			ours = append(ours, string(c.What))
		} else {
			others = append(others, string(c.What))
		}
	}
	wantOurs := []string{"kill", "die", "start", "pause", "unpause", "kill", "die", "start", "disconnect", "connect", "update"}
	wantOthers := []string{"kill", "die", "start", "pause", "unpause", "kill", "die", "start", "disconnect", "connect", "update"}
	if got := slices.Compact(ours); !slices.Equal(got, wantOurs) {
		t.Errorf("ours: %v, want %v", got, wantOurs)
	}
	if got := slices.Compact(others); !slices.Equal(got, wantOthers) {
		t.Errorf("others': %v, want %v", got, wantOthers)
	}
}

// TestWatchOfAProcessThatEnds: nobody asked for it, and nobody did it.
func TestWatchOfAProcessThatEnds(t *testing.T) {
	c := start(t, three(), StartOptions{})
	changes := make(chan Change, 10)
	stop, err := c.Watch(t.Context(), func(c Change) { changes <- c })
	if err != nil {
		t.Fatal(err)
	}
	defer stop(t.Context())
	_, _ = c.find("c").Exec(t.Context(), "bash", "-c", `for d in /proc/[0-9]*; do if [ "$(cat $d/comm)" = perl ]; then kill -9 ${d#/proc/}; fi; done`)
	if got := <-changes; got.What != Died || got.Node != "c" || got.Asked || got.Text != "exit code 137" {
		t.Errorf("told %+v", got)
	}
	if text := fmt.Sprint(Change{Node: "c", What: Died, Text: "exit code 137"}); text != "c: die, exit code 137" {
		t.Errorf("reads %q", text)
	}
}
