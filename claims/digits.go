// Rounding must not contradict the verdict: a figure that is printed beside its
// limit has as many digits as it takes to be on the right side of it.

package claims

import (
	"cmp"
	"strconv"
	"time"
)

// How finely times are told where nothing asks for more.
const (
	fine   = 10 * time.Microsecond
	coarse = time.Millisecond
)

// beside writes a time so that it compares with the limits as it does unrounded:
// to the step, or to as much finer a one as that takes. The limits are printed in full.
func beside(d, step time.Duration, limits ...time.Duration) string {
	if d == never {
		return "no answer within the timeout"
	}
	return rounded(d, step, limits...).String()
}

// rounded is the time that beside writes.
func rounded(d, step time.Duration, limits ...time.Duration) time.Duration {
	for ; step > 1; step /= 10 {
		if near := d.Round(step); sameSide(near, d, limits) {
			return near
		}
	}
	return d
}

// digits writes a number so that it compares with the limits as it does unrounded:
// with so many significant digits, or as many more as that takes.
func digits(x float64, few int, limits ...float64) string {
	for ; few < 17; few++ {
		text := strconv.FormatFloat(x, 'g', few, 64)
		if near, err := strconv.ParseFloat(text, 64); err == nil && sameSide(near, x, limits) {
			return plain(near)
		}
	}
	return plain(x)
}

// plain writes a number in full.
func plain(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }

// sameSide says whether near lies to every limit as x does.
func sameSide[T cmp.Ordered](near, x T, limits []T) bool {
	for _, limit := range limits {
		if cmp.Compare(near, limit) != cmp.Compare(x, limit) {
			return false
		}
	}
	return true
}
