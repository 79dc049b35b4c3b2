package results

import "math"

// CleanQuantile returns the highest quantile that the maximum of n independent
// values bounds from above with 95 % confidence: q with q^n = 0.05, the
// non-parametric one-sided tolerance bound (Wilks 1941). 5 values bound the
// median, 14 the 80th percentile, 29 the 90th, 59 the 95th. 1 - q is the
// upper bound on the probability of an event that none of n trials showed.
func CleanQuantile(n int) float64 { return math.Pow(0.05, 1/float64(n)) }
