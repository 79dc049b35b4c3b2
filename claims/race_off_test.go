//go:build !race

package claims

// raceCost is 1 without the race detector.
const raceCost = 1
