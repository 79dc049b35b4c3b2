package results

import (
	"math"
	"math/big"
	"testing"
)

// exactAtMost is BinomialAtMost in rational numbers, for p = num/den.
func exactAtMost(k, n int, num, den int64) float64 {
	sum, whole := new(big.Int), new(big.Int).Exp(big.NewInt(den), big.NewInt(int64(n)), nil)
	for j := 0; j <= k; j++ {
		term := new(big.Int).Binomial(int64(n), int64(j))
		term.Mul(term, new(big.Int).Exp(big.NewInt(num), big.NewInt(int64(j)), nil))
		sum.Add(sum, term.Mul(term, new(big.Int).Exp(big.NewInt(den-num), big.NewInt(int64(n-j)), nil)))
	}
	f, _ := new(big.Rat).SetFrac(sum, whole).Float64()
	return f
}

func TestBinomialAtMost(t *testing.T) {
	for _, n := range []int{1, 2, 10, 99, 300} {
		for _, num := range []int64{1, 10, 50, 500, 900, 999} {
			for k := 0; k <= n; k += max(1, n/23) {
				got, want := BinomialAtMost(k, n, float64(num)/1000), exactAtMost(k, n, num, 1000)
				if math.Abs(got-want) > 1e-10 {
					t.Errorf("at most %d of %d at %d/1000: %v, want %v", k, n, num, got, want)
				}
			}
		}
	}
	if got := BinomialAtMost(1_999_999, 2_000_000, 0.999); got < 1-1e-12 {
		t.Errorf("nearly all of two million: %v", got)
	}
	if got := BinomialAtMost(10, 2_000_000, 0.5); got != 0 {
		t.Errorf("ten heads of two million: %v", got)
	}
}

// TestUpperChance compares with tabled one-sided 95 % limits.
func TestUpperChance(t *testing.T) {
	for _, c := range []struct {
		k, n int
		want float64
	}{{0, 10, 0.2589}, {1, 10, 0.3942}, {5, 10, 0.7776}, {9, 10, 0.9949}, {10, 10, 1}, {0, 1, 0.95}, {1, 100, 0.0466}, {10, 10_000, 0.0016957}} {
		if got := UpperChance(c.k, c.n); math.Abs(got-c.want) > 5e-5 {
			t.Errorf("%d of %d: %v, want %v", c.k, c.n, got, c.want)
		}
	}
}

// TestQuantileRanks: the ranks are those of the published tables (Hahn and Meeker,
// table A.15 for one-sided limits), and no narrower ones would be as sure.
func TestQuantileRanks(t *testing.T) {
	for _, c := range []struct {
		n            int
		q            float64
		lower, upper int
	}{{4, 0.5, 0, 5}, {5, 0.5, 1, 5}, {100, 0.5, 42, 59}, {58, 0.95, 52, 59}, {59, 0.95, 53, 59}, {100, 0.99, 97, 101}, {298, 0.99, 292, 299}, {299, 0.99, 293, 299}} {
		lower, upper := QuantileRanks(c.n, c.q)
		if lower != c.lower || upper != c.upper {
			t.Errorf("%v of %d: %d to %d, want %d to %d", c.q, c.n, lower, upper, c.lower, c.upper)
		}
	}
	for n := 1; n < 400; n += 13 {
		for _, q := range []float64{0.5, 0.9, 0.95, 0.99} {
			l, u := QuantileRanks(n, q)
			if l > 0 && BinomialAtMost(l-1, n, q) > 0.05 || BinomialAtMost(l, n, q) <= 0.05 && l < n {
				t.Errorf("%v of %d: %d is not the highest lower rank", q, n, l)
			}
			if BinomialAtMost(u-1, n, q) < 0.95 || u > 1 && BinomialAtMost(u-2, n, q) >= 0.95 {
				t.Errorf("%v of %d: %d is not the lowest upper rank", q, n, u)
			}
		}
	}
}
