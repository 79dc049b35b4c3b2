package targets

import "time"

// check returns the errors in a rate for an attack of that length.
func (r Rate) check(length time.Duration) []error {
	switch {
	case r.several():
		return []error{wrong("rate", "has several shapes: write exactly one of ramp, step, sine, or 200/s")}
	case r.Ramp != nil:
		return r.Ramp.check()
	case r.Step != nil:
		return r.Step.check(length)
	case r.Sine != nil:
		return r.Sine.check()
	}
	return above("rate", r.Constant)
}

// several reports whether more than one field is set.
func (r Rate) several() bool {
	set := 0
	for _, is := range []bool{r.Constant != 0, r.Ramp != nil, r.Step != nil, r.Sine != nil} {
		if is {
			set++
		}
	}
	return set > 1
}

// above returns an error if the rate is not above 0.
func above(path string, p PerSecond) []error {
	if !(p > 0) { // also not a number
		return []error{wrong(path, "%v: must be above 0/s", p)}
	}
	return upTo(path, p)
}

// upTo returns an error if the rate is negative or too high.
func upTo(path string, p PerSecond) []error {
	if !(p >= 0 && p <= maxRate) {
		return []error{wrong(path, "%v: must be 0/s to %d/s", p, maxRate)}
	}
	return nil
}

func (c Ramp) check() []error {
	errs := append(upTo("rate.ramp.from", c.From), upTo("rate.ramp.to", c.To)...)
	if c.From == 0 && c.To == 0 {
		errs = append(errs, wrong("rate.ramp", "from and to are both 0/s: nothing would be sent"))
	}
	return errs
}

func (c Step) check(length time.Duration) []error {
	errs := above("rate.step.from", c.From)
	if c.Every <= 0 {
		return append(errs, wrong("rate.step.every", "%v: must be above 0s", c.Every))
	}
	if last := c.last(length); len(errs) == 0 && !(last > 0 && last <= maxRate) {
		errs = append(errs, wrong("rate.step.by", "%v: the last step would be at %v; it must be above 0/s and up to %d/s", c.By, last, maxRate))
	}
	return errs
}

func (c Sine) check() []error {
	errs := append(above("rate.sine.mean", c.Mean), upTo("rate.sine.amplitude", c.Amplitude)...)
	if c.Amplitude > c.Mean {
		errs = append(errs, wrong("rate.sine.amplitude", "%v: must be at most the mean, %v: a rate is never below 0/s", c.Amplitude, c.Mean))
	}
	if c.Period <= 0 {
		errs = append(errs, wrong("rate.sine.period", "%v: must be above 0s", c.Period))
	}
	return errs
}
