package holdfast

import (
	"os/exec"
	"strings"
	"testing"
)

const module = "github.com/holdfast-lab/holdfast/"

// mayImport is which of our packages each may import, and only who may import
// which third-party dependency: the table of docs/ARCHITECTURE.md as a test.
var mayImport = map[string][]string{
	"results":      {},
	"topologies":   {"topologies/door"}, // its tests
	"targets":      {"results"},
	"claims":       {"results"},
	"chaos":        {"topologies"},
	"scenarios":    {"topologies", "targets", "chaos", "claims", "results"},
	"cmd/holdfast": {"scenarios", "topologies", "results"},
}

var onlyBy = map[string]string{
	"github.com/testcontainers/testcontainers-go": "topologies",
	"github.com/docker/docker":                    "topologies",
	"github.com/tsenart/vegeta/v12":               "targets",
	"github.com/HdrHistogram/hdrhistogram-go":     "results",
	"github.com/goccy/go-yaml":                    "scenarios",
	"github.com/urfave/cli/v2":                    "cmd/holdfast",
	"github.com/anishathalye/porcupine":           "claims",
}

// violation says why a package may not import path, or nothing.
func violation(pkg, path string) string {
	for dependency, owner := range onlyBy {
		if (path == dependency || strings.HasPrefix(path, dependency+"/")) && pkg != owner {
			return "only " + owner + " may import it"
		}
	}
	other, ours := strings.CutPrefix(path, module)
	if !ours {
		return ""
	}
	if strings.HasPrefix(pkg, "cmd/site") && strings.HasPrefix(other, "cmd/site/internal/") {
		return ""
	}
	for _, may := range mayImport[pkg] {
		if other == may || strings.HasPrefix(other, may+"/") {
			return ""
		}
	}
	return "docs/ARCHITECTURE.md does not allow it"
}

// TestImports checks every import of every package, tests included, against the
// tables: once of the files that users build, and once with those behind a tag.
func TestImports(t *testing.T) {
	for _, tags := range []string{"", "docker,record,bench,docs,mutants"} {
		t.Run(tags, func(t *testing.T) { checkImports(t, tags) })
	}
}

func checkImports(t *testing.T, tags string) {
	t.Helper()
	list := exec.Command("go", "list", "-e", "-tags", tags, "-f",
		`{{.ImportPath}}|{{join .Imports " "}} {{join .TestImports " "}} {{join .XTestImports " "}}`, "./...")
	out, err := list.Output()
	if err != nil {
		t.Fatalf("list packages: %v", err)
	}
	seen := 0
	for line := range strings.Lines(string(out)) {
		importPath, imports, _ := strings.Cut(strings.TrimSpace(line), "|")
		pkg, ours := strings.CutPrefix(importPath, module)
		if !ours {
			continue
		}
		seen++
		for _, path := range strings.Fields(imports) {
			if why := violation(pkg, path); why != "" {
				t.Errorf("%s imports %s: %s", pkg, path, why)
			}
		}
	}
	if seen < 4 {
		t.Errorf("saw %d packages: the test looked at nothing", seen)
	}
}

// TestViolation shows that a forbidden import is found.
func TestViolation(t *testing.T) {
	for _, c := range []struct {
		pkg, path string
		wrong     bool
	}{
		{"claims", module + "results", false},
		{"claims", module + "topologies", true},
		{"results", module + "claims", true},
		{"chaos", "github.com/docker/docker/client", true},
		{"topologies", "github.com/docker/docker/client", false},
		{"cmd/site", module + "results", true},
		{"cmd/site", module + "cmd/site/internal/web", false},
	} {
		if got := violation(c.pkg, c.path) != ""; got != c.wrong {
			t.Errorf("%s importing %s: violation %v, want %v", c.pkg, c.path, got, c.wrong)
		}
	}
}
