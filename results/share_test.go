package results

import (
	"fmt"
	"testing"
)

// TestShareIsExact: a share that is met exactly is met, and one less misses it,
// for every share in steps of 0.1 % and every number of requests that it divides.
func TestShareIsExact(t *testing.T) {
	for tenths := 1; tenths < 1000; tenths++ {
		var s Share
		if err := s.UnmarshalText(fmt.Appendf(nil, "%d.%d%%", tenths/10, tenths%10)); err != nil {
			t.Fatal(err)
		}
		for n := 10; n <= 10_000; n++ {
			if n*tenths%1000 != 0 {
				continue
			}
			if k := n * tenths / 1000; s.Compare(k, n) != 0 || !s.Met(k, n) || s.Met(k-1, n) || s.Compare(k+1, n) <= 0 {
				t.Fatalf("%v of %d: %d is met %v, one less %v", s, n, k, s.Met(k, n), s.Met(k-1, n))
			}
		}
	}
	for text, of := range map[string][2]int{"33.333333333333%": {33_333_333, 100_000_000}, "99.999999999999%": {1_999_999_999, 2_000_000_000}, "0.000000000001%": {0, 1}} {
		var s Share
		if err := s.UnmarshalText([]byte(text)); err != nil || s.String() != text {
			t.Errorf("%s reads as %v (%v)", text, s, err)
		}
		if s.Met(of[0], of[1]) || !s.Met(of[0]+1, of[1]) {
			t.Errorf("%d of %d, and one more, against %s", of[0], of[1], text)
		}
	}
}

// TestShareText: what is written is what is read back.
func TestShareText(t *testing.T) {
	for text, want := range map[string]Share{"99.9%": 0.999, "7%": 0.07, "0%": 0, "100%": 1, "29.9 %": 0.299, ".5%": 0.005} {
		var s Share
		if err := s.UnmarshalText([]byte(text)); err != nil || s != want {
			t.Errorf("%s reads as %v (%v)", text, s, err)
		}
	}
	if got := Share(0.999).String() + Share(0.07).String() + Share(1).String() + Share(0).String(); got != "99.9%7%100%0%" {
		t.Errorf("written %s", got)
	}
	for _, text := range []string{"", "70", "101%", "-1%", "%", "NaN%", "1e1%", "0x1p3%", "Inf%", "1.2.3%", "99.9999999999999%"} {
		var s Share
		if err := s.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q reads as %v", text, s)
		}
	}
}

// TestUsualGoodput: 95 % of the usual part, met exactly, is as usual.
func TestUsualGoodput(t *testing.T) {
	for planned := 1; planned <= 60; planned++ {
		for answered := 1; answered <= planned; answered++ {
			for n := 20; n <= 400; n += 20 {
				if 95*answered*n%(100*planned) != 0 {
					continue
				}
				k := 95 * answered * n / (100 * planned)
				u := Usual{Planned: planned, Answered: answered}
				if !u.goodput(k, n) || k > 0 && u.goodput(k-1, n) {
					t.Fatalf("usual %d of %d: %d of %d", answered, planned, k, n)
				}
			}
		}
	}
}
