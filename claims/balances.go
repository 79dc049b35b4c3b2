package claims

import (
	"strconv"
	"strings"
)

// balances is the sum of a value such as "a=10,b=-3", or of a plain number. It
// is false if the value is neither, or if the sum overflows int64.
func balances(value string) (sum int64, ok bool) {
	if !strings.Contains(value, "=") {
		n, err := strconv.ParseInt(value, 10, 64)
		return n, err == nil
	}
	for part := range strings.SplitSeq(value, ",") {
		name, number, _ := strings.Cut(part, "=")
		n, err := strconv.ParseInt(number, 10, 64)
		if err != nil || strings.TrimSpace(name) == "" {
			return 0, false
		}
		next := sum + n
		if (next > sum) != (n > 0) {
			return 0, false
		}
		sum = next
	}
	return sum, true
}
