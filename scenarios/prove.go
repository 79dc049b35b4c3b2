package scenarios

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// Conclusion is the combined result of all arms of a scenario.
type Conclusion string

// The conclusions, the strongest first: the strongest one of all runs counts.
const (
	Refuted  Conclusion = "refuted"  // a claim had an unexpected outcome in the treatment, or broke without a fault
	Vacuous  Conclusion = "vacuous"  // a claim had the same outcome without the mechanism
	Unproven Conclusion = "unproven" // required evidence is missing
	Proven   Conclusion = "proven"
)

// precedence lists the conclusions, the strongest first.
var precedence = []Conclusion{Refuted, Vacuous, Unproven, Proven}

// Proof is the result of a scenario in all its arms.
type Proof struct {
	Scenario string     `json:"scenario"`
	Verdict  Conclusion `json:"verdict"`
	Why      string     `json:"why,omitempty"`
	Seconds  float64    `json:"seconds"`
	Arms     []ArmProof `json:"arms"`

	Distributions []Distribution `json:"distributions,omitempty"` // of every figure, if there are repeats

	end results.End // how the last run ended
}

// ArmProof is one run of one arm.
type ArmProof struct {
	Arm       string               `json:"arm"`
	Repeat    int                  `json:"repeat"`  // from 1
	Verdict   results.Outcome      `json:"verdict"` // of the whole run
	Says      Conclusion           `json:"says"`    // what this run shows about the scenario
	Why       string               `json:"why,omitempty"`
	Surprises []string             `json:"surprises,omitempty"` // claims that broke in a control that did not name them
	Seconds   results.Seconds      `json:"seconds"`
	Claims    []results.Verdict    `json:"claims"`
	Latency   []results.LatencyRow `json:"latency"`
	Trust     []results.Check      `json:"trust"`
	Seed      uint64               `json:"seed"`   // of this run's keys
	Offset    float64              `json:"offset"` // seconds by which the steps are later than in the file
	Folder    string               `json:"folder"`

	selfCheck string // the checker that failed its self-check
}

// SelfCheckFailed names the checker that failed its self-check in a run; "" if
// none did.
func (p *Proof) SelfCheckFailed() string {
	for _, a := range p.Arms {
		if a.selfCheck != "" {
			return a.Arm + ": " + a.selfCheck
		}
	}
	return ""
}

// ExitCode is 0 if the scenario is proven, 3 if it is unproven, and 1
// otherwise. As for a run, an interruption or an error takes precedence.
func (p *Proof) ExitCode() int {
	code := 1
	switch p.Verdict {
	case Proven:
		code = 0
	case Unproven:
		code = 3
	}
	return p.end.Code(p.SelfCheckFailed() != "", code)
}

// Prove runs every arm of a scenario repeat times and concludes. It runs all
// arms once before the next repeat, so that a slow period of the host affects
// all arms alike. An error ends it; the runs until then are returned as
// unproven.
func Prove(ctx context.Context, s *Scenario, repeat int, o Options) (*Proof, error) {
	return prove(ctx, docker, s, repeat, o)
}

func prove(ctx context.Context, w world, s *Scenario, repeat int, o Options) (*Proof, error) {
	p := &Proof{Scenario: s.Name, Verdict: Unproven, Arms: []ArmProof{}}
	began := time.Now()
	rounds, err := s.rounds(o.Seed, repeat)
	if err != nil {
		return nil, err
	}
	arms := s.Arms()
	for n, r := range rounds {
		o.Seed, o.shift = r.seed, r.shift
		for i, arm := range arms {
			if o.Watch != nil {
				o.Watch(Notice{Arm: &ArmBegins{Arm: arm, Why: s.why(arm), Play: n*len(arms) + i + 1, Plays: repeat * len(arms)}})
			}
			run, folder, err := play(ctx, w, s, arm, o)
			if run != nil {
				a, cerr := s.conclude(arm, run)
				if cerr != nil {
					return p, cerr
				}
				a.Repeat, a.Folder, a.Seed = n+1, folder, run.Where.Seed
				if arm != Placebo {
					a.Offset = r.shift.Seconds()
				}
				p.Arms = append(p.Arms, a)
			}
			p.Seconds = time.Since(began).Seconds()
			if err != nil {
				p.Why, p.end = err.Error(), endOf(ctx, err)
				return p, err
			}
		}
	}
	p.end = endOf(ctx, nil) // a signal may have arrived while the last system was being removed
	p.sum()
	if missing := s.unshown(p.Arms); p.Verdict == Proven && len(missing) > 0 {
		p.Verdict = Unproven
		p.Why = "no control has shown that it can break: " + strings.Join(missing, "; ") + "; to do: add a control whose breaks names it, or guard: true to the claim if another scenario proves it"
	}
	if repeat > 1 {
		p.Distributions = distributions(p.Arms)
	}
	return p, nil
}

// ArmBegins announces the next run of a proof.
type ArmBegins struct {
	Arm, Why    string // Why: what is different in this arm
	Play, Plays int    // from 1
}

// why says what is different in an arm.
func (s *Scenario) why(arm string) string {
	switch c := s.control(arm); {
	case c != nil:
		why := c.Why
		if len(c.Breaks) > 0 {
			why = strings.TrimSuffix(why, ".") + "; must break: " + strings.Join(c.Breaks, ", ")
		}
		if len(c.Holds) > 0 {
			why = strings.TrimSuffix(why, ".") + "; must hold: " + strings.Join(c.Holds, ", ")
		}
		return strings.TrimPrefix(why, "; ")
	case arm == Placebo:
		return "no fault: nothing may break"
	}
	return "with the mechanism and the fault: every outcome must be the expected one"
}

// Unbroken returns the claims for which no control requires another outcome,
// except guards: they cannot be proven, which is known before any run.
func (s *Scenario) Unbroken() (all []string) {
	for _, p := range s.Claims {
		named := slices.ContainsFunc(s.Control, func(c Control) bool {
			return slices.Contains(c.Breaks, p.Name) || slices.Contains(c.Holds, p.Name)
		})
		if !p.Guard && !named {
			all = append(all, p.Claim.String())
		}
	}
	return all
}

// unshown returns the claims that had no other outcome in any control that ran,
// except guards. If two claims have the same name, each needs another outcome.
func (s *Scenario) unshown(arms []ArmProof) []string {
	var missing []string
	for i, p := range s.Claims {
		shown := p.Guard || slices.ContainsFunc(arms, func(a ArmProof) bool {
			c := s.control(a.Arm)
			if c == nil || len(a.Claims) != len(s.Claims) {
				return false
			}
			o := a.Claims[i].Outcome
			return o == results.Broken && slices.Contains(c.Breaks, p.Name) || o == results.Held && slices.Contains(c.Holds, p.Name)
		})
		if !shown {
			missing = append(missing, p.Claim.String())
		}
	}
	return missing
}

// sum takes the strongest conclusion of all runs.
func (p *Proof) sum() {
	for _, c := range precedence {
		var whys []string
		for _, a := range p.Arms {
			if a.Says == c && a.Why != "" {
				whys = append(whys, a.Arm+": "+a.Why)
			}
		}
		said := slices.ContainsFunc(p.Arms, func(a ArmProof) bool { return a.Says == c })
		if said {
			p.Verdict, p.Why = c, strings.Join(whys, "; ")
			return
		}
	}
}
