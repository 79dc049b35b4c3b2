package claims

import (
	"testing"
	"time"
)

func TestDurationText(t *testing.T) {
	const limit = 20 * time.Second
	for want, got := range map[string]string{
		"20 s": span(limit), "1.5 s": span(1500 * time.Millisecond), "250 ms": span(250 * time.Millisecond),
		"40 µs": span(40 * time.Microsecond), "0 s": span(0), "-1.5 s": span(-1500 * time.Millisecond),
		"6.99 s": near(6987654321, limit), "8.54 ms": near(8541234, limit), "19.99 s": near(19994*time.Millisecond, limit),
		// Rounded, these would be equal to the limit or on the other side of
		// it.
		"7.00 s": near(7002*time.Millisecond, limit), "20.004 s": near(20004*time.Millisecond, limit), "203.004 µs": near(203004, 203*time.Microsecond), "200 µs": near(203004, time.Millisecond),
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
