//go:build docker

package scenarios

import (
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/holdfast-lab/holdfast/results"
	"github.com/holdfast-lab/holdfast/topologies"
)

// TestDockerThePasswordIsNotKept searches for the password of a run in
// everything that the run saves: its record, its report, and the logs of its
// nodes.
func TestDockerThePasswordIsNotKept(t *testing.T) {
	s := scenario(t, `
story: A test.
topology: {name: replication, replicas: 1}
attack: {rate: 50/s, for: 4s, timeout: 1s, mix: {read: 50%, write: 50%}}
steps:
  - {at: 2s, restart: {name: pg-1}}
claims:
  - responds: {share: 50%}
control:
  - topology: {failover: none}
    breaks: [responds]
`)
	password := ""
	w := docker
	w.start = func(ctx context.Context, top topologies.Topology, o topologies.StartOptions) (topologies.Cluster, error) {
		c, err := topologies.Start(ctx, top, o)
		if err == nil {
			for _, i := range c.Instances() {
				password = max(password, i.Node().Env["PGPASSWORD"])
			}
		}
		return c, err
	}
	r, folder, err := play(t.Context(), w, s, Treatment, Options{Results: t.TempDir()})
	if err != nil || len(password) < 20 {
		t.Fatal(password, err)
	}
	read, err := results.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	for what, value := range map[string]any{"the run": r, "its record": read, "its requests": read.Requests, "its audit": read.Final} {
		if text, err := json.Marshal(value); err != nil || bytes.Contains(text, []byte(password)) {
			t.Errorf("%s holds the password, or %v", what, err)
		}
	}
	files := 0
	err = filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		text, err := os.ReadFile(path)
		if bytes.Contains(text, []byte(password)) {
			t.Errorf("%s holds the password", path)
		}
		return err
	})
	if err != nil || files < 6 {
		t.Errorf("looked into %d files: %v", files, err)
	}
}
