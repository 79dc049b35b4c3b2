//go:build docker

package scenarios

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/holdfast-lab/holdfast/results"
	"github.com/holdfast-lab/holdfast/topologies"
)

// looked is a cluster that is looked into just before it is taken down, by
// psql inside the surviving primary and by nothing of ours.
type looked struct {
	topologies.Cluster
	held map[string]bool // the values that psql saw
	err  error
}

func (l *looked) Stop(ctx context.Context) error {
	primary, err := l.Select(ctx, topologies.Selector{Role: "primary"})
	var out string
	if err == nil {
		out, err = primary[0].Exec(ctx, "psql", "-h", "127.0.0.1", "-U", "postgres", "-At", "-c", "select value from revisions")
	}
	l.err = err
	for _, value := range strings.Fields(out) {
		l.held[value] = true
	}
	return l.Cluster.Stop(ctx)
}

// TestDockerLossIsCountedAsPsqlCountsIt plays the control in which acknowledged
// writes are lost, and counts them again by another way.
func TestDockerLossIsCountedAsPsqlCountsIt(t *testing.T) {
	s, err := Load("replication/primary-kill")
	if err != nil {
		t.Fatal(err)
	}
	l := &looked{held: map[string]bool{}}
	w := docker
	w.start = func(ctx context.Context, top topologies.Topology, o topologies.StartOptions) (topologies.Cluster, error) {
		c, err := topologies.Start(ctx, top, o)
		l.Cluster = c
		if err != nil {
			return nil, err
		}
		return l, nil
	}
	r, _, err := play(t.Context(), w, s, "control-2", Options{Results: t.TempDir()})
	if err != nil || l.err != nil {
		t.Fatal(err, l.err)
	}
	lost, acknowledged := 0, 0
	for _, q := range r.Requests {
		if q.Operation == "write" && q.Fate == results.Answered {
			acknowledged++
			if !l.held[q.Value] {
				lost++
			}
		}
	}
	want := fmt.Sprintf("%d lost, 0 unexpected of %d acknowledged", lost, acknowledged)
	for _, v := range r.Verdicts {
		if v.Name == "keeps-acknowledged-writes" && (lost == 0 || v.Outcome != results.Broken || !strings.HasPrefix(v.Measured, want)) {
			t.Errorf("the claim is %v and says %q, psql says %q", v.Outcome, v.Measured, want)
		}
	}
	t.Log(want)
}
