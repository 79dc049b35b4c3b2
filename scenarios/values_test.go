package scenarios

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-lab/holdfast/chaos"
	"github.com/holdfast-lab/holdfast/claims"
	"github.com/holdfast-lab/holdfast/targets"
	"github.com/holdfast-lab/holdfast/topologies"
)

// goWords are words that only Go programmers understand.
var goWords = regexp.MustCompile(`\bGo\b|unmarshal|struct|time\.|u?int(64)?\b|float|interface|reflect|strconv|Parse|map\[|<nil>|%!|targets\.|claims\.|chaos\.|topologies\.|invalid duration|type \w+ |overflow`)

// wrongKinds are values, with the kinds of field that cannot hold them.
var wrongKinds = map[string][]string{
	"5":                    {"time", "bool", "list", "map", "unit"},
	"1.5":                  {"time", "bool", "list", "map", "unit", "whole"},
	"-1":                   {"time", "bool", "list", "map", "unit", "unsigned"},
	"99999999999999999999": {"time", "bool", "list", "map", "unit", "whole", "unsigned"},
	"true":                 {"time", "list", "map", "unit", "whole", "unsigned", "number"},
	"soon":                 {"time", "bool", "list", "map", "unit", "whole", "unsigned", "number"},
	"''":                   {"time", "bool", "list", "map", "unit", "whole", "unsigned", "number"},
	"10 parsecs":           {"time", "bool", "list", "map", "unit", "whole", "unsigned", "number"},
	"~":                    {"time", "bool", "list", "map", "unit", "whole", "unsigned", "number", "word", "mixed"},
	"[[1], {a: b}]":        {"time", "bool", "list", "map", "unit", "whole", "unsigned", "number", "word", "mixed"},
	"{a: [1], b: {c: ~}}":  {"time", "bool", "list", "map", "unit", "whole", "unsigned", "number", "word", "mixed"},
	"{ramp: {from: [], to: 5}, dist: {}, s: soon}": {"time", "bool", "list", "map", "unit", "whole", "unsigned", "number", "word", "mixed"},
}

// kindOf returns the kind of value that a field takes.
func kindOf(t reflect.Type) string {
	_, textual := reflect.New(t).Interface().(interface{ UnmarshalText([]byte) error })
	switch {
	case t == reflect.TypeFor[time.Duration]():
		return "time"
	case t.Kind() == reflect.Struct:
		return "mixed"
	case textual:
		return "unit"
	}
	return map[reflect.Kind]string{
		reflect.Bool: "bool", reflect.Slice: "list", reflect.Map: "map", reflect.Int: "whole", reflect.Int64: "whole", reflect.Uint64: "unsigned", reflect.Float64: "number", reflect.String: "word",
	}[t.Kind()]
}

// TestNoGoInMistakes writes every kind of value into every field of the attack,
// of every fault and of every claim. A value that does not fit must be reported
// in terms of the file.
func TestNoGoInMistakes(t *testing.T) {
	seen := map[string]bool{}
	try := func(name string, of reflect.Type, file func(string) string) {
		kind := kindOf(of)
		if kind == "" {
			t.Fatalf("%s: no kind for %v", name, of)
		}
		seen[kind] = true
		for value, kinds := range wrongKinds {
			text, control, _ := strings.Cut(file(value), "control:") // the control would be decoded and checked a second time
			if name == "breaks" || name == "failover" {
				text += "control:" + control
			}
			_, err := parse("a/b", "s.yaml", []byte(text))
			var m *Mistakes
			if wrong := slices.Contains(kinds, kind); wrong && !errors.As(err, &m) {
				t.Errorf("%s: %s was taken for a %s: %v", name, value, kind, err)
			}
			if err == nil {
				continue
			}
			for line := range strings.Lines(err.Error()) {
				if strings.HasPrefix(line, "s.yaml:") && goWords.MatchString(strings.ReplaceAll(line, value, "")) {
					t.Errorf("%s: %s: Go in %q", name, value, line)
				}
			}
		}
	}
	everyField(try)
	if len(seen) != 10 {
		t.Errorf("saw fields of these kinds only: %v", seen)
	}
}

