package results

import (
	"bytes"
	"math"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// valid holds a JSON text against output.schema.json.
func valid(t *testing.T, text []byte) error {
	t.Helper()
	s, err := jsonschema.NewCompiler().Compile("output.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(v)
}

func TestJSON(t *testing.T) {
	r := promoted()
	r.Verdicts = verdicts()
	for name, r := range map[string]*Run{"full.json": r, "empty.json": {}} {
		var b bytes.Buffer
		if err := JSON(&b, r, "results/runs/replication/primary-kill/r1"); err != nil {
			t.Fatal(err)
		}
		golden(t, name, b.Bytes())
		if err := valid(t, b.Bytes()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSchemaRefuses shows that the schema can say no at all.
func TestSchemaRefuses(t *testing.T) {
	for _, bad := range []string{`{}`, `[]`,
		`{"scenario":"s","arm":"a","verdict":"ok","seconds":{"images":0,"boot":0,"run":0,"total":0},"requests":{"planned":0,"sent":0,"answered":0,"refused":0,"unanswered":0,"unsent":0},"claims":[],"latency":[],"trust":[],"folder":""}`,
		`{"scenario":"s","arm":"a","verdict":"held","seconds":{"images":0,"boot":0,"run":0,"total":0},"requests":{"planned":0,"sent":0,"answered":0,"refused":0,"unanswered":0,"unsent":0},"claims":null,"latency":[],"trust":[],"folder":""}`,
		`{"scenario":"s","arm":"a","verdict":"held","seconds":{"images":0,"boot":0,"run":0,"total":0},"requests":{"planned":0,"sent":0,"answered":0,"refused":0,"unanswered":0,"unsent":0},"claims":[],"latency":[],"trust":[],"folder":"","more":1}`,
		`{"scenario":"s","arm":"a","verdict":"held","seconds":{"images":0,"boot":0,"run":0,"total":0},"claims":[],"latency":[],"trust":[],"folder":""}`,
	} {
		if valid(t, []byte(bad)) == nil {
			t.Errorf("the schema lets %s pass", bad)
		}
	}
}

func TestJSONOfNaN(t *testing.T) {
	for _, v := range []float64{math.NaN(), math.Inf(1)} {
		var b bytes.Buffer
		if err := JSON(&b, &Run{Seconds: Seconds{Total: v}}, ""); err == nil || b.Len() > 0 {
			t.Errorf("%v was printed: %q, %v", v, b.String(), err)
		}
	}
}
