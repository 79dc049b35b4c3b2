package topologies

import (
	"fmt"
	"time"
)

// Limits of faults on a node or a network link; a fault beyond them is refused
// before it starts.
const (
	// MinCores is the lowest CPU limit: the kernel accepts no quota below 1 ms of a
	// period of 100 ms.
	MinCores = 0.01
	// MinBandwidth and MaxBandwidth are in bit/s. Below, one packet takes
	// seconds; above, the burst of a tc class no longer fits into its field.
	MinBandwidth = 8_000
	MaxBandwidth = 100_000_000_000
	// MinDelay and MaxDelay are the limits of what the witness of a delay can
	// measure: it distinguishes round trips by a millisecond, and times out after 5 s.
	MinDelay = time.Millisecond
	MaxDelay = 4 * time.Second
	// MinLoss is the lowest share of packets to lose: at 2000 packets a second, one
	// is lost in the 5 s in which a loss must be seen.
	MinLoss = 0.0001
)

// CheckCores returns an error if a node cannot be limited to that many cores.
func CheckCores(cores float64) error {
	if !(cores >= MinCores && cores <= 1024) {
		return fmt.Errorf("%v cores: at least %v, at most 1024", cores, MinCores)
	}
	return nil
}

// CheckBandwidth returns an error if a link cannot be limited to that many bit/s.
func CheckBandwidth(bitsPerSecond int64) error {
	if bitsPerSecond < MinBandwidth || bitsPerSecond > MaxBandwidth {
		return fmt.Errorf("%d bit/s: at least %d, at most %d", bitsPerSecond, MinBandwidth, int64(MaxBandwidth))
	}
	return nil
}

// CheckDelay returns an error if packets cannot be delayed by that time.
func CheckDelay(by time.Duration) error {
	if by < MinDelay || by > MaxDelay {
		return fmt.Errorf("%v: at least %v, at most %v", by, MinDelay, MaxDelay)
	}
	return nil
}

// CheckLoss returns an error if that share of the packets, 0 to 1, cannot be lost.
func CheckLoss(share float64) error {
	if !(share >= MinLoss && share <= 1) {
		return fmt.Errorf("a share of %v: at least %v, at most 1", share, MinLoss)
	}
	return nil
}
