package targets

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// anyAttack draws attacks of every shape that Check finds nothing wrong with.
func anyAttack(t *rapid.T) Attack {
	a := Attack{
		For:     time.Duration(rapid.Int64Range(int64(time.Millisecond), int64(30*time.Second)).Draw(t, "for")),
		Timeout: time.Second, Mix: Mix{"read": 0.7, "write": 0.3},
		Keys: Keys{Dist: rapid.SampledFrom([]string{"", Uniform, Zipf}).Draw(t, "dist")},
		Seed: rapid.Uint64().Draw(t, "seed"),
	}
	rate := func(name string) PerSecond {
		return PerSecond(rapid.OneOf(rapid.Float64Range(0.1, 500), rapid.Map(rapid.IntRange(1, 500), func(i int) float64 { return float64(i) })).Draw(t, name))
	}
	span := func(name string) time.Duration {
		return time.Duration(rapid.Int64Range(int64(time.Millisecond), int64(10*time.Second)).Draw(t, name))
	}
	switch rapid.SampledFrom([]string{"constant", "ramp", "step", "sine"}).Draw(t, "shape") {
	case "ramp":
		a.Rate.Ramp = &Ramp{From: rate("from"), To: rate("to")}
		switch rapid.IntRange(0, 9).Draw(t, "end at 0") {
		case 0:
			a.Rate.Ramp.From = 0
		case 1:
			a.Rate.Ramp.To = 0
		}
	case "step":
		s := &Step{From: rate("from"), Every: span("every")}
		stairs := float64((a.For - 1) / s.Every)
		// From nearly 0 to far up at the last step.
		s.By = PerSecond(rapid.Float64Range(-0.999*float64(s.From), 500).Draw(t, "rise") / max(stairs, 1))
		a.Rate.Step = s
	case "sine":
		m := rate("mean")
		a.Rate.Sine = &Sine{Mean: m, Amplitude: m * PerSecond(rapid.Float64Range(0, 1).Draw(t, "swing")), Period: span("period")}
	default:
		a.Rate.Constant = rate("constant")
	}
	if errs := a.Check(); len(errs) > 0 {
		t.Fatalf("%+v: %v", a, errs)
	}
	return a
}

func TestScheduleIsTheInverseOfTheIntegral(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := anyAttack(t)
		c, n := a.Rate.curve(a.For), a.Planned()
		if a.Intended(0) != 0 || a.Intended(n-1) >= a.For || a.Intended(n) < a.For {
			t.Fatalf("%d planned: the first at %v, the last at %v, the next at %v of %v", n, a.Intended(0), a.Intended(n-1), a.Intended(n), a.For)
		}
		for k := uint64(1); k < n; k++ {
			now := a.Intended(k)
			if now < a.Intended(k-1) {
				t.Fatalf("request %d leaves before request %d", k, k-1)
			}
			// What a nanosecond's rounding and a double's 15 digits may make out.
			if miss := math.Abs(c.hits(now.Seconds()) - float64(k)); miss > 1e-5 {
				t.Fatalf("request %d at %v is off by %v requests", k, now, miss)
			}
		}
	})
}

// TestHitsIsTheIntegralOfRate sums the rate up in small pieces.
func TestHitsIsTheIntegralOfRate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := anyAttack(t)
		c, end := a.Rate.curve(a.For), a.For.Seconds()
		const pieces = 20000
		sum := 0.0
		for i := range pieces {
			sum += c.rate((float64(i)+0.5)*end/pieces) * end / pieces
		}
		// A piece in which a step lies may be off by the whole step.
		if got := c.hits(end); math.Abs(got-sum) > 0.005*sum+0.01 {
			t.Fatalf("hits %v, sum of the rate %v", got, sum)
		}
		if high := a.Rate.highest(a.For); c.rate(end/3) > high*(1+1e-9) {
			t.Fatalf("rate %v is above the highest, %v", c.rate(end/3), high)
		}
	})
}

