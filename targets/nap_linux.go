package targets

import (
	"time"

	"golang.org/x/sys/unix"
)

// nap sleeps in the kernel, on this thread: finer than a Go timer. A signal may
// end it early, so the caller must check the clock.
func nap(d time.Duration) {
	if d <= 0 {
		return
	}
	ts := unix.NsecToTimespec(int64(d))
	_ = unix.Nanosleep(&ts, nil)
}
