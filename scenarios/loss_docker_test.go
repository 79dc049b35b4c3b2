//go:build docker

package scenarios

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/holdfast-lab/holdfast/results"
	"github.com/holdfast-lab/holdfast/topologies"
)

// looked is a cluster whose data is read just before it is removed, by psql in
// the surviving primary and not by Holdfast.
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

// TestDockerLossIsCountedAsPsqlCountsIt runs the control that loses
// acknowledged writes, and counts the losses independently.
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
	i := slices.IndexFunc(r.Verdicts, func(v results.Verdict) bool { return v.Name == "keeps-acknowledged-writes" })
	if i < 0 || lost == 0 {
		t.Fatalf("psql says %q, and the verdicts are %+v", want, r.Verdicts)
	}
	if v := r.Verdicts[i]; v.Outcome != results.Broken || !strings.HasPrefix(v.Measured, want) {
		t.Errorf("the claim is %v and says %q, psql says %q", v.Outcome, v.Measured, want)
	}
	t.Log(want)
}

// TestDockerTheClockIsHonest checks the response times of every build against
// known values: a freeze of 6 s in 60 s is a p99 of 5.4 s and a p95 of 3.0 s.
func TestDockerTheClockIsHonest(t *testing.T) {
	s, err := Load("single-server/honest-clock")
	if err != nil {
		t.Fatal(err)
	}
	r, _, err := Play(t.Context(), s, Treatment, Options{Results: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Verdicts) != 1 || r.Verdicts[0].Outcome != results.Held {
		t.Errorf("%+v", r.Verdicts)
	}
	rows := r.Latency()
	i := slices.IndexFunc(rows, func(l results.LatencyRow) bool {
		return l.Operation == "read" && l.Phase == "all" && l.Kind == "response"
	})
	if i < 0 {
		t.Fatalf("no latency of all reads: %+v", rows)
	}
	if l := rows[i]; math.Abs(*l.P99-5400) > 200 || math.Abs(*l.P95-3000) > 200 {
		t.Errorf("p99 %.0f ms and p95 %.0f ms, wanted 5400 and 3000 within 200", *l.P99, *l.P95)
	}
}
