package scenarios

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/invopop/jsonschema"

	"github.com/holdfast-lab/holdfast/chaos"
	"github.com/holdfast-lab/holdfast/claims"
	"github.com/holdfast-lab/holdfast/targets"
	"github.com/holdfast-lab/holdfast/topologies"
)

// Schema returns the JSON Schema (2020-12) of scenario files, for editors. It
// is generated from the structs into which files are decoded and from the
// tables of faults, claims and topologies, so it is always up to date. It is
// less strict than Load, which also checks how the parts fit together.
func Schema() ([]byte, error) {
	s := object("A Holdfast scenario: which system to start, which load to send, which faults to inject and which claims must hold.", map[string]*jsonschema.Schema{
		"story":    text("One sentence: what the scenario shows."),
		"topology": topologySchema(true),
		"attack":   attackSchema("rate", "for", "timeout", "mix"),
		"steps":    array("Faults, each with its time.", stepSchema()),
		"steady":   array("What must hold just before the first step.", promiseSchema()),
		"claims":   array("What must hold. The run is judged by these claims.", promiseSchema()),
		"control":  array("The same scenario without the mechanism; the claims must break there.", controlSchema()),
		"reach":    reachSchema(),
	})
	s.Version = jsonschema.Version
	s.Title = "Holdfast scenario"
	s.Required = []string{"topology", "attack", "claims"}
	b, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write schema: %w", err)
	}
	return b, nil
}

// object is a map with these keys and no others, in alphabetical order.
func object(about string, of map[string]*jsonschema.Schema) *jsonschema.Schema {
	s := &jsonschema.Schema{Type: "object", Description: about, Properties: jsonschema.NewProperties(), AdditionalProperties: jsonschema.FalseSchema}
	for _, name := range sorted(of) {
		s.Properties.Set(name, of[name])
	}
	return s
}

func sorted[V any](m map[string]V) []string {
	var names []string
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func text(about string) *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", Description: about}
}

func array(about string, of *jsonschema.Schema) *jsonschema.Schema {
	return &jsonschema.Schema{Type: "array", Description: about, Items: of}
}

func words(ws ...string) *jsonschema.Schema {
	s := &jsonschema.Schema{Type: "string"}
	for _, w := range ws {
		s.Enum = append(s.Enum, w)
	}
	return s
}

// oneOf requires exactly one of these keys.
func oneOf(s *jsonschema.Schema, names []string) *jsonschema.Schema {
	for _, n := range names {
		s.OneOf = append(s.OneOf, &jsonschema.Schema{Required: []string{n}})
	}
	return s
}

// topologySchema is a topology with its settings. In a control its name may be
// left out; then it may have the settings of any topology.
func topologySchema(named bool) *jsonschema.Schema {
	any := &jsonschema.Schema{Description: "Which system to start, and its settings."}
	for _, b := range topologies.Blueprints() {
		of := map[string]*jsonschema.Schema{"name": {Const: b.Name, Description: b.About}}
		for _, p := range b.Parameters {
			of[p.Name] = parameterSchema(p)
		}
		s := object(b.About, of)
		if named {
			s.Required = []string{"name"}
		}
		any.AnyOf = append(any.AnyOf, s)
	}
	return any
}

func parameterSchema(p topologies.Parameter) *jsonschema.Schema {
	s := &jsonschema.Schema{Type: "string", Description: p.About, Default: p.Default}
	if _, number := p.Default.(int); number {
		s.Type = "integer"
		s.Minimum, s.Maximum = json.Number(fmt.Sprint(p.Min)), json.Number(fmt.Sprint(p.Max))
	}
	for _, v := range p.Values {
		s.Enum = append(s.Enum, v)
	}
	return s
}

func attackSchema(required ...string) *jsonschema.Schema {
	s := reflected(targets.Attack{})
	s.Description = "The load. It is open loop, so that a late answer delays no request, unless loop is closed."
	s.Properties.Set("loop", words(targets.Open, targets.Closed))
	s.Required = required
	return s
}

// otherLoad is the attack of a control, without the settings that determine how
// it is measured.
func otherLoad() *jsonschema.Schema {
	s := attackSchema()
	for _, name := range sorted(fixedLoad) {
		s.Properties.Delete(name)
	}
	return s
}

