package claims

import (
	"strconv"
	"time"
)

// span writes a time for people, exactly: "20 s", "1.5 s", "250 ms".
func span(d time.Duration) string {
	unit, name := time.Second, " s"
	switch size := max(d, -d); {
	case size == 0 || size >= time.Second:
	case size >= time.Millisecond:
		unit, name = time.Millisecond, " ms"
	default:
		unit, name = time.Microsecond, " µs"
	}
	return strconv.FormatFloat(float64(d)/float64(unit), 'f', -1, 64) + name
}

// near writes a measured time with two decimals, or exactly where these would
// put it on the other side of its limit.
func near(d, limit time.Duration) string {
	short := d.Round(10 * time.Microsecond)
	if d >= time.Second {
		short = d.Round(10 * time.Millisecond)
	}
	switch {
	case (short > limit) != (d > limit):
		return span(d)
	case d >= time.Second:
		return strconv.FormatFloat(d.Seconds(), 'f', 2, 64) + " s"
	}
	return span(short)
}
