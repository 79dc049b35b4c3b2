package scenarios

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/holdfast-lab/holdfast/results"
	"github.com/holdfast-lab/holdfast/topologies"
)

// TestWith: a setting given on the command line counts in every arm as if the
// file had it, is part of the plan, and does not change the rest of the file.
func TestWith(t *testing.T) {
	s, err := Load("replication/primary-kill")
	if err != nil {
		t.Fatal(err)
	}
	with, err := s.With(map[string]any{"replicas": 3, "reads": "replicas"})
	if err != nil {
		t.Fatal(err)
	}
	for _, arm := range with.Arms() {
		armed, err := with.Arm(arm)
		if err != nil {
			t.Fatal(err)
		}
		if armed.Topology.Set["replicas"] != 3 || armed.Topology.Set["reads"] != "replicas" || armed.given["replicas"] != "3" {
			t.Errorf("%s: %v, %v", arm, armed.Topology, armed.given)
		}
		plan, err := armed.plan()
		var tree struct{ Topology map[string]any }
		if err != nil || json.Unmarshal(plan, &tree) != nil || tree.Topology["replicas"] != 3. || tree.Topology["name"] != "replication" {
			t.Errorf("%s: %v: %s", arm, err, plan)
		}
	}
	if s.Topology.Set["reads"] == "replicas" || len(s.given) > 0 {
		t.Errorf("the scenario itself was changed: %v", s.Topology)
	}
	if same, err := s.With(nil); err != nil || same != s {
		t.Errorf("nothing set: %v, %v", same, err)
	}
}

// TestWithTellsAllMistakes: all mistakes in the settings are one error, and
// mistakes that they cause in the file are reported at their places.
func TestWithTellsAllMistakes(t *testing.T) {
	s, err := Load("replication/primary-kill")
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.With(map[string]any{"replicas": 99, "comit": "x", "reads": "sideways"})
	for _, want := range []string{"replicas: 99 is not a whole number", `no setting "comit"`, `reads: "sideways" is not allowed`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: want %q", err, want)
		}
	}
	named := strings.Replace(sound, "{role: primary}", "{name: pg-3}", 1)
	s, err = parse("s", "s.yaml", []byte(named))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.With(map[string]any{"replicas": 1}); err == nil || !strings.Contains(err.Error(), "s.yaml:5:") || !strings.Contains(err.Error(), "pg-3") {
		t.Errorf("a step about a node that is no longer there: %v", err)
	}
}

// TestSettingsAreKept: a setting is part of the run, so that it can be judged
// and repeated, and an interrupted run does not become the latest.
func TestSettingsAreKept(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	s, err := scenario(t, quickScenario).With(map[string]any{"replicas": 1})
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		w := memoryWorld(t, func(topologies.Topology) *memory { return &memory{} })
		if _, _, err := play(t.Context(), w, s, Treatment, Options{Results: folder, Seed: 7}); err != nil {
			t.Fatal(err)
		}
	})
	latest := filepath.Join(folder, "latest")
	r, err := Rejudge(latest)
	var plan struct{ Topology map[string]any }
	if err != nil || r.Set["replicas"] != "1" || json.Unmarshal(r.Plan, &plan) != nil || plan.Topology["replicas"] != 1. {
		t.Fatalf("%v, plan %v", err, plan)
	}
	before, err := os.Readlink(latest)
	if err != nil {
		t.Fatal(err)
	}
	var cut *results.Run
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		w := memoryWorld(t, func(topologies.Topology) *memory { return &memory{} })
		cut, _, _ = play(ctx, w, s, Treatment, Options{Results: folder, Watch: func(n Notice) {
			if n.Event != nil && n.Event.Kind == results.AttackBegan {
				cancel()
			}
		}})
	})
	if after, err := os.Readlink(latest); cut == nil || cut.Finished || after != before || err != nil {
		t.Errorf("latest was %s and is %s, %v", before, after, err)
	}
}