func stepSchema() *jsonschema.Schema {
	of := map[string]*jsonschema.Schema{"at": span("Time since the first request."), "for": span("How long the fault lasts; until the attack ends if it is left out.")}
	for _, name := range chaos.Names() {
		f, _ := chaos.New(name)
		s := reflected(f)
		if s.Properties == nil {
			s.Properties = jsonschema.NewProperties()
		}
		selector := reflected(topologies.Selector{})
		for p := selector.Properties.Oldest(); p != nil; p = p.Next() {
			s.Properties.Set(p.Key, p.Value)
		}
		if _, wire := f.(chaos.Wire); wire {
			s.Properties.Set("from", endSchema(selector))
			s.Properties.Set("to", endSchema(selector))
		}
		of[name] = s
	}
	s := oneOf(object("One fault.", of), chaos.Names())
	s.Required = []string{"at"}
	return s
}

// endSchema is an end of a wire: a word, a selector, or a list of them.
func endSchema(selector *jsonschema.Schema) *jsonschema.Schema {
	one := []*jsonschema.Schema{text("A node, or a role, which stands for all nodes that have it."), selector}
	return &jsonschema.Schema{AnyOf: append(one, array("", &jsonschema.Schema{AnyOf: one}))}
}

func promiseSchema() *jsonschema.Schema {
	of := map[string]*jsonschema.Schema{
		"expect": words("held", "broken"),
		"guard":  {Type: "boolean", Description: "The claim must come out as expected, but another scenario proves it: no control has to break it here."},
	}
	for _, name := range claimNames() {
		c, _ := claims.New(name)
		s := reflected(c)
		s.Description = fmt.Sprintf("For example: %v.", c)
		of[name] = s
	}
	return oneOf(object("One claim.", of), claimNames())
}

func controlSchema() *jsonschema.Schema {
	names := array("Names of claims.", words(claimNames()...))
	s := object("What is different, and which claims have another outcome.", map[string]*jsonschema.Schema{
		"why": text("What is different: the mechanism that is missing."), "breaks": names, "holds": names,
		"topology": topologySchema(false), "attack": otherLoad(), "steps": array("", stepSchema()),
	})
	s.AnyOf = []*jsonschema.Schema{{Required: []string{"breaks"}}, {Required: []string{"holds"}}}
	return s
}

func reachSchema() *jsonschema.Schema {
	s := reflected(Reach{})
	s.Description = "Which nodes are probed from inside the system."
	s.Required = []string{"from", "to", "control"}
	return s
}

const spanPattern = `([0-9.]+(ns|us|µs|ms|s|m|h))+`

func span(about string) *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", Pattern: "^" + spanPattern + "$", Description: about}
}

// reflected is the schema of a struct as it is written in files.
func reflected(v any) *jsonschema.Schema {
	r := jsonschema.Reflector{
		Anonymous: true, DoNotReference: true, ExpandedStruct: true, FieldNameTag: "yaml",
		RequiredFromJSONSchemaTags: true, KeyNamer: strings.ToLower, Mapper: special,
	}
	s := r.Reflect(v)
	s.Version = ""
	return s
}

var textual = reflect.TypeFor[encoding.TextUnmarshaler]()

// special is the schema of the types with a text form of their own in files.
func special(t reflect.Type) *jsonschema.Schema {
	mixed := func(of ...any) *jsonschema.Schema { // a word, or a map of one of these
		s := &jsonschema.Schema{AnyOf: []*jsonschema.Schema{{Type: "string"}}}
		for _, v := range of {
			s.AnyOf = append(s.AnyOf, reflected(v))
		}
		return s
	}
	switch t {
	case reflect.TypeFor[time.Duration]():
		return span("")
	case reflect.TypeFor[claims.Bound]():
		return &jsonschema.Schema{
			Type: "string", Pattern: "^(" + spanPattern + "|[0-9.]+ *x baseline)$",
			Description: "The upper limit: a time, or a multiple of the run's own baseline, as in 2x baseline.",
		}
	case reflect.TypeFor[topologies.Direction]():
		return words(string(topologies.Both), string(topologies.In), string(topologies.Out))
	case reflect.TypeFor[targets.Mix]():
		of := map[string]*jsonschema.Schema{}
		for _, op := range targets.Operations() {
			of[op] = &jsonschema.Schema{Type: "string", Pattern: `^[0-9.]+ *%$`}
		}
		return object("The share of each operation; the shares add up to 100%.", of)
	case reflect.TypeFor[targets.Rate]():
		return mixed(struct {
			Ramp *targets.Ramp `yaml:"ramp"`
			Step *targets.Step `yaml:"step"`
			Sine *targets.Sine `yaml:"sine"`
		}{})
	case reflect.TypeFor[targets.Keys]():
		return mixed(struct {
			Dist  string  `yaml:"dist"`
			Users int     `yaml:"users"`
			S     float64 `yaml:"s"`
		}{})
	}
	if reflect.PointerTo(t).Implements(textual) {
		return &jsonschema.Schema{Type: "string"}
	}
	return nil
}
