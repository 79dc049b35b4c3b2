package scenarios

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestCatalogueDocument compares docs/CATALOGUE.md with the scenarios: each row
// marked as built names a scenario, and each scenario that makes a claim is
// named.
func TestCatalogueDocument(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "docs", "CATALOGUE.md"))
	if err != nil {
		t.Fatal(err)
	}
	var named []string
	for _, m := range regexp.MustCompile("built: \\[`([^`]+)`\\]\\(\\.\\./scenarios/([^)]+)\\.yaml\\)").FindAllStringSubmatch(string(text), -1) {
		if m[1] != m[2] {
			t.Errorf("the link to %s leads to %s", m[1], m[2])
		}
		named = append(named, m[1])
	}
	all := builtIns(t)
	for _, name := range named {
		if !slices.Contains(all, name) {
			t.Errorf("%s is named and is no scenario", name)
		}
	}
	for _, name := range all {
		if strings.Contains(name, "/") && !slices.Contains(named, name) {
			t.Errorf("%s is in no row", name)
		}
	}
	if len(named) < 13 {
		t.Errorf("only %d rows are built", len(named))
	}
}
