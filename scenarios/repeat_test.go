package scenarios

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// TestRounds: one seed gives the same repeats again, all shifted and all valid.
func TestRounds(t *testing.T) {
	s := scenario(t, killed) // room: 4 s - 1.5 s - 1.5 s = 1 s, the loop is 2 s
	all, err := s.rounds(7, 200)
	if err != nil {
		t.Fatal(err)
	}
	again, _ := s.rounds(7, 200)
	other, _ := s.rounds(8, 200)
	seen := map[uint64]bool{}
	least, most := time.Hour, time.Duration(0)
	for i, r := range all {
		if r != again[i] || i > 0 && r == other[i] {
			t.Errorf("repeat %d is %+v, again %+v, of another seed %+v", i+1, r, again[i], other[i])
		}
		seen[r.seed] = true
		if i > 0 {
			least, most = min(least, r.shift), max(most, r.shift)
		}
	}
	if all[0] != (round{seed: 7}) || len(seen) != 200 || least > 100*time.Millisecond || most < 900*time.Millisecond || most >= time.Second {
		t.Errorf("first %+v, %d seeds, offsets %v to %v", all[0], len(seen), least, most)
	}
	roomy := scenario(t, strings.Replace(killed, "for: 4s", "for: 9s", 1))
	all, _ = roomy.rounds(7, 200)
	most = 0
	for _, r := range all {
		most = max(most, r.shift)
	}
	if most < 1900*time.Millisecond || most >= 2*time.Second {
		t.Errorf("offsets up to %v, want nearly nginx's 2 s", most)
	}
	long := scenario(t, strings.Replace(killed, "within: 1s", "within: 2400ms", 1))
	if room := long.room(); room != 100*time.Millisecond {
		t.Errorf("room is %v where only 100 ms leave the recovery its time", room)
	}
}

// TestProveRepeats runs two repeats and checks their conclusions.
func TestProveRepeats(t *testing.T) {
	t.Parallel()
	oneControl, _, _ := strings.Cut(killed, "  - topology: {commit: asynchronous}")
	folder, p := t.TempDir(), &Proof{}
	synctest.Test(t, func(t *testing.T) {
		var err error
		if p, err = prove(t.Context(), memoryWorld(t, textbook), scenario(t, oneControl), 2, Options{Results: folder, Seed: 7}); err != nil {
			t.Fatal(err)
		}
	})
	if len(p.Arms) != 6 || p.Arms[0].Offset != 0 || p.Arms[0].Seed != 7 || p.Arms[3].Offset <= 0 || p.Arms[3].Offset != p.Arms[4].Offset || p.Arms[3].Seed == 7 || p.Arms[3].Seed != p.Arms[5].Seed {
		t.Fatalf("%+v", p.Arms)
	}
	first, err := results.Open(p.Arms[0].Folder)
	if err != nil {
		t.Fatal(err)
	}
	second, err := results.Open(p.Arms[3].Folder)
	if err != nil {
		t.Fatal(err)
	}
	at := func(r *results.Run) time.Duration {
		var plan struct{ Steps []struct{ At string } }
		if err := json.Unmarshal(r.Plan, &plan); err != nil {
			t.Fatal(err)
		}
		d, _ := time.ParseDuration(plan.Steps[0].At)
		return d
	}
	want := 1500*time.Millisecond + time.Duration(math.Round(p.Arms[3].Offset*1000))*time.Millisecond
	if at(first) != 1500*time.Millisecond || at(second) != want || second.Faults[0].Asked < want {
		t.Errorf("the plans say %v and %v, asked at %v, want %v", at(first), at(second), second.Faults[0].Asked, want)
	}
	if _, err := Rejudge(p.Arms[3].Folder); err != nil {
		t.Error(err)
	}
	var text strings.Builder
	p.Report(&text, results.Style{})
	for _, want := range []string{"treatment: writes recover within 1 s", "the 22nd percentile of rto is at most", "the probability that a run loses a write is at most 77.7 %", "steps "} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the report lacks %q:\n%s", want, text.String())
		}
	}
	if b, err := json.Marshal(p); err != nil || !strings.Contains(string(b), `"distributions":[{"arm":"treatment","name":"recovers"`) {
		t.Errorf("%s, %v", b, err)
	}
}

