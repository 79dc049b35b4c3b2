package scenarios

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

func compiled(t *testing.T) *jsonschema.Schema {
	t.Helper()
	b, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("scenario.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("scenario.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// value returns a YAML text as a JSON value.
func value(t *testing.T, text []byte) any {
	t.Helper()
	j, err := yaml.YAMLToJSON(text)
	if err != nil {
		t.Fatal(err)
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(j))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestSchemaTakesEveryBuiltInScenario(t *testing.T) {
	schema := compiled(t)
	for _, name := range builtIns(t) {
		text, err := files.ReadFile(name + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(value(t, text)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSchemaTakesEveryPlan(t *testing.T) {
	schema := compiled(t)
	for _, s := range listed(t) {
		for _, arm := range s.Arms() {
			armed, err := s.Arm(arm)
			if err != nil {
				t.Fatal(err)
			}
			plan, err := armed.plan()
			if err != nil {
				t.Fatal(err)
			}
			var v any
			if err := json.Unmarshal(plan, &v); err != nil {
				t.Fatal(err)
			}
			if err := schema.Validate(v); err != nil {
				t.Errorf("%s %s: %v", s.Name, arm, err)
			}
		}
	}
}

func TestSchemaRefusesWrongFiles(t *testing.T) {
	schema := compiled(t)
	const good = `{topology: {name: single-server}, attack: {rate: 1/s, for: 1s, timeout: 1s, mix: {read: 100%}}, claims: [{responds: {share: 99%}}]}`
	if err := schema.Validate(value(t, []byte(good))); err != nil {
		t.Fatalf("a good one: %v", err)
	}
	relative := bytes.Replace([]byte(good), []byte("share: 99%"), []byte("p99: 1.5x baseline, p50: 1s500ms"), 1)
	if err := schema.Validate(value(t, relative)); err != nil {
		t.Errorf("a bound by the baseline: %v", err)
	}
	for _, c := range []struct{ name, old, new string }{
		{"a bound by something else", "share: 99%", "p99: 2x median"},
		{"a bound without a unit", "share: 99%", "p99: 50"},
		{"no claims", "claims:", "steady:"},
		{"unknown topology", "single-server", "single-sever"},
		{"unknown setting", "name: single-server", "name: single-server, colour: red"},
		{"unknown claim", "responds", "respond"},
		{"unknown option", "share", "shard"},
		{"a time without a unit", "for: 1s", "for: 1"},
		{"unknown operation", "read: 100%", "raed: 100%"},
	} {
		text := bytes.Replace([]byte(good), []byte(c.old), []byte(c.new), 1)
		if err := schema.Validate(value(t, text)); err == nil {
			t.Errorf("%s: taken", c.name)
		}
	}
}
