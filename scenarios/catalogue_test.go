package scenarios

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/holdfast-lab/holdfast/topologies"
)

func builtIns(t *testing.T) []string {
	t.Helper()
	all, err := names()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func listed(t *testing.T) []Scenario {
	t.Helper()
	all, err := List()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestCatalogue loads every built-in scenario, which checks all of its arms,
// and checks that each can prove its claims.
func TestCatalogue(t *testing.T) {
	all := listed(t)
	if len(all) < 13 {
		t.Errorf("%d scenarios, want 13 at least", len(all))
	}
	for _, s := range all {
		if s.Story == "" || !strings.HasSuffix(s.Story, ".") {
			t.Errorf("%s: the story is no sentence: %q", s.Name, s.Story)
		}
		if len(s.Control) == 0 {
			t.Errorf("%s has no control, so it proves nothing", s.Name)
		}
		if len(s.Steps) > 0 && len(s.Steady) == 0 {
			t.Errorf("%s breaks a system of which it does not know that it was well", s.Name)
		}
		for _, c := range s.Control {
			if c.Why == "" {
				t.Errorf("%s: a control that does not say why", s.Name)
			}
		}
		if !strings.Contains(s.Describe(), "attack   ") {
			t.Errorf("%s: described as %q", s.Name, s.Describe())
		}
		for _, arm := range s.Arms() {
			if _, err := s.Design(arm); err != nil {
				t.Errorf("%s %s: %v", s.Name, arm, err)
			}
		}
	}
}

func TestCatalogueHasNoFileOutsideTheLadder(t *testing.T) {
	var rungs []string
	for _, b := range topologies.Blueprints() {
		rungs = append(rungs, b.Name)
	}
	dirs, err := files.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range dirs {
		if !slices.Contains(rungs, d.Name()) {
			t.Errorf("%s is no rung of %v, so nobody can find what is in it", d.Name(), rungs)
		}
	}
}

func TestLoadSaysWhatWasMeant(t *testing.T) {
	for name, want := range map[string]string{
		"replication/primary-kil": `did you mean "replication/primary-kill"?`,
		"primary-kill":            `did you mean "replication/primary-kill"?`,
		"xyz":                     "holdfast list",
		"nowhere/at-all.yaml":     "no such scenario or file",
	} {
		if _, err := Load(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
}

func TestArms(t *testing.T) {
	s, err := Load("replication/primary-kill")
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(s.Arms(), " "); got != "treatment control-1 control-2 placebo" {
		t.Errorf("arms: %s", got)
	}
	one, err := s.Arm("control-1")
	if err != nil {
		t.Fatal(err)
	}
	if one.Topology.Set["failover"] != "none" || one.Topology.Set["commit"] != "synchronous" || len(one.Steps) != 1 {
		t.Errorf("control-1 is %v with %d steps; want one setting changed and no more", one.Topology, len(one.Steps))
	}
	two, err := s.Arm("control-2")
	if err != nil {
		t.Fatal(err)
	}
	if len(two.Steps) != 2 || two.Steps[0].Fault.String() != "throttle" || len(two.Claims) != len(s.Claims) {
		t.Errorf("control-2 has steps %v", two.Steps)
	}
	placebo, err := s.Arm(Placebo)
	if err != nil {
		t.Fatal(err)
	}
	if len(placebo.Steps) != 0 || placebo.Topology.Set["failover"] != "patroni" {
		t.Errorf("the placebo has %d steps and %v", len(placebo.Steps), placebo.Topology)
	}
	if _, err := s.Arm("control-9"); err == nil {
		t.Error("an arm that is not there was found")
	}
}

// TestARunKnowsItsFile: a run of a user's file records its path as it was
// typed, so that it can be repeated; a run of a built-in scenario records no
// file.
func TestARunKnowsItsFile(t *testing.T) {
	own := filepath.Join(t.TempDir(), "mine.yaml")
	if err := os.WriteFile(own, []byte(sound), 0o644); err != nil {
		t.Fatal(err)
	}
	for typed, want := range map[string]string{own: own, "replication/primary-kill": "", "replication/primary-kill.yaml": "replication/primary-kill.yaml"} {
		s, err := Load(typed)
		if err != nil {
			t.Fatal(err)
		}
		p, err := newPlayer(docker, s, "control-1", Options{})
		if err != nil {
			t.Fatal(err)
		}
		if p.run.File != want {
			t.Errorf("%s: the run is of file %q, want %q", typed, p.run.File, want)
		}
	}
}
