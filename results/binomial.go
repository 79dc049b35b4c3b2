package results

import (
	"math"
	"sort"
)

// Sure is how sure a bound is: 95 %, to one side.
const Sure = 0.95

// BinomialAtMost is the chance that of n independent trials, each of which
// succeeds with chance p, at most k succeed. It is summed term by term, so it is
// exact but for rounding.
func BinomialAtMost(k, n int, p float64) float64 {
	switch {
	case k < 0:
		return 0
	case k >= n || p <= 0:
		return 1
	case p >= 1:
		return 0
	case float64(k) > float64(n)*p:
		return 1 - lowerTail(n-k-1, n, 1-p)
	}
	return lowerTail(k, n, p)
}

// lowerTail is BinomialAtMost where k is at most the mean, so that the terms
// fall from the first on.
func lowerTail(k, n int, p float64) float64 {
	factorial := func(x int) float64 { v, _ := math.Lgamma(float64(x) + 1); return v }
	term := math.Exp(factorial(n) - factorial(k) - factorial(n-k) + float64(k)*math.Log(p) + float64(n-k)*math.Log1p(-p))
	sum := 0.0
	for j := k; j >= 0 && term > 1e-17*sum; j-- {
		sum += term
		term *= float64(j) / float64(n-j+1) * (1 - p) / p
	}
	return min(sum, 1)
}

// UpperChance is the greatest chance of an event, 95 % sure, of which k of n
// trials showed one (Clopper and Pearson 1934, "The use of confidence or fiducial
// limits", Biometrika 26).
func UpperChance(k, n int) float64 {
	switch {
	case k >= n:
		return 1
	case k <= 0:
		return 1 - CleanQuantile(n)
	}
	low, high := float64(k)/float64(n), 1.0
	for range 60 {
		if middle := (low + high) / 2; BinomialAtMost(k, n, middle) > 1-Sure {
			low = middle
		} else {
			high = middle
		}
	}
	return high
}

// QuantileRanks is between which of n sorted values the q-quantile of what they
// are a sample of lies, by their ranks from 1: at or above the lower with 95 %
// confidence, and at or below the upper with 95 %. Lower is 0, and upper n+1, where
// there are too few values to tell. It assumes no distribution (Hahn and Meeker
// 1991, "Statistical Intervals", section 5.2; David and Nagaraja 2003, "Order
// Statistics", section 7.1).
func QuantileRanks(n int, q float64) (lower, upper int) {
	lower = sort.Search(n, func(k int) bool { return BinomialAtMost(k, n, q) > 1-Sure })
	upper = sort.Search(n, func(k int) bool { return BinomialAtMost(k, n, q) >= Sure }) + 1
	return lower, upper
}
