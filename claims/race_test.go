//go:build race

package claims

// raceCost is the factor that the race detector adds to what a test may
// allocate.
//
// Source: https://go.dev/doc/articles/race_detector#Runtime_Overheads (5 to 10
// times the memory, 2 to 20 times the time).
const raceCost = 2
