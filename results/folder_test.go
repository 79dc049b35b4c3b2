package results

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func saved(t *testing.T) (string, *Run) {
	t.Helper()
	r := frozen()
	r.Schema, r.ID, r.Scenario, r.Arm = SchemaVersion, "r1", "single-server/honest-clock", "treatment"
	r.Plan = json.RawMessage(`{}`)
	r.Began = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	r.Verdicts = []Verdict{{Name: "recovers", Outcome: Broken, Expected: Held, N: 3}}
	r.Final = &Audit{Stable: true, Stores: []Store{{Node: "pg-1", Values: map[string][]string{"write": {"r1-1", "r1-1"}}}}}
	dir := filepath.Join(t.TempDir(), "run")
	if err := Save(dir, r); err != nil {
		t.Fatal(err)
	}
	return dir, r
}

func TestRunComesBackAsItWas(t *testing.T) {
	dir, r := saved(t)
	back, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	var plan map[string]any // indentation of the plan is free
	if err := json.Unmarshal(back.Plan, &plan); err != nil {
		t.Fatal(err)
	}
	back.Plan = r.Plan
	if d := cmp.Diff(r, back); d != "" {
		t.Error(d)
	}
}

func TestNoAuditStaysNoAudit(t *testing.T) {
	dir := t.TempDir()
	if err := Save(dir, &Run{ID: "r2", Plan: json.RawMessage(`{}`)}); err != nil {
		t.Fatal(err)
	}
	if back, err := Open(dir); err != nil || back.Final != nil {
		t.Errorf("an audit that was never asked came back as %v, %v", back.Final, err)
	}
}

func TestBrokenFoldersAreRefused(t *testing.T) {
	for _, c := range []struct {
		name, want string
		spoil      func(dir string) error
	}{
		{"newer schema", "schema 99", func(d string) error {
			return os.WriteFile(filepath.Join(d, runFile), []byte(`{"schema":99}`), 0o644)
		}},
		{"no schema", "schema 0", func(d string) error {
			return os.WriteFile(filepath.Join(d, runFile), []byte(`{}`), 0o644)
		}},
		{"history cut off", historyFile, func(d string) error { return os.Truncate(filepath.Join(d, historyFile), 100) }},
		{"history gone", historyFile, func(d string) error { return os.Remove(filepath.Join(d, historyFile)) }},
		{"audit gone", auditFile, func(d string) error { return os.Remove(filepath.Join(d, auditFile)) }},
		{"run gone", runFile, func(d string) error { return os.Remove(filepath.Join(d, runFile)) }},
	} {
		dir, _ := saved(t)
		if err := c.spoil(dir); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want an error that says %q", c.name, err, c.want)
		}
	}
}
