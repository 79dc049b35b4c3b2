package claims

import "testing"

func TestBalances(t *testing.T) {
	for text, want := range map[string]int64{"a=10,b=-3": 7, "a=0": 0, "12": 12, "-1": -1, "a=1, b=2": 3, "a=9223372036854775807,b=-1": 1<<63 - 2} {
		if got, ok := balances(text); !ok || got != want {
			t.Errorf("%q comes to %d (%v), want %d", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "a", "a=", "=1", "a=1,", "a=1,,b=1", "a=1,b", "1,2", "a=1.5", "a=b=1", "a=9223372036854775807,b=1", "a=-9223372036854775808,b=-1", "9223372036854775808"} {
		if got, ok := balances(text); ok {
			t.Errorf("%q comes to %d", text, got)
		}
	}
}
