package results

import (
	"fmt"
	"strconv"
	"strings"
)

// Share is a part of a whole, 0 to 1, written in per cent: "99.5%".
type Share float64

// String gives the share in per cent: "99.5%".
func (s Share) String() string {
	// 12 digits hide the binary rounding of 0.07 × 100 and keep all that anyone writes.
	return strconv.FormatFloat(float64(s)*100, 'g', 12, 64) + "%"
}

// MarshalText writes the share as it is read.
func (s Share) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads "70%" or "70 %". A bare number is refused: 1 could be 1 %
// or all.
func (s *Share) UnmarshalText(b []byte) error {
	number, ok := strings.CutSuffix(strings.TrimSpace(string(b)), "%")
	percent, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if !ok || err != nil || !(percent >= 0 && percent <= 100) {
		return fmt.Errorf("read share %q: write 0%% to 100%%, as in 70%%", b)
	}
	*s = Share(percent / 100)
	return nil
}
