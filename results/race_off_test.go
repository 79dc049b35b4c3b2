//go:build !race

package results

// raceCost is 1 without the race detector.
const raceCost = 1
