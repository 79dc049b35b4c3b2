package scenarios

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// Conclusion is what all arms of a scenario say together.
type Conclusion string

// The conclusions, the strongest first: one of them anywhere decides the whole.
const (
	Refuted  Conclusion = "refuted"  // a claim came out against the expectation in the treatment or without a fault
	Vacuous  Conclusion = "vacuous"  // a claim came out the same with the mechanism taken away
	Unproven Conclusion = "unproven" // something that had to be seen was not
	Proven   Conclusion = "proven"
)

// precedence is the order in which conclusions decide.
var precedence = []Conclusion{Refuted, Vacuous, Unproven, Proven}

// Proof is a scenario played in all its arms.
type Proof struct {
	Scenario string     `json:"scenario"`
	Verdict  Conclusion `json:"verdict"`
	Why      string     `json:"why,omitempty"`
	Seconds  float64    `json:"seconds"`
	Arms     []ArmProof `json:"arms"`

	Distributions []Distribution `json:"distributions,omitempty"` // of every figure, where there are repeats

	end results.End // how the last play ended
}

// ArmProof is one play of one arm.
type ArmProof struct {
	Arm       string               `json:"arm"`
	Repeat    int                  `json:"repeat"`  // from 1
	Verdict   results.Outcome      `json:"verdict"` // of the run as a whole
	Says      Conclusion           `json:"says"`    // what this play says of the scenario
	Why       string               `json:"why,omitempty"`
	Surprises []string             `json:"surprises,omitempty"` // claims that broke in a control and were not named there
	Seconds   results.Seconds      `json:"seconds"`
	Claims    []results.Verdict    `json:"claims"`
	Latency   []results.LatencyRow `json:"latency"`
	Trust     []results.Check      `json:"trust"`
	Seed      uint64               `json:"seed"`   // of this play's keys
	Offset    float64              `json:"offset"` // s by which the steps are later than the file has them
	Folder    string               `json:"folder"`

	selfCheck string // which checker failed its self-check
}

// SelfCheckFailed says which checker could not be shown to work in a play; ""
// is none.
func (p *Proof) SelfCheckFailed() string {
	for _, a := range p.Arms {
		if a.selfCheck != "" {
			return a.Arm + ": " + a.selfCheck
		}
	}
	return ""
}

// ExitCode is 0 where the scenario is proven, 3 where it is unproven, else 1;
// how the plays ended counts more, as it does for a run.
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

// Prove plays every arm of a scenario repeat times, one round after the other
// so that a slow hour of the host meets all arms alike, and concludes. An
// error ends it; what was played until then is given back as unproven.
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
	p.end = endOf(ctx, nil) // a signal may have come while the last play was taken down
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

// ArmBegins is the news that a proof goes on to its next play.
type ArmBegins struct {
	Arm, Why    string // why: what is different in it, for people
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

// Unbroken is the claims that no control is to turn the other way, guards left
// out: they cannot be proven, and that is known before anything is played.
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

// unshown is the claims that no played control turned the other way, guards
// left out. Where two claims have one name, each has to be turned.
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

// sum draws the conclusion of all plays: the strongest of what they say.
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
