package claims

import (
	"fmt"
	"strconv"
	"strings"
)

// Share is a part of a whole, 0 to 1, written "99.5%".
type Share float64

// String writes the share in percent, without needless digits.
func (s Share) String() string {
	return strconv.FormatFloat(float64(s)*100, 'g', 12, 64) + "%"
}

// MarshalText writes the share as String does.
func (s Share) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads "99.5%" or "99.5 %"; the sign is required and the number
// lies between 0 and 100.
func (s *Share) UnmarshalText(b []byte) error {
	number, ok := strings.CutSuffix(strings.TrimSpace(string(b)), "%")
	percent, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if !ok || err != nil || !(percent >= 0 && percent <= 100) {
		return fmt.Errorf("read share: %q is no percentage from 0%% to 100%%", b)
	}
	*s = Share(percent / 100)
	return nil
}
