package results

import "fmt"

// Outcome is the verdict on a claim. The order is the order of precedence:
// broken beats unproven beats held, so a run is the minimum of its claims.
type Outcome int

// The three outcomes. The zero value is Unproven: what was never judged was
// never proved.
const (
	Broken   Outcome = -1
	Unproven Outcome = 0
	Held     Outcome = 1
)

// String gives "broken", "unproven" or "held".
func (o Outcome) String() string {
	switch o {
	case Broken:
		return "broken"
	case Held:
		return "held"
	}
	return "unproven"
}

// MarshalText writes the outcome as its word.
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText reads an outcome's word and refuses any other.
func (o *Outcome) UnmarshalText(b []byte) error {
	for _, k := range []Outcome{Broken, Unproven, Held} {
		if string(b) == k.String() {
			*o = k
			return nil
		}
	}
	return fmt.Errorf("read outcome: %q is none of broken, unproven, held", b)
}

// Least is the outcome of several: the minimum, and Unproven of none.
func Least(vs []Verdict) Outcome {
	if len(vs) == 0 {
		return Unproven
	}
	least := Held
	for _, v := range vs {
		least = min(least, v.Outcome)
	}
	return least
}
