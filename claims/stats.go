package claims

import (
	"math"
	"slices"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// z95 is the two-sided 95 % quantile of the normal distribution.
const z95 = 1.959964

// wilson is the 95 % confidence interval of a share of which k of n were seen
// (Wilson 1927).
func wilson(k, n int) (low, high float64) {
	if n == 0 {
		return 0, 1
	}
	total := float64(n)
	p := float64(k) / total
	middle := p + z95*z95/(2*total)
	half := z95 * math.Sqrt(p*(1-p)/total+z95*z95/(4*total*total))
	scale := 1 + z95*z95/total
	return max(0, (middle-half)/scale), min(1, (middle+half)/scale)
}

// noneOf is the exact upper 95 % bound of a share of which none of n were seen
// (Clopper and Pearson 1934; about 3/n).
func noneOf(n int) float64 { return 1 - results.CleanQuantile(n) }

// chiSquareP is the chance that a chi-square variable with df degrees of
// freedom is at least x: the closed form for whole df (Abramowitz and Stegun
// 26.4.4 and 26.4.5).
func chiSquareP(x float64, df int) float64 {
	half, sum, term := x/2, 0.0, math.Exp(-x/2)
	from := 1.0
	if df%2 == 1 {
		sum = math.Erfc(math.Sqrt(half))
		term *= math.Sqrt(half) * 2 / math.Sqrt(math.Pi)
		from = 1.5
	}
	for i := range df / 2 {
		sum += term
		term *= half / (from + float64(i))
	}
	return min(sum, 1)
}

// quantile is the exact q-quantile (nearest rank) of sorted values, 0 < q <= 1.
// The small step down keeps 0.99 of 100 at rank 99 whatever the float says.
func quantile(sorted []time.Duration, q float64) time.Duration {
	rank := int(math.Ceil(q*float64(len(sorted)) - 1e-9))
	return sorted[min(max(rank, 1), len(sorted))-1]
}

// enough is how many samples a quantile takes: ten beyond it.
func enough(q float64) int { return int(math.Ceil(10/(1-q) - 1e-6)) }

// sorted puts the values in order, in place, and gives them back.
func sorted(d []time.Duration) []time.Duration {
	if len(d) < fewItems {
		slices.Sort(d)
		return d
	}
	copy(d, arranged(d, instant))
	return d
}
