//go:build !linux

package targets

import "time"

// nap sleeps with the resolution of the Go runtime.
func nap(d time.Duration) { time.Sleep(d) }