// TestDistributions checks numbers and sentences, for clean repeats and others.
func TestDistributions(t *testing.T) {
	plays := func(n int, change func(i int, a *ArmProof)) []ArmProof {
		var all []ArmProof
		for i := range n {
			fs := []results.Figure{{Name: "rto", Value: float64(i + 1), Unit: "s"}}
			a := ArmProof{Arm: Treatment, Says: Proven, Claims: []results.Verdict{
				{Name: "recovers", Claim: "reads", Outcome: results.Held, Figures: fs},
				{Name: "keeps-acknowledged-writes", Claim: "kept", Outcome: results.Held, Figures: []results.Figure{{Name: "lost", Unit: "writes"}}},
			}}
			change(i, &a)
			all = append(all, a)
		}
		return all
	}
	clean := func(int, *ArmProof) {}
	for _, c := range []struct {
		name         string
		plays        []ArmProof
		n            int
		median       float64
		says, losses string
	}{
		{"five", plays(5, clean), 5, 3, "the median of rto is at most 5.000 s with 95 % confidence (5 clean repeats)", "at most 45.1 %"},
		{"fourteen", plays(14, clean), 14, 7.5, "the 80th percentile of rto is at most 14.000 s", "at most 19.3 %"},
		{"twenty-nine", plays(29, clean), 29, 15, "the 90th percentile", "at most 9.9 %"},
		{"fifty-nine", plays(59, clean), 59, 30, "the 95th percentile", "at most 5.0 %"},
		{"one broken", plays(5, func(i int, a *ArmProof) {
			if i == 2 {
				a.Says, a.Claims[0].Outcome = Refuted, results.Broken
			}
		}), 5, 3, "no bound: the claim held in 4 of 5 repeats", "no bound: not every repeat was clean"},
		{"one unproven", plays(5, func(i int, a *ArmProof) {
			if i == 2 {
				a.Says, a.Claims[1].Outcome = Unproven, results.Unproven
			}
		}), 5, 3, "no bound: not every repeat was clean", "no bound: the claim held in 4 of 5 repeats"},
		{"not always measured", plays(5, func(i int, a *ArmProof) {
			if i == 4 {
				a.Claims[0].Figures = nil
			}
		}), 4, 2.5, "no bound: it was measured in 4 of 5 repeats", "at most 45.1 %"},
		{"a control", plays(5, func(_ int, a *ArmProof) { a.Arm = "control-1" }), 5, 3, "", ""},
	} {
		ds := distributions(c.plays)
		if len(ds) != 2 {
			t.Errorf("%s: %+v", c.name, ds)
			continue
		}
		d := ds[0]
		if d.N != c.n || d.Median != c.median || d.Min != 1 || d.Max != float64(c.n) || !strings.Contains(d.Says, c.says) || (c.says == "") != (d.Says == "") || (d.Bound == nil) != !strings.HasPrefix(d.Says, "the ") {
			t.Errorf("%s: got %+v, want %s", c.name, d, c.says)
		}
		if l := ds[1]; !strings.Contains(l.Says, c.losses) || (c.losses == "") != (l.Says == "") {
			t.Errorf("%s: of losses %+v, want %s", c.name, l, c.losses)
		}
	}
}

// TestProveSelfCheck: a checker that cannot break ends a proof with exit code
// 4, and the message names it.
func TestProveSelfCheck(t *testing.T) {
	s := scenario(t, killed)
	run := &results.Run{Finished: true, Verdicts: []results.Verdict{{Name: "recovers"}, {Name: "keeps-acknowledged-writes"}},
		Trust: []results.Check{{Name: results.SelfCheck, Detail: "recovers: a known violation was judged held"}}}
	a, err := s.conclude(Treatment, run)
	if err != nil {
		t.Fatal(err)
	}
	p := &Proof{Verdict: Refuted, Arms: []ArmProof{a}}
	if got := p.SelfCheckFailed(); p.ExitCode() != 4 || got != "treatment: recovers: a known violation was judged held" {
		t.Errorf("exit %d, %s", p.ExitCode(), got)
	}
	run.Trust[0].OK = true
	if a, _ = s.conclude(Treatment, run); (&Proof{Verdict: Refuted, Arms: []ArmProof{a}}).ExitCode() != 1 {
		t.Error("a sound self-check fails")
	}
}
