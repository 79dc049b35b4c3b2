package results

import "testing"

func TestLeast(t *testing.T) {
	v := func(os ...Outcome) (vs []Verdict) {
		for _, o := range os {
			vs = append(vs, Verdict{Outcome: o})
		}
		return vs
	}
	for _, c := range []struct {
		name string
		in   []Verdict
		want Outcome
	}{
		{"nothing judged is unproven", nil, Unproven},
		{"all held", v(Held, Held), Held},
		{"unproven beats held", v(Held, Unproven), Unproven},
		{"broken beats unproven", v(Unproven, Broken, Held), Broken},
		{"the zero verdict is unproven", []Verdict{{}}, Unproven},
	} {
		if got := Least(c.in); got != c.want {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

func TestOutcomeText(t *testing.T) {
	for _, o := range []Outcome{Broken, Unproven, Held} {
		b, err := o.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		var back Outcome
		if err := back.UnmarshalText(b); err != nil || back != o {
			t.Errorf("%v came back as %v, %v", o, back, err)
		}
	}
	var o Outcome
	if err := o.UnmarshalText([]byte("ok")); err == nil {
		t.Error(`"ok" was read as an outcome`)
	}
}

func TestRunAsAWhole(t *testing.T) {
	v := func(got, expected Outcome) Verdict { return Verdict{Outcome: got, Expected: expected} }
	for _, c := range []struct {
		name     string
		vs       []Verdict
		finished bool
		outcome  Outcome
		exit     int
	}{
		{"no verdict", nil, true, Unproven, 3},
		{"all held", []Verdict{v(Held, Held)}, true, Held, 0},
		{"broken as expected", []Verdict{v(Broken, Broken), v(Held, Held)}, true, Broken, 0},
		{"broken", []Verdict{v(Held, Held), v(Broken, Held)}, true, Broken, 1},
		{"held against expectation", []Verdict{v(Held, Broken)}, true, Held, 1},
		{"unproven", []Verdict{v(Held, Held), v(Unproven, Held)}, true, Unproven, 3},
		{"unproven where broken was expected", []Verdict{v(Unproven, Broken)}, true, Unproven, 3},
		{"broken beats unproven", []Verdict{v(Unproven, Held), v(Broken, Held)}, true, Broken, 1},
		{"broken as expected and unproven", []Verdict{v(Broken, Broken), v(Unproven, Held)}, true, Broken, 3},
		{"the zero verdict", []Verdict{{}}, true, Unproven, 3},
		{"cut short, all held", []Verdict{v(Held, Held)}, false, Unproven, 3},
		{"cut short, broken", []Verdict{v(Broken, Held)}, false, Broken, 1},
	} {
		r := &Run{Verdicts: c.vs, Finished: c.finished}
		if o, e := r.Outcome(), r.ExitCode(); o != c.outcome || e != c.exit {
			t.Errorf("%s: %v, exit %d; want %v, exit %d", c.name, o, e, c.outcome, c.exit)
		}
	}
}
