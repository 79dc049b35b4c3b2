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
