package claims

import (
	"encoding/json"
	"math"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// settings is one valid claim of each name.
var settings = map[string]Claim{
	"bank":                      &Bank{Total: 100, LeastSamples: 5},
	"convergence":               &Convergence{Within: 10 * time.Second},
	"counter":                   &Counter{LeastSamples: 5},
	"fails-entirely":            &FailsEntirely{Within: 2 * time.Second},
	"honest-clock":              &HonestClock{Clock: "service", Quantiles: []float64{99, 95}},
	"keeps-acknowledged-writes": &KeepsAcknowledgedWrites{AtRisk: 100},
	"linearizable":              &Linearizable{LeastSamples: 5},
	"monotonic-reads":           &MonotonicReads{},
	"monotonic-writes":          &MonotonicWrites{LeastSamples: 5},
	"not-applied-twice":         &NotAppliedTwice{Allow: 2},
	"one-primary":               &OnePrimary{},
	"queue":                     &Queue{Processed: "processed", Promise: "at-most-once", AtRisk: 50},
	"read-your-writes":          &ReadYourWrites{StaleWithin: time.Second, LeastSamples: 5},
	"reads-not-stale":           &ReadsNotStale{StaleWithin: time.Second},
	"recovers":                  &Recovers{Operation: "write", Within: 30 * time.Second, Steady: 40 * time.Second},
	"responds":                  &Responds{Operation: "read", Phase: "faulted", Share: 0.995, P99: Within(50 * time.Millisecond)},
	"session-kept":              &SessionKept{Login: "login", LeastSamples: 5},
	"slow-bounded":              &SlowBounded{SlowerThan: 500 * time.Millisecond, AtMost: 8, EachWithin: 1500 * time.Millisecond},
	"spread-evenly":             &SpreadEvenly{Servers: 3},
	"unique-ids":                &UniqueIDs{LeastSamples: 5},
	"unreachable":               &Unreachable{From: "visitor", To: []string{"web", "db"}},
}

func TestTable(t *testing.T) {
	if len(settings) != len(Names()) || !slices.IsSorted(Names()) {
		t.Errorf("names are %v", Names())
	}
	for _, name := range Names() {
		zero, ok := New(name)
		want := settings[name]
		if !ok || want == nil {
			t.Errorf("%s: no such claim, or no settings to test it with", name)
			continue
		}
		if got := nameOf(zero); got != name {
			t.Errorf("%s: by its type it is %q", name, got)
		}
		text, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, zero); err != nil || !reflect.DeepEqual(zero, want) {
			t.Errorf("%s: %s reads as %+v (%v), want %+v", name, text, zero, err, want)
		}
		if c, ok := zero.(Valid); ok && c.Valid() != nil {
			t.Errorf("%s: %v", name, c.Valid())
		}
		if zero.String() == "" {
			t.Errorf("%s: no sentence", name)
		}
		if v := zero.Check(&results.Run{}); v.Outcome != results.Unproven || v.Why == "" || v.Name != name || v.Wanted == "" && name != "honest-clock" && name != "not-applied-twice" {
			t.Errorf("%s: of an empty run: %+v", name, v)
		}
	}
	if _, ok := New("recover"); ok {
		t.Error("there is no claim named recover")
	}
}

func TestShare(t *testing.T) {
	for _, text := range []string{"99.5%", "100%", "0%", "0.03%", "97.71%"} {
		var s Share
		if err := s.UnmarshalText([]byte(text)); err != nil || s.String() != text {
			t.Errorf("%s reads as %v (%v)", text, s, err)
		}
	}
	for _, text := range []string{"", "%", "99.5", "101%", "-1%", "NaN%", "many%"} {
		var s Share
		if err := s.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q reads as %v", text, s)
		}
	}
}

// TestChiSquare compares with the tables of Abramowitz and Stegun (26.8).
func TestChiSquare(t *testing.T) {
	for _, c := range []struct {
		x  float64
		df int
		p  float64
	}{{6.63490, 1, 0.01}, {9.21034, 2, 0.01}, {11.3449, 3, 0.01}, {3.35669, 4, 0.5}, {18.3070, 10, 0.05}, {24.9958, 15, 0.05}, {0, 1, 1}, {0, 2, 1}} {
		if got := chiSquareP(c.x, c.df); math.Abs(got-c.p) > 1e-5 {
			t.Errorf("p of %v with %d is %v, want %v", c.x, c.df, got, c.p)
		}
	}
}

func TestStats(t *testing.T) {
	var d []time.Duration
	for i := range 100 {
		d = append(d, time.Duration(i+1))
	}
	for q, want := range map[float64]time.Duration{0.5: 50, 0.99: 99, 0.995: 100, 1: 100, 0.001: 1} {
		if got := quantile(d, q); got != want {
			t.Errorf("the %v quantile of 1 to 100 is %v", q, got)
		}
	}
	if n := enough(0.99); n != 1000 {
		t.Errorf("p99 takes %d", n)
	}
}

// TestEveryClaimIsDocumented compares the table of docs/CLAIMS.md with the
// claims.
func TestEveryClaimIsDocumented(t *testing.T) {
	b, err := os.ReadFile("../docs/CLAIMS.md")
	if err != nil {
		t.Fatal(err)
	}
	if rows := strings.Count(string(b), "\n| `"); rows != len(Names()) {
		t.Errorf("docs/CLAIMS.md has %d rows, and there are %d claims", rows, len(Names()))
	}
	for _, name := range Names() {
		if !strings.Contains(string(b), "\n| `"+name+"` | ") {
			t.Errorf("docs/CLAIMS.md has no row for %s", name)
		}
	}
}

// TestNameOfValues checks that a claim that is not a pointer has its name, too,
// and that a type outside the table has none.
func TestNameOfValues(t *testing.T) {
	for want, c := range map[string]Claim{"responds": Responds{}, "one-primary": OnePrimary{}, "recovers": &Recovers{}, "": scripted{}} {
		if got := nameOf(c); got != want {
			t.Errorf("%T is %q, want %q", c, got, want)
		}
	}
}
