package scenarios

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/holdfast-lab/holdfast/claims"
	"github.com/holdfast-lab/holdfast/results"
	"github.com/holdfast-lab/holdfast/targets"
	"github.com/holdfast-lab/holdfast/topologies"
)

// TestSteadyIsJudgedAsEveryClaim runs systems and generators that fail before
// the first step: no fault is injected.
func TestSteadyIsJudgedAsEveryClaim(t *testing.T) {
	t.Parallel()
	patient := strings.Replace(killed, "timeout: 1s", "timeout: 5s", 1)
	unwell := func(change func(*results.Load)) func(*player) {
		return func(p *player) {
			p.health = func(g *targets.Gauge) results.Load {
				l := inHealth(g)
				change(&l)
				return l
			}
		}
	}
	for _, c := range []struct {
		name   string
		system *memory
		text   string
		alter  func(*player)
		why    string // "": it is steady
	}{
		{"all is well", &memory{failover: 1}, patient, nil, ""},
		{"frozen, and nothing has timed out yet", &memory{freezes: 60}, patient, nil, "requests are in flight, the oldest for"},
		{"frozen since the first request", &memory{freezes: 1}, patient, nil, "requests are in flight, the oldest for"},
		{"frozen, and few requests are let in", &memory{freezes: 60}, strings.Replace(patient, "timeout:", "max-in-flight: 4, timeout:", 1), nil, "4 requests are in flight, the oldest for"},
		{"frozen, and only a percentile is wanted", &memory{freezes: 60}, strings.Replace(patient, "share: 80%", "p95: 1s", 1), nil, "requests are in flight, the oldest for"},
		{"a generator without CPU", &memory{}, patient, unwell(func(l *results.Load) { l.CPUShare = 0.95 }), "no load proof: the driver used 95% of its CPU"},
		{"a generator that is held back", &memory{}, patient, unwell(func(l *results.Load) { l.Throttled = 1e9 }), "no load proof: the driver was throttled by its CPU limit"},
		{"a checker that panics", &memory{}, patient, func(p *player) { p.armed.Steady[0].Claim = planted{} }, "the checker panicked: planted"},
		{"a checker that cannot be broken", &memory{}, patient, func(p *player) { p.armed.Steady[0].Claim = agreeable{} }, "the checker failed its self-check"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := memoryWorld(t, func(topologies.Topology) *memory { return c.system })
				p, err := newPlayer(w, scenario(t, c.text), Treatment, Options{Results: t.TempDir(), Seed: 7})
				if err != nil {
					t.Fatal(err)
				}
				if c.alter != nil {
					c.alter(p)
				}
				r, _, err := p.playAndJudge(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if steady := r.Finished && c.system.killed; steady != (c.why == "") || !strings.Contains(r.Why, c.why) {
					t.Errorf("finished %v, killed %v, why %q, want %q", r.Finished, c.system.killed, r.Why, c.why)
				}
				for _, v := range r.Verdicts {
					if v.Name == "responds" {
						t.Errorf("the steady verdict was kept: %+v", v)
					}
				}
			})
		})
	}
}

// planted is a claim whose checker has a bug.
type planted struct{}

func (planted) String() string                     { return "requests respond" }
func (planted) Needs() claims.Needs                { return claims.Needs{} }
func (planted) Check(*results.Run) results.Verdict { panic("planted") }

// agreeable is a claim that nothing breaks.
type agreeable struct{}

func (agreeable) String() string      { return "all is well" }
func (agreeable) Needs() claims.Needs { return claims.Needs{} }
func (agreeable) Check(*results.Run) results.Verdict {
	return results.Verdict{Outcome: results.Held, N: 1}
}
