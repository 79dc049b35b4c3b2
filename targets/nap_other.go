//go:build !linux

package targets

import "time"

// nap sleeps as finely as the Go runtime can.
func nap(d time.Duration) { time.Sleep(d) }
