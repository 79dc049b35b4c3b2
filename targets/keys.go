package targets

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
)

// Defaults of Keys.
const (
	defaultUsers = 10000 // the reference site's users
	defaultS     = 1.01  // close to Zipf's law itself, s = 1, which the sampler excludes
)

// The distributions of keys.
const (
	Uniform = "uniform" // every user is equally popular
	Zipf    = "zipf"    // the popularity of user k is proportional to k^-s: "1" is the most popular
)

// Keys is the distribution of the users that requests are for: users "1" to Users.
// In a file it is a map, or only the distribution: "zipf".
type Keys struct {
	Dist  string  `yaml:"dist,omitempty" json:"dist,omitempty"`   // "uniform" (or "") or "zipf"
	Users int     `yaml:"users,omitempty" json:"users,omitempty"` // 0: 10000
	S     float64 `yaml:"s,omitempty" json:"s,omitempty"`         // exponent of zipf, above 1; 0: 1.01
}

// plainKeys is Keys without its methods, for decoding the map.
type plainKeys Keys

// UnmarshalText reads only a distribution; Check refuses an unknown name.
func (k *Keys) UnmarshalText(b []byte) error {
	*k = Keys{Dist: string(b)}
	return nil
}

// UnmarshalYAML reads a distribution or the map. YAML libraries call
// this form of the method without being imported.
func (k *Keys) UnmarshalYAML(unmarshal func(any) error) error {
	var word any
	if err := unmarshal(&word); err != nil {
		return err
	}
	if w, ok := word.(string); ok {
		return k.UnmarshalText([]byte(w))
	}
	var p plainKeys
	err := unmarshal(&p)
	*k = Keys(p)
	return err
}

// UnmarshalJSON reads a distribution or the map.
func (k *Keys) UnmarshalJSON(b []byte) error {
	var word string
	if json.Unmarshal(b, &word) == nil {
		return k.UnmarshalText([]byte(word))
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	var p plainKeys
	if err := d.Decode(&p); err != nil {
		return fmt.Errorf("read keys: %w", err)
	}
	*k = Keys(p)
	return nil
}

// Filled returns the keys with defaults applied.
func (k Keys) Filled() Keys {
	if k.Dist == "" {
		k.Dist = Uniform
	}
	if k.Users == 0 {
		k.Users = defaultUsers
	}
	if k.S == 0 {
		k.S = defaultS
	}
	return k
}

// check returns the errors in the keys.
func (k Keys) check() (errs []error) {
	f := k.Filled()
	if f.Dist != Uniform && f.Dist != Zipf {
		errs = append(errs, wrong("keys.dist", "%q is not a distribution; available: %s, %s", k.Dist, Uniform, Zipf))
	}
	if f.Users < 1 {
		errs = append(errs, wrong("keys.users", "%d: must be at least 1", k.Users))
	}
	if !(f.S > 1 && f.S <= 100) {
		errs = append(errs, wrong("keys.s", "%v: must be above 1 and up to 100", k.S))
	} else if f.Dist == Uniform && k.S != 0 {
		errs = append(errs, wrong("keys.s", "has no meaning without dist: %s", Zipf))
	}
	return errs
}

// sampler returns a function that draws users, from 1, with r.
func (k Keys) sampler(r *rand.Rand) func() uint64 {
	f := k.Filled()
	if f.Dist == Zipf {
		z := rand.NewZipf(r, f.S, 1, uint64(f.Users-1))
		return func() uint64 { return z.Uint64() + 1 }
	}
	return func() uint64 { return r.Uint64N(uint64(f.Users)) + 1 }
}
