package chaos

import (
	"maps"
	"slices"
)

// faults maps the names in a scenario file to constructors. A new fault is one
// file and one line here.
var faults = map[string]func() Fault{
	"cut":      func() Fault { return new(Cut) },
	"delay":    func() Fault { return new(Delay) },
	"kill":     func() Fault { return new(Kill) },
	"lose":     func() Fault { return new(Lose) },
	"pause":    func() Fault { return new(Pause) },
	"restart":  func() Fault { return new(Restart) },
	"stop":     func() Fault { return new(Stop) },
	"throttle": func() Fault { return new(Throttle) },
}

// New returns a pointer to a fault of that name, into which its options are
// decoded. It returns false if the name is unknown.
func New(name string) (Fault, bool) {
	make, ok := faults[name]
	if !ok {
		return nil, false
	}
	return make(), true
}

// Names returns the names of all faults in alphabetical order.
func Names() []string { return slices.Sorted(maps.Keys(faults)) }
