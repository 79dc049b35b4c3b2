package claims

import (
	"maps"
	"reflect"
	"slices"
)

// table maps the name of each claim in a scenario file to the claim. It is a
// map literal, not filled by init functions, so that all claims are listed in
// one place.
var table = map[string]func() Claim{
	"bank":                      func() Claim { return &Bank{} },
	"convergence":               func() Claim { return &Convergence{} },
	"counter":                   func() Claim { return &Counter{} },
	"fails-entirely":            func() Claim { return &FailsEntirely{} },
	"honest-clock":              func() Claim { return &HonestClock{} },
	"keeps-acknowledged-writes": func() Claim { return &KeepsAcknowledgedWrites{} },
	"linearizable":              func() Claim { return &Linearizable{} },
	"monotonic-reads":           func() Claim { return &MonotonicReads{} },
	"monotonic-writes":          func() Claim { return &MonotonicWrites{} },
	"not-applied-twice":         func() Claim { return &NotAppliedTwice{} },
	"one-primary":               func() Claim { return &OnePrimary{} },
	"queue":                     func() Claim { return &Queue{} },
	"read-your-writes":          func() Claim { return &ReadYourWrites{} },
	"reads-not-stale":           func() Claim { return &ReadsNotStale{} },
	"recovers":                  func() Claim { return &Recovers{} },
	"responds":                  func() Claim { return &Responds{} },
	"session-kept":              func() Claim { return &SessionKept{} },
	"slow-bounded":              func() Claim { return &SlowBounded{} },
	"spread-evenly":             func() Claim { return &SpreadEvenly{} },
	"unique-ids":                func() Claim { return &UniqueIDs{} },
	"unreachable":               func() Claim { return &Unreachable{} },
}

// New returns a pointer to a claim of that name with no settings, to be decoded
// into; false if the name is unknown.
func New(name string) (Claim, bool) {
	zero, ok := table[name]
	if !ok {
		return nil, false
	}
	return zero(), true
}

// Names returns every name that New knows, sorted.
func Names() []string { return slices.Sorted(maps.Keys(table)) }

// nameOf is the name of a claim in the table, by its type, or "".
func nameOf(c Claim) string {
	kind := reflect.TypeOf(c)
	if kind == nil {
		return ""
	}
	for name, zero := range table {
		if t := reflect.TypeOf(zero()); t == kind || t.Elem() == kind {
			return name
		}
	}
	return ""
}
