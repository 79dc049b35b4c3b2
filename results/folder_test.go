package results

import (
	"encoding/json"
	"errors"
	"io"
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
	r.Requests = r.Requests[:200]
	r.Load.Planned = 200
	r.Schema, r.ID, r.Scenario, r.Arm = SchemaVersion, "r1", "single-server/honest-clock", "treatment"
	r.Plan = json.RawMessage(`{}`)
	r.Began = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	r.Verdicts = []Verdict{{Name: "recovers", Outcome: Broken, Expected: Held, N: 3}}
	r.Final = &Audit{Stable: true, Stores: []Store{{Node: "pg-1", Values: map[string][]string{"write": {"r1-1", "r1-1"}}}}}
	dir := filepath.Join(t.TempDir(), "run")
	if err := saveAll(dir, r); err != nil {
		t.Fatal(err)
	}
	return dir, r
}

func TestRunRoundTrip(t *testing.T) {
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
	if err := saveAll(dir, &Run{ID: "r2", Plan: json.RawMessage(`{}`)}); err != nil {
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

func TestFilesCanBeReadByOthers(t *testing.T) {
	dir, _ := saved(t)
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		info, err := f.Info()
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode().Perm(); mode&0o600 != 0o600 || mode&0o133 != 0 {
			t.Errorf("%s: mode %v", f.Name(), mode)
		}
	}
}

func TestAFailedWriteKeepsTheOldFile(t *testing.T) {
	for name, make := range map[string]func(string, func(io.Writer) error) error{"write": write, "derive": derive} {
		path := filepath.Join(t.TempDir(), "f")
		if err := os.WriteFile(path, []byte("old"), 0o644); err != nil {
			t.Fatal(err)
		}
		err := make(path, func(w io.Writer) error {
			_, _ = io.WriteString(w, "half")
			return errors.New("no space left")
		})
		if b, _ := os.ReadFile(path); err == nil || string(b) != "old" {
			t.Errorf("%s: after a failure the file is %q, %v", name, b, err)
		}
		if left, _ := os.ReadDir(filepath.Dir(path)); len(left) != 1 {
			t.Errorf("%s: left behind: %v", name, left)
		}
	}
}

// BenchmarkSave saves a run of a million requests: 1000/s for 1000 s.
func BenchmarkSave(b *testing.B) {
	r := promoted()
	for n := len(r.Requests); n < 1_000_000; n++ {
		q := r.Requests[n%12000]
		q.Seq, q.Intended = uint64(n), time.Duration(n)*time.Millisecond
		q.Sent, q.Done = q.Intended+200*time.Microsecond, q.Intended+2*time.Millisecond
		r.Requests = append(r.Requests, q)
	}
	for b.Loop() {
		if err := saveAll(b.TempDir(), r); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/float64(len(r.Requests)), "µs/request")
}

func TestKeepable(t *testing.T) {
	dir := t.TempDir()
	if err := Keepable(filepath.Join(dir, "a", "b")); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(filepath.Join(dir, "a", "b")); err != nil || len(left) > 0 {
		t.Errorf("left there: %v, %v", left, err)
	}
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := Keepable(filepath.Join(file, "a")); err == nil {
		t.Error("a folder within a file")
	}
}

// saveAll saves a run as a play does.
func saveAll(dir string, r *Run) error {
	if err := SaveRecord(dir, r); err != nil {
		return err
	}
	return errors.Join(SaveVerdicts(dir, r), SavePage(dir, r))
}
