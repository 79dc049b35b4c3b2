package scenarios

import (
	"time"

	"github.com/holdfast-lab/holdfast/claims"
	"github.com/holdfast-lab/holdfast/results"
)

// enough checks that enough requests are planned for claims on shares and
// percentiles to hold: a run that can only be unproven wastes time. Claims that
// are expected to be broken may need fewer requests.
func (s *Scenario) enough(d *decoder) {
	if s.Attack.Planned() == 0 {
		return
	}
	whole := &results.Run{Load: results.Load{For: s.Attack.For}}
	for _, step := range s.Steps {
		ended := step.At + step.For
		if step.For == 0 {
			ended = s.Attack.For
		}
		whole.Faults = append(whole.Faults, results.Fault{Asked: step.At, Effect: step.At + 1, Witness: "planned", Ended: ended})
	}
	for _, p := range s.Claims {
		s.onPaper(d, p, whole)
	}
	if len(s.Steps) > 0 {
		before := &results.Run{Load: results.Load{For: s.first() - steadyLead}}
		for _, p := range s.Steady {
			s.onPaper(d, p, before)
		}
	}
}

func (s *Scenario) onPaper(d *decoder, p Promise, r *results.Run) {
	c, ok := p.Claim.(*claims.Responds)
	if !ok || p.Expect != results.Held || c.Valid() != nil || c.Needs().Fault && len(r.Faults) == 0 {
		return // the latter two are reported elsewhere
	}
	if err := c.OnPaper(r, s.planned); err != nil {
		d.wrong(p.at, "%s can never hold: %v", p.Name, err)
	}
}

// planned returns how many requests of an operation ("" for all) are scheduled
// within a span of time, by the shares of the mix.
func (s *Scenario) planned(operation string, span results.Span) int {
	last := func(at time.Duration) uint64 {
		if at <= 0 {
			return 0
		}
		return s.Attack.Due(at - 1)
	}
	n := float64(last(span.To) - last(span.From))
	if operation != "" {
		n *= float64(s.Attack.Mix[operation])
	}
	return int(n)
}
