package claims

import (
	"strconv"
	"time"
)

// span formats a time exactly, for people: "20 s", "1.5 s", "250 ms".
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

// near formats a measured time with two decimals, or as many as are needed to
// be on the correct side of its limit.
func near(d, limit time.Duration) string {
	if d < time.Second {
		return span(rounded(d, fine, limit))
	}
	short := rounded(d, 10*coarse, limit)
	if short%(10*coarse) == 0 {
		return strconv.FormatFloat(short.Seconds(), 'f', 2, 64) + " s"
	}
	return span(short)
}
