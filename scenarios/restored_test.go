package scenarios

import (
	"strings"
	"testing"
	"time"

	"github.com/holdfast-lab/holdfast/topologies"
)

// TestPlayWhoseFaultIsNotGivenBack: every node is inspected before the first
// fault and after the last undo, and if the states differ, no claim holds.
func TestPlayWhoseFaultIsNotGivenBack(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		leaves func(*topologies.Snapshot)
		want   string
		says   string
	}{
		{"all as before", nil, "keeps-acknowledged-writes held, recovers held", ""},
		{"a tenth of its CPU", func(s *topologies.Snapshot) { s.CPU = 0.05 }, "keeps-acknowledged-writes unproven, recovers unproven", "pg-1 has 0.05 cores, but had "},
		{"frozen", func(s *topologies.Snapshot) { s.Paused = true }, "keeps-acknowledged-writes unproven, recovers unproven", "pg-1 is frozen"},
		{"cut off", func(s *topologies.Snapshot) { s.Rules = []string{"filter INPUT -j DROP"} }, "keeps-acknowledged-writes unproven, recovers unproven", "pg-1 has the rule filter INPUT -j DROP, which it did not have"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r, folder, err := played(t, &memory{failover: 200 * time.Millisecond, leaves: c.leaves}, killed, Treatment, Options{Seed: 7})
			if err != nil {
				t.Fatal(err)
			}
			if got := verdicts(r); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
			if r.Restored == nil || len(r.Restored.Before) != len(r.Restored.After) || len(r.Restored.Before) == 0 {
				t.Fatalf("not on record: %+v", r.Restored)
			}
			for _, v := range r.Verdicts {
				if !strings.Contains(v.Why, c.says) {
					t.Errorf("%s: %q, want %q", v.Name, v.Why, c.says)
				}
			}
			again, err := Rejudge(folder)
			if err != nil || verdicts(again) != c.want {
				t.Errorf("judged again: %s, %v", verdicts(again), err)
			}
		})
	}
}
