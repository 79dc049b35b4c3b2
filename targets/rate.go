package targets

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// PerSecond is an arrival rate in requests per second, written "200/s", "12000/m"
// or "36000/h".
type PerSecond float64

// perUnit is the number of seconds of each time unit.
var perUnit = map[string]float64{"s": 1, "m": 60, "h": 3600}

// String returns the rate per second: "200/s".
func (p PerSecond) String() string {
	return strconv.FormatFloat(float64(p), 'g', -1, 64) + "/s"
}

// MarshalText writes the rate in the form that UnmarshalText reads.
func (p PerSecond) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads "200/s". A bare number is refused: it could be of any unit.
func (p *PerSecond) UnmarshalText(b []byte) error {
	number, unit, _ := strings.Cut(string(bytes.TrimSpace(b)), "/")
	v, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	seconds := perUnit[strings.TrimSpace(unit)]
	if err != nil || seconds == 0 {
		return fmt.Errorf("read rate %q: write a number and /s, /m or /h, as in 200/s", b)
	}
	*p = PerSecond(v / seconds)
	return nil
}

// Rate is the arrival rate as a function of time; exactly one of its fields is
// set. In a file it is "200/s", or a map with one shape:
//
//	{ramp: {from: 100/s, to: 500/s}}
//	{step: {from: 100/s, by: 100/s, every: 10s}}
//	{sine: {mean: 200/s, amplitude: 100/s, period: 20s}}
type Rate struct {
	Constant PerSecond `yaml:"-"`
	Ramp     *Ramp
	Step     *Step
	Sine     *Sine
}

// Ramp changes linearly from one rate at the start to another at the end.
type Ramp struct {
	From PerSecond `yaml:"from" json:"from"`
	To   PerSecond `yaml:"to" json:"to"`
}

// Step begins at a rate and changes it by the same amount at regular intervals.
type Step struct {
	From  PerSecond     `yaml:"from" json:"from"`
	By    PerSecond     `yaml:"by" json:"by"` // below 0: the rate decreases
	Every time.Duration `yaml:"every" json:"every"`
}

// Sine oscillates around a mean; it begins at the mean and increases first.
type Sine struct {
	Mean      PerSecond     `yaml:"mean" json:"mean"`
	Amplitude PerSecond     `yaml:"amplitude" json:"amplitude"` // at most the mean
	Period    time.Duration `yaml:"period" json:"period"`
}

// shapes is a Rate that is not constant, in the form of files.
type shapes struct {
	Ramp *Ramp `yaml:"ramp,omitempty" json:"ramp,omitempty"`
	Step *Step `yaml:"step,omitempty" json:"step,omitempty"`
	Sine *Sine `yaml:"sine,omitempty" json:"sine,omitempty"`
}

// rate converts the one shape of a file into a Rate.
func (s shapes) rate() (Rate, error) {
	set := 0
	for _, is := range []bool{s.Ramp != nil, s.Step != nil, s.Sine != nil} {
		if is {
			set++
		}
	}
	if set != 1 {
		return Rate{}, errors.New("read rate: write 200/s, or exactly one of ramp, step, sine")
	}
	return Rate{Ramp: s.Ramp, Step: s.Step, Sine: s.Sine}, nil
}

// String describes the rate: "200/s", "ramp from 100/s to 500/s".
func (r Rate) String() string {
	switch {
	case r.Ramp != nil:
		return fmt.Sprintf("ramp from %v to %v", r.Ramp.From, r.Ramp.To)
	case r.Step != nil:
		return fmt.Sprintf("steps from %v by %v every %v", r.Step.From, r.Step.By, r.Step.Every)
	case r.Sine != nil:
		return fmt.Sprintf("sine of %v ± %v every %v", r.Sine.Mean, r.Sine.Amplitude, r.Sine.Period)
	}
	return r.Constant.String()
}

// UnmarshalText reads a constant rate: "200/s".
func (r *Rate) UnmarshalText(b []byte) error {
	*r = Rate{}
	return r.Constant.UnmarshalText(b)
}

// UnmarshalYAML reads a constant rate or a map of one shape. YAML libraries call
// this form of the method without being imported.
func (r *Rate) UnmarshalYAML(unmarshal func(any) error) error {
	var word any
	if err := unmarshal(&word); err != nil {
		return err
	}
	switch w := word.(type) {
	case string:
		return r.UnmarshalText([]byte(w))
	case map[string]any:
		var s shapes
		if err := unmarshal(&s); err != nil {
			return err
		}
		made, err := s.rate()
		*r = made
		return err
	}
	return r.UnmarshalText(fmt.Append(nil, word))
}

// MarshalJSON writes the rate in the form of files.
func (r Rate) MarshalJSON() ([]byte, error) {
	if r.Ramp == nil && r.Step == nil && r.Sine == nil {
		return json.Marshal(r.Constant)
	}
	return json.Marshal(shapes{r.Ramp, r.Step, r.Sine})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (r *Rate) UnmarshalJSON(b []byte) error {
	var word string
	if json.Unmarshal(b, &word) == nil {
		return r.UnmarshalText([]byte(word))
	}
	if !bytes.HasPrefix(b, []byte("{")) {
		return r.UnmarshalText(b)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	var s shapes
	if err := d.Decode(&s); err != nil {
		return fmt.Errorf("read rate: %w", err)
	}
	made, err := s.rate()
	*r = made
	return err
}

// curve returns the rate as a function of time in an attack of that length.
func (r Rate) curve(length time.Duration) curve {
	switch {
	case r.Ramp != nil:
		return ramp{float64(r.Ramp.From), (float64(r.Ramp.To) - float64(r.Ramp.From)) / length.Seconds()}
	case r.Step != nil:
		return step{float64(r.Step.From), float64(r.Step.By), r.Step.Every.Seconds()}
	case r.Sine != nil:
		return sine{float64(r.Sine.Mean), float64(r.Sine.Amplitude), r.Sine.Period.Seconds()}
	}
	return ramp{from: float64(r.Constant)}
}

// highest is the highest rate in an attack of that length, per second.
func (r Rate) highest(length time.Duration) float64 {
	switch {
	case r.Ramp != nil:
		return float64(max(r.Ramp.From, r.Ramp.To))
	case r.Step != nil:
		return float64(max(r.Step.From, r.Step.last(length)))
	case r.Sine != nil:
		return float64(r.Sine.Mean + r.Sine.Amplitude)
	}
	return float64(r.Constant)
}

// last is the rate of the last step.
func (s Step) last(length time.Duration) PerSecond {
	if s.Every <= 0 || length <= 0 {
		return s.From
	}
	return s.From + s.By*PerSecond((length-1)/s.Every)
}
