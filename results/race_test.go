//go:build race

package results

// raceCost is how many times as much a test may take with the race detector as
// without: five, for memory and for the time of the CPU.
// Source: https://go.dev/doc/articles/race_detector#Runtime_Overheads (5 to 10 times
// the memory, 2 to 20 times the time).
const raceCost = 5
