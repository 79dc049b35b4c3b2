package targets

import (
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestCheckReportsAllMistakes(t *testing.T) {
	a := Attack{
		Rate: Rate{Ramp: &Ramp{From: -1, To: PerSecond(math.NaN())}},
		Mix:  Mix{"raed": 0.5, "write": 0}, Keys: Keys{Dist: "zpif", Users: -1, S: 0.9}, MaxInFlight: -1,
	}
	var paths []string
	for _, err := range a.Check() {
		var m Mistake
		if !errors.As(err, &m) || m.Text == "" {
			t.Errorf("%v is no Mistake", err)
		}
		paths = append(paths, m.Path)
	}
	want := []string{"rate.ramp.from", "rate.ramp.to", "for", "timeout", "max-in-flight",
		"mix.raed", "mix.write", "mix", "keys.dist", "keys.users", "keys.s"}
	if !slices.Equal(paths, want) {
		t.Errorf("got  %v\nwant %v", paths, want)
	}
}

func TestCheckFindsEachMistake(t *testing.T) {
	for _, c := range []struct {
		name, want string
		spoil      func(*Attack)
	}{
		{"nothing", "", func(*Attack) {}},
		{"no loop", `loop: "half" is not a loop; available: open, closed`, func(a *Attack) { a.Loop = "half" }},
		{"a closed loop", "", func(a *Attack) { a.Loop = Closed }},
		{"no rate", "rate: 0/s", func(a *Attack) { a.Rate = Rate{} }},
		{"too fast", "rate: ", func(a *Attack) { a.Rate.Constant = 1e7 }},
		{"two rates", "several shapes", func(a *Attack) { a.Rate.Sine = &Sine{1, 1, 1} }},
		{"ramp of nothing", "nothing would be sent", func(a *Attack) { a.Rate = Rate{Ramp: &Ramp{}} }},
		{"step below 0", "rate.step.by", func(a *Attack) { a.Rate = Rate{Step: &Step{100, -50, 300 * time.Millisecond}} }},
		{"step without time", "rate.step.every", func(a *Attack) { a.Rate = Rate{Step: &Step{From: 100}} }},
		{"sine below 0", "rate.sine.amplitude", func(a *Attack) { a.Rate = Rate{Sine: &Sine{100, 101, time.Second}} }},
		{"sine without time", "rate.sine.period", func(a *Attack) { a.Rate = Rate{Sine: &Sine{100, 50, 0}} }},
		{"99 %", "add up to 99%", func(a *Attack) { a.Mix = Mix{"read": 0.7, "write": 0.29} }},
		{"no mix", "is empty", func(a *Attack) { a.Mix = nil }},
		{"thirds", "", func(a *Attack) { a.Mix = Mix{"read": 0.333, "write": 0.333, "post": 0.334} }},
		{"s of uniform", "keys.s", func(a *Attack) { a.Keys.S = 1.5 }},
		{"no timeout", "timeout", func(a *Attack) { a.Timeout = 0 }},
		{"too long", "for", func(a *Attack) { a.For = 25 * time.Hour }},
	} {
		a := brief(100, time.Second)
		c.spoil(&a)
		err := errors.Join(a.Check()...)
		if got := errorText(err); (c.want == "") != (err == nil) || !strings.Contains(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// TestRequestsAreAPureFunctionOfTheSeed asks two plans in different orders.
func TestRequestsAreAPureFunctionOfTheSeed(t *testing.T) {
	for _, dist := range []string{Uniform, Zipf} {
		a := brief(1000, time.Second)
		a.Keys.Dist = dist
		one, two := a.plan("r1"), a.plan("r1")
		a.Seed++
		other, same := a.plan("r1"), 0
		for n := range one.total {
			x := one.request(n)
			if back := one.total - 1 - n; two.request(back) != one.request(back) {
				t.Fatalf("%s: request %d differs", dist, back)
			}
			if x == other.request(n) {
				same++
			}
		}
		if same > 500 {
			t.Errorf("%s: %d of %d requests are the same with another seed", dist, same, one.total)
		}
	}
}

func TestMixAndKeysAreAsAsked(t *testing.T) {
	a := brief(10_000, 10*time.Second)
	a.Keys = Keys{Users: 100}
	zipf := a
	zipf.Keys = Keys{Dist: Zipf, Users: 100, S: 1.5}
	total := 0.0
	for k := range 100 {
		total += math.Pow(float64(k+1), -1.5)
	}
	for _, c := range []struct {
		name string
		a    Attack
		top  float64 // share of user "1"
	}{{"uniform", a, 0.01}, {"zipf", zipf, 1 / total}} {
		p := c.a.plan("r1")
		n := float64(p.total)
		ops, keys, keyed := map[string]float64{}, map[string]float64{}, 0.0
		for k := range p.total {
			q := p.request(k)
			ops[q.Operation]++
			if q.Key != "" {
				keys[q.Key]++
				keyed++
			}
			if (q.Value != "") != (q.Operation == "write" || q.Operation == "post") || (q.Key == "") != (q.Operation == "static") {
				t.Fatalf("%+v", q)
			}
		}
		// Five standard deviations; the seed is fixed.
		near := func(what string, got, of, share float64) {
			if math.Abs(got-of*share) > 5*math.Sqrt(of*share*(1-share)) {
				t.Errorf("%s: %s %v times of %v, want %v", c.name, what, got, of, of*share)
			}
		}
		for op, share := range c.a.Mix {
			near(op, ops[op], n, float64(share))
		}
		near("user 1", keys["1"], keyed, c.top)
		if len(keys) > 100 || keys["0"] > 0 || keys["101"] > 0 {
			t.Errorf("%s: %d users", c.name, len(keys))
		}
	}
}

func TestShareAndKeysAreReadAsFilesHaveThem(t *testing.T) {
	var m Mix
	if err := json.Unmarshal([]byte(`{"read":"70%","write":"29.9 %","post":"0.1%"}`), &m); err != nil || len(m.check()) > 0 {
		t.Errorf("%v, %v, %v", m, err, m.check())
	}
	if b, _ := json.Marshal(Mix{"read": 0.07}); string(b) != `{"read":"7%"}` {
		t.Errorf("%s", b)
	}
	for _, text := range []string{"70", "101%", "-1%", "%", "NaN%"} {
		if new(Share).UnmarshalText([]byte(text)) == nil {
			t.Errorf("took %q for a share", text)
		}
	}
	for text, want := range map[string]Keys{
		`"zipf"`: {Dist: Zipf}, `{"dist":"zipf","users":5,"s":1.2}`: {Zipf, 5, 1.2}, `{"users":5}`: {Users: 5},
	} {
		var k, y Keys
		if err := errors.Join(k.UnmarshalJSON([]byte(text)), y.UnmarshalYAML(yaml(text))); err != nil || k != want || y != want {
			t.Errorf("%s: %+v, %+v, %v", text, k, y, err)
		}
	}
	if err := new(Keys).UnmarshalJSON([]byte(`{"user":5}`)); err == nil {
		t.Error("took a misspelt field")
	}
}

func TestSlots(t *testing.T) {
	a := brief(2000, time.Second)
	if a.slots() != 6000 {
		t.Error(a.slots())
	}
	if a.Rate.Constant = 1; a.slots() != 1024 {
		t.Error(a.slots())
	}
	if a.Rate.Constant = 1e6; a.slots() != 16384 {
		t.Error(a.slots())
	}
	if a.MaxInFlight = 3; a.slots() != 3 {
		t.Error(a.slots())
	}
}

func TestDue(t *testing.T) {
	a := Attack{Rate: Rate{Constant: 10}, For: time.Second}
	for at, want := range map[time.Duration]uint64{-1: 0, 0: 1, 99 * time.Millisecond: 1, 100 * time.Millisecond: 2, time.Hour: 10} {
		if got := a.Due(at); got != want {
			t.Errorf("at %v %d are due, want %d", at, got, want)
		}
	}
}
