package chaos

import (
	"maps"
	"slices"
)

// faults is every fault by its name in a scenario file. A new fault is one
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

// New gives a fault by its name: a pointer to a struct, into which its options
// are to be decoded. It says false for a name that is none.
func New(name string) (Fault, bool) {
	make, ok := faults[name]
	if !ok {
		return nil, false
	}
	return make(), true
}

// Names lists the names of all faults in the order of the alphabet.
func Names() []string { return slices.Sorted(maps.Keys(faults)) }
