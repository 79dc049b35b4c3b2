package chaos

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Share is a fraction from 0 to 1, written in per cent: "10%".
type Share float64

// String returns the share in per cent: "10%".
func (s Share) String() string {
	// 12 digits hide the binary rounding of 0.07 × 100 and keep every digit
	// that people write.
	return strconv.FormatFloat(float64(s)*100, 'g', 12, 64) + "%"
}

// MarshalText writes the share in the form that UnmarshalText reads.
func (s Share) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads "10%". A number without % is an error, since 1 could mean
// 1 % or 100 %.
func (s *Share) UnmarshalText(b []byte) error {
	number, ok := strings.CutSuffix(strings.TrimSpace(string(b)), "%")
	v, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if !ok || err != nil || !(v >= 0 && v <= 100) {
		return fmt.Errorf("read share %q: write 0%% to 100%%, as in 10%%", b)
	}
	*s = Share(v / 100)
	return nil
}

// Bitrate is bits per second, written with a decimal unit: "64kbit/s".
type Bitrate int64

// bitUnits are the units of a Bitrate, the largest first.
var bitUnits = []struct {
	name string
	bits int64
}{{"Gbit/s", 1e9}, {"Mbit/s", 1e6}, {"kbit/s", 1e3}, {"bit/s", 1}}

// String returns the rate in the largest unit that represents it exactly:
// "64kbit/s".
func (r Bitrate) String() string {
	for _, u := range bitUnits {
		if int64(r)%u.bits == 0 && r != 0 {
			return strconv.FormatInt(int64(r)/u.bits, 10) + u.name
		}
	}
	return "0bit/s"
}

// MarshalText writes the rate in the form that UnmarshalText reads.
func (r Bitrate) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads "64kbit/s", "1.5Mbit/s". A rate below 1 bit/s is an
// error.
func (r *Bitrate) UnmarshalText(b []byte) error {
	text := strings.TrimSpace(string(b))
	for _, u := range bitUnits {
		number, ok := strings.CutSuffix(text, u.name)
		if !ok {
			continue
		}
		v, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
		if err != nil || !(v*float64(u.bits) >= 1 && v*float64(u.bits) <= math.MaxInt64/2) {
			break
		}
		*r = Bitrate(math.Round(v * float64(u.bits)))
		return nil
	}
	return fmt.Errorf("read bit rate %q: write a number and bit/s, kbit/s, Mbit/s or Gbit/s, as in 64kbit/s", b)
}