func TestPlannedOfKnownRates(t *testing.T) {
	for _, c := range []struct {
		rate   string
		length time.Duration
		n      uint64
		last   time.Duration
	}{
		{`"200/s"`, time.Minute, 12000, time.Minute - 5*time.Millisecond},
		{`"12000/m"`, time.Minute, 12000, time.Minute - 5*time.Millisecond},
		{`"100/m"`, time.Minute, 100, 59400 * time.Millisecond},
		{`"7/s"`, 3 * time.Second, 21, 2857142857},
		{`"1e-200/s"`, time.Hour, 1, 0},
		{`{"step":{"from":"4/s","by":"-3.9999/s","every":1000000000}}`, 2 * time.Second, 5, time.Second},
		{`"0.1/s"`, 25 * time.Second, 3, 20 * time.Second},
		{`{"ramp":{"from":"0/s","to":"100/s"}}`, 10 * time.Second, 500, 9989994995},
		{`{"ramp":{"from":"100/s","to":"0/s"}}`, 10 * time.Second, 500, 9552786405},
		{`{"step":{"from":"100/s","by":"100/s","every":10000000000}}`, 30 * time.Second, 6000, 29996666667},
		{`{"sine":{"mean":"200/s","amplitude":"100/s","period":20000000000}}`, 20 * time.Second, 4000, 19994998036},
	} {
		a := Attack{For: c.length}
		if err := json.Unmarshal([]byte(c.rate), &a.Rate); err != nil {
			t.Fatal(err)
		}
		if n := a.Planned(); n != c.n {
			t.Errorf("%s for %v: %d planned, want %d", c.rate, c.length, n, c.n)
		}
		if last := a.Intended(c.n - 1); (last - c.last).Abs() > time.Microsecond {
			t.Errorf("%s for %v: the last at %v, want %v", c.rate, c.length, last, c.last)
		}
	}
}

func TestAttackRoundTripsThroughJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := anyAttack(t)
		b, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		var back Attack
		if err := json.Unmarshal(b, &back); err != nil {
			t.Fatalf("%s: %v", b, err)
		}
		if d := cmp.Diff(a, back); d != "" {
			t.Fatalf("%s: %s", b, d)
		}
	})
}

// yaml stands in for a YAML library: it decodes JSON, a subset, into whatever
// it is given, as the libraries do with the function they hand over.
func yaml(text string) func(any) error {
	return func(into any) error { return json.Unmarshal([]byte(text), into) }
}

func TestRateIsReadAsFilesHaveIt(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`"200/s"`, "200/s"},
		{`" 12000 / m"`, "200/s"},
		{`"3600/h"`, "1/s"},
		{`{"ramp":{"from":"100/s","to":"500/s"}}`, "ramp from 100/s to 500/s"},
		{`{"step":{"from":"100/s","by":"-10/s","every":1000000000}}`, "steps from 100/s by -10/s every 1s"},
		{`{"sine":{"mean":"200/s","amplitude":"100/s","period":20000000000}}`, "sine of 200/s ± 100/s every 20s"},
		{`200`, "error: 200"},
		{`"200"`, "error: as in 200/s"},
		{`"200/d"`, "error: as in 200/s"},
		{`"fast/s"`, "error: as in 200/s"},
		{`{}`, "error: exactly one"},
		{`{"ramp":{"from":"1/s","to":"2/s"},"sine":{"mean":"1/s","amplitude":"1/s","period":1}}`, "error: exactly one"},
	} {
		for _, read := range []func(*Rate) error{
			func(r *Rate) error { return r.UnmarshalYAML(yaml(c.text)) },
			func(r *Rate) error { return r.UnmarshalJSON([]byte(c.text)) },
		} {
			r := Rate{Sine: &Sine{}} // what was there before goes
			err := read(&r)
			got := r.String()
			if err != nil {
				got = "error: " + err.Error()
			}
			if want, wrong := strings.CutPrefix(c.want, "error: "); wrong != (err != nil) || !strings.Contains(got, want) {
				t.Errorf("%s is %s, want %s", c.text, got, c.want)
			}
		}
	}
}
