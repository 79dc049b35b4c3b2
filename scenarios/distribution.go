package scenarios

import (
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/holdfast-lab/holdfast/results"
)

// Distribution is one figure of one claim over the repeats of one arm.
type Distribution struct {
	Arm    string  `json:"arm"`
	Name   string  `json:"name"`  // of the claim, as in the scenario file
	Claim  string  `json:"claim"` // the claim as a sentence
	Figure string  `json:"figure"`
	Unit   string  `json:"unit"`
	N      int     `json:"n"` // runs in which it was measured
	Min    float64 `json:"min"`
	Median float64 `json:"median"`
	Max    float64 `json:"max"`
	Bound  *Bound  `json:"bound,omitempty"` // of the treatment, if every repeat was clean
	Says   string  `json:"says,omitempty"`  // the bound as a sentence, or why none is given
}

// Bound is an upper bound with 95 % confidence from clean repeats: of a
// quantile of a figure, or, if no repeat lost a write, of the probability that
// a run loses one.
type Bound struct {
	Confidence float64 `json:"confidence"` // 0.95
	Clean      int     `json:"clean"`      // repeats
	Quantile   float64 `json:"quantile,omitempty"`
	AtMost     float64 `json:"at_most"` // in the figure's unit; 0 for a probability, which is that of exceeding 0 losses
	Chance     float64 `json:"chance,omitempty"`
}

// bounded are the figures of which the greatest value is the worst and a
// quantile can be bounded by repeats.
var bounded = []string{"rto", "rto-first", "rto-steady", "error-seconds", "longest-gap", "staleness-p50", "staleness-p99", "staleness-max"}

// distributions collects the figures of the repeats by arm and claim. Two
// claims of the same name stay separate.
func distributions(plays []ArmProof) []Distribution {
	var all []Distribution
	var arms []string
	for _, a := range plays {
		if !slices.Contains(arms, a.Arm) {
			arms = append(arms, a.Arm)
		}
	}
	for _, arm := range arms {
		of := slices.DeleteFunc(slices.Clone(plays), func(a ArmProof) bool { return a.Arm != arm })
		for i := range of[0].Claims {
			var vs []results.Verdict
			clean := true
			for _, a := range of {
				clean = clean && a.Says == Proven
				if i < len(a.Claims) {
					vs = append(vs, a.Claims[i])
				}
			}
			for _, d := range spreads(vs) {
				if d.Arm = arm; arm == Treatment {
					d.bound(vs, len(of), clean)
				}
				all = append(all, d)
			}
		}
	}
	return all
}

// spreads returns the distribution of each figure of one claim.
func spreads(vs []results.Verdict) []Distribution {
	var all []Distribution
	values := map[string][]float64{}
	for _, v := range vs {
		for _, f := range v.Figures {
			if values[f.Name] == nil {
				all = append(all, Distribution{Name: v.Name, Claim: v.Claim, Figure: f.Name, Unit: f.Unit})
			}
			values[f.Name] = append(values[f.Name], f.Value)
		}
	}
	for i := range all {
		d, x := &all[i], slices.Sorted(slices.Values(values[all[i].Figure]))
		n := len(x)
		d.N, d.Min, d.Median, d.Max = n, x[0], (x[(n-1)/2]+x[n/2])/2, x[n-1]
	}
	return all
}

// bound returns the bound that so many runs allow.
func (d *Distribution) bound(vs []results.Verdict, plays int, clean bool) {
	losses := d.Figure == "lost"
	if !losses && !slices.Contains(bounded, d.Figure) {
		return
	}
	held := 0
	for _, v := range vs {
		if v.Outcome == results.Held {
			held++
		}
	}
	q := results.CleanQuantile(plays)
	switch {
	case held < plays:
		d.Says = fmt.Sprintf("no bound: the claim held in %d of %d repeats", held, plays)
	case !clean:
		d.Says = "no bound: not every repeat was clean"
	case d.N < plays:
		d.Says = fmt.Sprintf("no bound: it was measured in %d of %d repeats", d.N, plays)
	case losses:
		d.Bound = &Bound{Confidence: 0.95, Clean: plays, Chance: 1 - q}
		d.Says = fmt.Sprintf("the probability that a run loses a write is at most %.1f %% with 95 %% confidence (%d clean repeats)", math.Ceil(1000*(1-q))/10, plays)
	default:
		d.Bound = &Bound{Confidence: 0.95, Clean: plays, Quantile: q, AtMost: d.Max}
		d.Says = fmt.Sprintf("%s of %s is at most %.3f %s with 95 %% confidence (%d clean repeats)", percentile(q), d.Figure, math.Ceil(d.Max*1000-1e-6)/1000, d.Unit, plays)
	}
}

// percentile names a quantile, rounded down so that the text does not claim too
// much.
func percentile(q float64) string {
	whole := int(100 * q)
	if whole >= 50 && whole < 55 {
		return "the median"
	}
	end := "th"
	if e, ok := map[int]string{1: "st", 2: "nd", 3: "rd"}[whole%10]; ok && whole/10 != 1 {
		end = e
	}
	return fmt.Sprintf("the %d%s percentile", whole, end)
}

// spread prints the distributions, one line per figure.
func (p *Proof) spread(w io.Writer) {
	arm, claim := "", ""
	for _, d := range p.Distributions {
		if d.Arm != arm || d.Claim != claim {
			arm, claim = d.Arm, d.Claim
			fmt.Fprintf(w, "\n  %s: %s\n      %-14s %10s %10s %10s %4s\n", arm, results.Printable(claim), "figure", "min", "median", "max", "n")
		}
		fmt.Fprintf(w, "      %-14s %10.3f %10.3f %10.3f %4d  %s\n", results.Printable(d.Figure), d.Min, d.Median, d.Max, d.N, results.Printable(d.Unit))
		if d.Says != "" {
			fmt.Fprintf(w, "        %s\n", results.Printable(d.Says))
		}
	}
}
