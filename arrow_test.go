package holdfast

import (
	"os/exec"
	"strings"
	"testing"
)

const module = "github.com/holdfast-lab/holdfast/"

// arrows is who may import whom of ours, and doors who may open which
// third-party dependency: the house plan of docs/ARCHITECTURE.md as a test.
var arrows = map[string][]string{
	"results":      {},
	"topologies":   {"topologies/door"}, // its tests
	"targets":      {"results"},
	"claims":       {"results"},
	"chaos":        {"topologies"},
	"scenarios":    {"topologies", "targets", "chaos", "claims", "results"},
	"cmd/holdfast": {"scenarios", "topologies", "results"},
}

var doors = map[string]string{
	"github.com/testcontainers/testcontainers-go": "topologies",
	"github.com/docker/docker":                    "topologies",
	"github.com/tsenart/vegeta/v12":               "targets",
	"github.com/HdrHistogram/hdrhistogram-go":     "results",
	"github.com/goccy/go-yaml":                    "scenarios",
	"github.com/urfave/cli/v2":                    "cmd/holdfast",
	"github.com/anishathalye/porcupine":           "claims",
}

// breach says why room may not import path, or nothing.
func breach(room, path string) string {
	for door, owner := range doors {
		if (path == door || strings.HasPrefix(path, door+"/")) && room != owner {
			return "only " + owner + " may open this door"
		}
	}
	other, ours := strings.CutPrefix(path, module)
	if !ours {
		return ""
	}
	if strings.HasPrefix(room, "cmd/site") && strings.HasPrefix(other, "cmd/site/internal/") {
		return ""
	}
	for _, may := range arrows[room] {
		if other == may || strings.HasPrefix(other, may+"/") {
			return ""
		}
	}
	return "no such arrow in the plan"
}

// TestArrows holds every import of every package, tests included, against the
// plan: once of the files that users build, and once with those behind a tag.
func TestArrows(t *testing.T) {
	for _, tags := range []string{"", "docker,record,bench,docs,mutants"} {
		t.Run(tags, func(t *testing.T) { holdArrows(t, tags) })
	}
}

func holdArrows(t *testing.T, tags string) {
	t.Helper()
	list := exec.Command("go", "list", "-e", "-tags", tags, "-f",
		`{{.ImportPath}}|{{join .Imports " "}} {{join .TestImports " "}} {{join .XTestImports " "}}`, "./...")
	out, err := list.Output()
	if err != nil {
		t.Fatalf("list packages: %v", err)
	}
	seen := 0
	for line := range strings.Lines(string(out)) {
		pkg, imports, _ := strings.Cut(strings.TrimSpace(line), "|")
		room, ours := strings.CutPrefix(pkg, module)
		if !ours {
			continue
		}
		seen++
		for _, path := range strings.Fields(imports) {
			if why := breach(room, path); why != "" {
				t.Errorf("%s imports %s: %s", room, path, why)
			}
		}
	}
	if seen < 4 {
		t.Errorf("saw %d packages: the test looked at nothing", seen)
	}
}

// TestBreach shows that the plan can be broken at all.
func TestBreach(t *testing.T) {
	for _, c := range []struct {
		room, path string
		wrong      bool
	}{
		{"claims", module + "results", false},
		{"claims", module + "topologies", true},
		{"results", module + "claims", true},
		{"chaos", "github.com/docker/docker/client", true},
		{"topologies", "github.com/docker/docker/client", false},
		{"cmd/site", module + "results", true},
		{"cmd/site", module + "cmd/site/internal/web", false},
	} {
		if got := breach(c.room, c.path) != ""; got != c.wrong {
			t.Errorf("%s importing %s: breach %v, want %v", c.room, c.path, got, c.wrong)
		}
	}
}
