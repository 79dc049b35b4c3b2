package claims

import (
	"math"
	"testing"

	"github.com/holdfast-lab/holdfast/results"
)

// TestSharesMetExactly checks, with exactly least requests, that a share that
// is met exactly is held and one less is broken, for shares in steps of 0.1 %.
func TestSharesMetExactly(t *testing.T) {
	for tenths := 1; tenths < 1000; tenths++ {
		part := Share(float64(tenths) / 1000)
		for n := 1000; n <= 10_000; n += 1000 {
			k := n / 1000 * tenths
			if got := (sample{n - k, n, part}).judge(n); got != results.Held {
				t.Fatalf("%d of %d against %v: %v", k, n, part, got)
			}
			if got := (sample{n - k + 1, n, part}).judge(n); got != results.Broken {
				t.Fatalf("%d of %d against %v: %v", k-1, n, part, got)
			}
			if got := (sample{n - k, n, part}).judge(0); got == results.Broken {
				t.Fatalf("%d of %d against %v without least: %v", k, n, part, got)
			}
		}
	}
}

// TestHeldIs95PercentSure checks that a held share has 95 % confidence by the
// printed bound, and would not with one more miss.
func TestHeldIs95PercentSure(t *testing.T) {
	for _, part := range []Share{0.5, 0.9, 0.95, 0.99, 0.999} {
		for _, n := range []int{1, 5, 29, 59, 298, 299, 300, 2994, 2995, 9000} {
			most := -1
			for missed := 0; missed <= n; missed++ {
				if (sample{missed, n, part}).judge(0) != results.Held {
					break
				}
				most = missed
			}
			rest := float64(part.Rest())
			if most >= 0 && results.UpperChance(most, n) > rest {
				t.Errorf("%d of %d missed is held for %v, and up to %v may miss it", most, n, part, results.UpperChance(most, n))
			}
			if results.UpperChance(most+1, n) <= rest {
				t.Errorf("%d of %d missed is not held for %v, and at most %v miss it", most+1, n, part, results.UpperChance(most+1, n))
			}
		}
	}
}

// TestBrokenNeedsEnoughMisses checks that a broken share was missed by these
// requests and, if there are few, is missed with 95 % confidence.
func TestBrokenNeedsEnoughMisses(t *testing.T) {
	for _, part := range []Share{0.5, 0.9, 0.99, 0.995, 1} {
		for _, n := range []int{1, 2, 10, 100, 999, 1000, 2000} {
			for missed := 0; missed <= n; missed++ {
				broken := (sample{missed, n, part}).judge(0) == results.Broken
				switch met := part.Met(n-missed, n); {
				case broken && met:
					t.Fatalf("%d of %d missed breaks %v, which is met", missed, n, part)
				case part == 1 && missed > 0 && !broken:
					t.Fatalf("%d of %d missed does not break all", missed, n)
				case broken && n < enough(float64(part)) && part < 1 && 1-results.BinomialAtMost(missed-1, n, float64(part.Rest())) > 0.05+1e-12:
					t.Fatalf("%d of %d missed breaks %v, and need not be too many", missed, n, part)
				}
			}
		}
	}
}

// TestTakesIsLeast checks that takes is the smallest number of requests that is
// enough.
func TestTakesIsLeast(t *testing.T) {
	for _, c := range []struct {
		part    Share
		missing float64
		want    int // 0: no number is enough
	}{{0.9, 0, 29}, {0.99, 0, 299}, {0.999, 0, 2995}, {0.9, 0.1, 0}, {0.9, 0.2, 0}, {0.9, 0.0999999999, 0}} {
		if got := takes(c.part, c.missing); got != c.want {
			t.Errorf("%v with %v missing takes %d, want %d", c.part, c.missing, got, c.want)
		}
	}
	for _, missing := range []float64{0.001, 0.004, 0.008} {
		n := takes(0.99, missing)
		missed := int(math.Ceil(missing * float64(n)))
		if got := (sample{missed, n, 0.99}).judge(0); got != results.Held {
			t.Errorf("%d of %d missed: %v", missed, n, got)
		}
	}
}
