package results

import (
	"math"
	"sort"
)

// Sure is the one-sided confidence level of a bound: 95 %.
const Sure = 0.95

// BinomialAtMost returns the probability that at most k of n independent trials
// succeed, if each succeeds with probability p. It sums the terms, so it is exact
// up to rounding.
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

// lowerTail is BinomialAtMost for k up to the mean, where the terms decrease
// from k downwards.
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

// UpperChance is the one-sided 95 % upper confidence bound on the probability of
// an event that k of n trials showed (Clopper and Pearson 1934, "The use of confidence or fiducial
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

// QuantileRanks returns the ranks, from 1, of two of n sorted sample values. The
// q-quantile of the sampled distribution is at or above the lower one with 95 %
// confidence, and at or below the upper one with 95 % confidence. With too few
// values, lower is 0 or upper is n+1. It assumes no distribution (Hahn and Meeker
// 1991, "Statistical Intervals", section 5.2; David and Nagaraja 2003, "Order
// Statistics", section 7.1).
func QuantileRanks(n int, q float64) (lower, upper int) {
	lower = sort.Search(n, func(k int) bool { return BinomialAtMost(k, n, q) > 1-Sure })
	upper = sort.Search(n, func(k int) bool { return BinomialAtMost(k, n, q) >= Sure }) + 1
	return lower, upper
}
