package scenarios

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/holdfast-lab/holdfast/results"
	"github.com/holdfast-lab/holdfast/topologies"
)

func TestProve(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		of   func(topologies.Topology) *memory
		want Conclusion
		why  string
		code int
	}{
		{"as the textbook says", textbook, Proven, "", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var told []string
				p, err := prove(t.Context(), memoryWorld(t, c.of), scenario(t, killed), 1, Options{Results: t.TempDir(), Watch: func(n Notice) {
					if n.Arm != nil {
						told = append(told, fmt.Sprintf("%s %d of %d %v", n.Arm.Arm, n.Arm.Play, n.Arm.Plays, n.Arm.Why != ""))
					}
				}})
				if err != nil {
					t.Fatal(err)
				}
				if p.Verdict != c.want || !strings.Contains(p.Why, c.why) || p.ExitCode() != c.code || len(p.Arms) != 4 {
					t.Errorf("got %s (%s), want %s (%s)", p.Verdict, p.Why, c.want, c.why)
				}
				if got := strings.Join(told, ", "); got != "treatment 1 of 4 true, control-1 2 of 4 true, control-2 3 of 4 true, placebo 4 of 4 true" {
					t.Errorf("told %s", got)
				}
				var text strings.Builder
				p.Report(&text, results.Style{})
				if !strings.HasPrefix(text.String(), strings.ToUpper(string(c.want))) {
					t.Errorf("report: %s", text.String())
				}
				if b, err := json.Marshal(p); err != nil || !strings.Contains(string(b), `"arm":"control-1"`) {
					t.Errorf("%s, %v", b, err)
				}
			})
		})
	}
}

// TestConclude checks the conclusions from possible verdicts of an arm, without
// a run.
func TestConclude(t *testing.T) {
	s := scenario(t, killed)
	inverse := scenario(t, strings.NewReplacer("{at-risk: 20}", "{at-risk: 20}\n    expect: broken", "breaks: [keeps-acknowledged-writes]", "holds: [keeps-acknowledged-writes]").Replace(killed))
	const h, b, u = results.Held, results.Broken, results.Unproven
	for _, c := range []struct {
		name     string
		scenario *Scenario
		arm      string
		recovers results.Outcome
		keeps    results.Outcome
		want     Conclusion
		surprise string
	}{
		{"all as expected", s, Treatment, h, h, Proven, ""},
		{"one broken", s, Treatment, b, h, Refuted, ""},
		{"one unproven", s, Treatment, h, u, Unproven, ""},
		{"broken beats unproven", s, Treatment, b, u, Refuted, ""},
		{"the textbook is wrong", inverse, Treatment, h, b, Proven, ""},
		{"the textbook is right after all", inverse, Treatment, h, h, Refuted, ""},
		{"the control breaks", s, "control-1", b, h, Proven, ""},
		{"the control holds", s, "control-1", h, h, Vacuous, ""},
		{"the control is unproven", s, "control-1", u, h, Unproven, ""},
		{"the control breaks more", s, "control-1", b, b, Proven, "keeps-acknowledged-writes"},
		{"the control has to hold and does", inverse, "control-2", h, h, Proven, ""},
		{"the control has to hold and breaks", inverse, "control-2", h, b, Vacuous, ""},
		{"the placebo is unproven for want of a fault", s, Placebo, u, u, Proven, ""},
		{"the placebo breaks", s, Placebo, u, b, Refuted, ""},
		{"the placebo breaks as the treatment is to", inverse, Placebo, u, b, Vacuous, ""},
	} {
		run := &results.Run{Finished: true, Verdicts: []results.Verdict{{Name: "recovers", Outcome: c.recovers}, {Name: "keeps-acknowledged-writes", Outcome: c.keeps}}}
		a, err := c.scenario.conclude(c.arm, run)
		if err != nil {
			t.Fatal(err)
		}
		if a.Says != c.want || strings.Join(a.Surprises, " ") != c.surprise || (a.Says != Proven && a.Why == "") {
			t.Errorf("%s: got %s (%s), surprises %v; want %s", c.name, a.Says, a.Why, a.Surprises, c.want)
		}
		run.Trust = []results.Check{{Name: "undisturbed", Detail: "web-1 was killed"}}
		if a, _ := c.scenario.conclude(c.arm, run); c.arm != Treatment && (a.Says != Unproven || !strings.Contains(a.Why, "web-1 was killed")) {
			t.Errorf("%s, disturbed: got %s (%s)", c.name, a.Says, a.Why)
		}
		run.Finished = false
		if a, _ := c.scenario.conclude(c.arm, run); a.Says != Unproven {
			t.Errorf("%s, cut short: got %s", c.name, a.Says)
		}
	}
}