// everyField visits the fields of the attack, of every fault and of every
// claim, and some others, with a file that has a value at that place.
func everyField(try func(name string, of reflect.Type, file func(value string) string)) {
	each := func(v any, try func(name string, of reflect.Type)) {
		of := reflect.TypeOf(v)
		for _, name := range fields(of) {
			try(name, fieldOf(reflect.New(of).Elem(), name).Type())
		}
	}
	line := func(name, value string, among ...string) string {
		return "{" + strings.Join(append(among, name+": "+value), ", ") + "}"
	}
	each(targets.Attack{}, func(name string, of reflect.Type) {
		try("attack."+name, of, func(value string) string {
			settings := []string{"rate: 200/s", "for: 60s", "timeout: 2s", "mix: {read: 70%, write: 30%}"}
			settings = slices.DeleteFunc(settings, func(s string) bool { return strings.HasPrefix(s, name+":") })
			return strings.Replace(sound, "{rate: 200/s, for: 60s, timeout: 2s, mix: {read: 70%, write: 30%}}", line(name, value, settings...), 1)
		})
	})
	for _, fault := range chaos.Names() {
		f, _ := chaos.New(fault)
		for _, v := range []any{reflect.ValueOf(f).Elem().Interface(), topologies.Selector{}} {
			each(v, func(name string, of reflect.Type) {
				try(fault+"."+name, of, func(value string) string {
					return strings.Replace(sound, "kill: {role: primary}", fault+": "+line(name, value, "from: web-1", "to: web-2"), 1)
				})
			})
		}
	}
	for _, claim := range claims.Names() {
		c, _ := claims.New(claim)
		each(reflect.ValueOf(c).Elem().Interface(), func(name string, of reflect.Type) {
			try(claim+"."+name, of, func(value string) string {
				return strings.Replace(sound, "- recovers: {operation: write, within: 20s}", "- "+claim+": "+line(name, value), 1)
			})
		})
	}
	for _, other := range []struct {
		name, old string
		of        reflect.Type
	}{
		{"story", "A test.", reflect.TypeFor[string]()}, {"name", "replication", reflect.TypeFor[string]()}, {"breaks", "[recovers]", reflect.TypeFor[[]string]()},
		{"at", "15s", reflect.TypeFor[time.Duration]()}, {"for", "30s", reflect.TypeFor[time.Duration]()}, {"share", "99%", reflect.TypeFor[claims.Share]()},
		{"failover", "none", reflect.TypeFor[string]()}, {"replicas", "2}", reflect.TypeFor[int]()},
	} {
		try(other.name, other.of, func(value string) string {
			if strings.HasSuffix(other.old, "}") {
				value += "}"
			}
			return strings.Replace(sound, other.name+": "+other.old, other.name+": "+value, 1)
		})
	}
}

// TestWhereAndHowOfAWrongValue checks the exact text of some of these mistakes.
func TestWhereAndHowOfAWrongValue(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{"for: 60s", "for: 60", "s.yaml:3:28: for: 60: write a time with a unit, as in 60s"},
		{"within: 20s", "within: soon", "s.yaml:9:42: within: soon: write a time with a unit, as in 60s"},
		{"at: 15s", "at: 15", "s.yaml:5:10: at: 15: write a time with a unit, as in 15s"},
		{"share: 99%", "p99: 50", `s.yaml:7:21: p99: read bound "50": write a time with its unit, as in 50ms`},
		{"share: 99%", "least: 1.5", "least: 1.5: write a whole number, as in 100"},
		{"rate: 200/s", "rate: {ramp: {from: 5, too: 200/s}}", `s.yaml:3:30: rate: ramp: from: read rate "5": write a number and /s, /m or /h, as in 200/s`},
		{"rate: 200/s", "rate: {ramp: {from: 5, too: 200/s}}", `s.yaml:3:33: rate: ramp: no setting "too": did you mean "to"?`},
		{"rate: 200/s", "rate: {ramp: {to: 200/s}, sine: {mean: 5/s}}", "rate: read rate: write 200/s, or exactly one of ramp, step, sine"},
		{"read: 70%, write: 30%", "read: 70, write: x", `s.yaml:3:58: mix: read: read share "70"`},
		{"read: 70%, write: 30%", "read: 70, write: x", `s.yaml:3:69: mix: write: read share "x"`},
		{"breaks: [recovers]", "breaks: recovers", "breaks: recovers: write a list, as in [a, b]"},
		{"breaks: [recovers]", "breaks: [{a: b}]", "breaks: {a: b}: write a word"},
		{"within: 20s", "within: ", "within: the value is missing: write a time"},
		{"replicas: 2", "replicas: [2]", "s.yaml:2:41: replicas: [2] is not a value: write a word or a number"},
		{"  - responds: {share: 99%}", "  - {expect: held}", "s.yaml:7:5: a claim without a name: write one of"},
		{"kill: {role: primary}, ", "", "s.yaml:5:5: a step without a fault: write one of cut"},
	} {
		if !strings.Contains(sound, c.old) {
			t.Fatalf("%q is not in the file", c.old)
		}
		_, err := parse("a/b", "s.yaml", []byte(strings.Replace(sound, c.old, c.new, 1)))
		if !strings.Contains(fmt.Sprint(err), c.want) {
			t.Errorf("%s: got\n%v\nwant %s", c.new, err, c.want)
		}
	}
}
