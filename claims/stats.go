package claims

import (
	"math"
	"slices"
	"time"
)

// chiSquareP is the probability that a chi-square variable with df degrees of
// freedom is at least x: the closed form for integer df (Abramowitz and Stegun
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
// Subtracting 1e-9 keeps 0.99 of 100 at rank 99 despite floating-point error.
func quantile(sorted []time.Duration, q float64) time.Duration {
	rank := int(math.Ceil(q*float64(len(sorted)) - 1e-9))
	return sorted[min(max(rank, 1), len(sorted))-1]
}

// sorted sorts the values in place and returns them.
func sorted(d []time.Duration) []time.Duration {
	if len(d) < fewItems {
		slices.Sort(d)
		return d
	}
	copy(d, arranged(d, instant))
	return d
}
