package results

import (
	"cmp"
	"fmt"
	"math"
	"math/bits"
	"strconv"
	"strings"
)

// Share is a part of a whole, 0 to 1, written in per cent: "99.5%". It means
// the decimal number as written, not the nearest binary fraction: compare counts
// with it by [Share.Compare], which is exact.
type Share float64

// A share is a whole number of these parts: 12 decimals of a per cent. They are
// few enough that a float64 identifies the number of parts uniquely.
const (
	shareDecimals = 12
	shareParts    = 100_000_000_000_000
)

// Parts is the share as a whole number of 10^-14, so that shares can be summed
// and compared exactly; the whole is WholeParts.
func (s Share) Parts() int64 { return int64(math.Round(float64(s) * shareParts)) }

// WholeParts is the whole in the unit of [Share.Parts].
const WholeParts int64 = shareParts

// Compare reports, by integer arithmetic, whether k of n are less than the share
// (-1), exactly the share (0) or more (+1).
func (s Share) Compare(k, n int) int {
	seenHigh, seenLow := bits.Mul64(uint64(k), shareParts)
	wantHigh, wantLow := bits.Mul64(uint64(n), uint64(s.Parts()))
	return cmp.Or(cmp.Compare(seenHigh, wantHigh), cmp.Compare(seenLow, wantLow))
}

// Met reports whether k of n are at least the share.
func (s Share) Met(k, n int) bool { return s.Compare(k, n) >= 0 }

// Rest is the rest of the whole: 0.5 % for 99.5 %.
func (s Share) Rest() Share { return Share(float64(WholeParts-s.Parts()) / shareParts) }

// Percent is the share in per cent: 99.5.
func (s Share) Percent() float64 { return float64(s.Parts()) / (shareParts / 100) }

// String returns the share in per cent: "99.5%".
func (s Share) String() string { return strconv.FormatFloat(s.Percent(), 'f', -1, 64) + "%" }

// MarshalText writes the share in the form that UnmarshalText reads.
func (s Share) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads "70%" or "70 %". A bare number is refused: 1 could be 1 %
// or all.
func (s *Share) UnmarshalText(b []byte) error {
	number, ok := strings.CutSuffix(strings.TrimSpace(string(b)), "%")
	number = strings.TrimSpace(number)
	percent, err := strconv.ParseFloat(number, 64)
	_, decimals, _ := strings.Cut(number, ".")
	plain := strings.Trim(number, "0123456789.") == ""
	switch {
	case !ok || err != nil || !plain || !(percent >= 0 && percent <= 100):
		return fmt.Errorf("read share %q: write 0%% to 100%%, as in 70%%", b)
	case len(decimals) > shareDecimals:
		return fmt.Errorf("read share %q: write at most %d decimals", b, shareDecimals)
	}
	*s = Share(math.Round(percent*(shareParts/100)) / shareParts)
	return nil
}
