// Rounding must not contradict the verdict: a figure printed beside its limit
// has as many digits as are needed to be on the correct side of it.

package claims

import (
	"cmp"
	"strconv"
	"time"
)

// Default resolution of printed times.
const (
	fine   = 10 * time.Microsecond
	coarse = time.Millisecond
)

// beside formats a time so that it compares with the limits as the exact value
// does: rounded to step, or to a finer step if necessary. Limits are printed
// exactly.
func beside(d, step time.Duration, limits ...time.Duration) string {
	if d == never {
		return "no answer within the timeout"
	}
	return rounded(d, step, limits...).String()
}

// rounded is the time that beside formats.
func rounded(d, step time.Duration, limits ...time.Duration) time.Duration {
	for ; step > 1; step /= 10 {
		if near := d.Round(step); sameSide(near, d, limits) {
			return near
		}
	}
	return d
}

// digits formats a number so that it compares with the limits as the exact
// value does: with few significant digits, or more if necessary.
func digits(x float64, few int, limits ...float64) string {
	for ; few < 17; few++ {
		text := strconv.FormatFloat(x, 'g', few, 64)
		if near, err := strconv.ParseFloat(text, 64); err == nil && sameSide(near, x, limits) {
			return plain(near)
		}
	}
	return plain(x)
}

// plain formats a number exactly.
func plain(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }

// sameSide reports whether near compares with every limit as x does.
func sameSide[T cmp.Ordered](near, x T, limits []T) bool {
	for _, limit := range limits {
		if cmp.Compare(near, limit) != cmp.Compare(x, limit) {
			return false
		}
	}
	return true
}
