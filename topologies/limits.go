package topologies

import (
	"fmt"
	"time"
)

// Limits of what can be done to a node or a wire, so that a fault beyond them
// is refused before it starts.
const (
	// MinCores is the least CPU: the kernel takes no quota below 1 ms of a
	// period of 100 ms.
	MinCores = 0.01
	// MinBandwidth and MaxBandwidth are in bit/s. Below, one packet takes
	// seconds; above, the burst of a class no longer fits into its field.
	MinBandwidth = 8_000
	MaxBandwidth = 100_000_000_000
	// MinDelay and MaxDelay bound a delay by what its witness can measure: a
	// round trip is told from another by a millisecond, and is given up after 5 s.
	MinDelay = time.Millisecond
	MaxDelay = 4 * time.Second
	// MinLoss is the least share of packets to lose: of 2000 a second, one is
	// lost in the 5 s in which a loss must be seen.
	MinLoss = 0.0001
)

// CheckCores says why a node cannot be limited to so many cores, or nil.
func CheckCores(cores float64) error {
	if !(cores >= MinCores && cores <= 1024) {
		return fmt.Errorf("%v cores: at least %v, at most 1024", cores, MinCores)
	}
	return nil
}

// CheckBandwidth says why a wire cannot be limited to so many bit/s, or nil.
func CheckBandwidth(bitsPerSecond int64) error {
	if bitsPerSecond < MinBandwidth || bitsPerSecond > MaxBandwidth {
		return fmt.Errorf("%d bit/s: at least %d, at most %d", bitsPerSecond, MinBandwidth, int64(MaxBandwidth))
	}
	return nil
}

// CheckDelay says why packets cannot be delayed by so much, or nil.
func CheckDelay(by time.Duration) error {
	if by < MinDelay || by > MaxDelay {
		return fmt.Errorf("%v: at least %v, at most %v", by, MinDelay, MaxDelay)
	}
	return nil
}

// CheckLoss says why such a share of the packets cannot be lost, or nil.
func CheckLoss(share float64) error {
	if !(share >= MinLoss && share <= 1) {
		return fmt.Errorf("a share of %v: at least %v, at most 1", share, MinLoss)
	}
	return nil
}