// TestProvenNeedsAControlForEachClaim: a claim that no control broke was not
// shown to be breakable, and of two claims of one name each must be broken.
func TestProvenNeedsAControlForEachClaim(t *testing.T) {
	head, _, _ := strings.Cut(strings.Replace(killed, "keeps-acknowledged-writes: {at-risk: 20}", "recovers: {operation: read, within: 2s}", 1), "control:")
	two := scenario(t, head+"control:\n  - {topology: {failover: none}, breaks: [recovers]}\n")
	guarded := scenario(t, strings.Replace(killed, "breaks: [keeps-acknowledged-writes]", "breaks: [recovers]", 1))
	arm := func(name string, os ...results.Outcome) ArmProof {
		a := ArmProof{Arm: name}
		for _, o := range os {
			a.Claims = append(a.Claims, results.Verdict{Outcome: o})
		}
		return a
	}
	for _, c := range []struct {
		name string
		of   *Scenario
		arms []ArmProof
		want int
	}{
		{"both broke", two, []ArmProof{arm("control-1", results.Broken, results.Broken)}, 0},
		{"the second of one name held", two, []ArmProof{arm("control-1", results.Broken, results.Held)}, 1},
		{"no control was played", two, []ArmProof{arm(Treatment, results.Broken, results.Broken)}, 2},
		{"broke, but was not named", guarded, []ArmProof{arm("control-1", results.Broken, results.Broken)}, 1},
	} {
		if got := c.of.unshown(c.arms); len(got) != c.want {
			t.Errorf("%s: not shown are %q, want %d", c.name, got, c.want)
		}
	}
	guarded.Claims[1].Guard = true
	if got := guarded.unshown([]ArmProof{arm("control-1", results.Broken, results.Held)}); len(got) != 0 {
		t.Errorf("a guard needs no control, but %q", got)
	}
}

// TestRepeatsMustAgree: one refutation outweighs any number of proofs.
func TestRepeatsMustAgree(t *testing.T) {
	p := &Proof{Arms: []ArmProof{{Arm: Treatment, Says: Proven}, {Arm: Treatment, Says: Refuted, Why: "lost"}, {Arm: "control-1", Says: Vacuous, Why: "held"}}}
	if p.sum(); p.Verdict != Refuted || p.Why != "treatment: lost" {
		t.Errorf("got %s: %s", p.Verdict, p.Why)
	}
}

// TestTwoOfAName: if a control names a claim that exists twice, it suffices
// that one of them breaks; a surprise is reported once, in text and in JSON.
func TestTwoOfAName(t *testing.T) {
	s := scenario(t, killed)
	s.Claims = append(s.Claims, s.Claims[0], s.Claims[1])
	const h, b = results.Held, results.Broken
	run := &results.Run{Finished: true}
	for _, o := range []results.Outcome{h, b, b, b} {
		run.Verdicts = append(run.Verdicts, results.Verdict{Outcome: o})
	}
	c, a := &conclusion{}, ArmProof{Arm: "control-1", Says: Proven}
	c.arm = &a
	c.control(s.Control[0], s, run.Verdicts)
	if a.Says != Proven || strings.Join(a.Surprises, " ") != "keeps-acknowledged-writes" {
		t.Errorf("got %s, surprises %v", a.Says, a.Surprises)
	}
	p := &Proof{Verdict: Proven, Arms: []ArmProof{a}}
	var text strings.Builder
	p.Report(&text, results.Style{})
	js, err := json.Marshal(p)
	if !strings.Contains(text.String(), "also broken: keeps-acknowledged-writes\n") || err != nil || !strings.Contains(string(js), `"surprises":["keeps-acknowledged-writes"]`) {
		t.Errorf("%s\n%s, %v", text.String(), js, err)
	}
}
