package results

import (
	"os"
	"path/filepath"
	"testing"
)

func TestLatest(t *testing.T) {
	top := t.TempDir()
	runs := filepath.Join(top, "runs")
	for _, id := range []string{"1", "2"} {
		dir := filepath.Join(runs, "replication", "primary-kill", id)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := Latest(runs, dir); err != nil {
			t.Fatal(err)
		}
		if to, err := os.Readlink(filepath.Join(runs, "latest")); err != nil || to != filepath.Join("replication", "primary-kill", id) {
			t.Errorf("latest is %q, %v", to, err)
		}
	}
	moved := filepath.Join(top, "moved")
	if err := os.Rename(runs, moved); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(moved, "latest")); err != nil {
		t.Errorf("the link did not survive a move: %v", err)
	}
}

func TestLatestDoesNotReplaceAFolder(t *testing.T) {
	runs := t.TempDir()
	keep := filepath.Join(runs, "latest", "keep")
	if err := os.MkdirAll(keep, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := Latest(runs, filepath.Join(runs, "x")); err == nil {
		t.Error("a folder named latest was no error")
	}
	if _, err := os.Stat(keep); err != nil {
		t.Errorf("what was in it is gone: %v", err)
	}
}
