package scenarios

import (
	"maps"
	"reflect"
	"slices"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// promised checks that a claim can be judged at all in this arm.
func (s *Scenario) promised(d *decoder, p Promise) {
	if c, ok := p.Claim.(interface{ Valid() error }); ok && !d.unreadIn(p.Name, "") {
		d.blame(p.said, p.at, c.Valid())
	}
	if op, _ := setting(p.Claim, "operation").(string); op != "" && len(s.Attack.Mix) > 0 {
		if ops := slices.Sorted(maps.Keys(s.Attack.Mix)); !slices.Contains(ops, op) {
			d.wrong(said(p.said, p.at, op), "%s of operation %q, which the mix does not send: %s", p.Name, op, instead(op, ops))
		}
	}
	if p.Claim.Needs().Fault && len(s.Steps) == 0 && !s.tells("steps") {
		d.wrong(p.at, "%s is about what a fault does, and there are no steps: add steps:, such as - {at: 15s, kill: {role: primary}}", p.Name)
	}
}

// outcomes checks that a control says which claims turn out the other way, and
// that they are there to do so.
func (s *Scenario) outcomes(d *decoder, c Control, armed *Scenario) {
	if len(c.Breaks)+len(c.Holds) == 0 && !c.garbled {
		d.wrong(c.laid, "a control that breaks nothing shows nothing: add breaks: [claim], the claims that must be broken here")
	}
	expected := map[string]results.Outcome{}
	for _, p := range armed.Claims {
		expected[p.Name] = p.Expect
	}
	known := slices.Sorted(maps.Keys(expected))
	for _, name := range slices.Concat(c.Breaks, c.Holds) {
		if _, ok := expected[name]; !ok && len(armed.Claims) > 0 {
			place := said(find(c.laid, "breaks"), c.laid, name)
			d.wrong(said(find(c.laid, "holds"), place, name), "control: no claim %q in this scenario: %s", name, instead(name, known))
		}
	}
	for _, name := range c.Breaks {
		if slices.Contains(c.Holds, name) {
			d.wrong(c.laid, "control: %s cannot both break and hold", name)
		}
	}
}

// limit is the time a claim must be watched for after a fault: its setting
// within, 0 where it has none.
func limit(p Promise) time.Duration {
	within, _ := setting(p.Claim, "within").(time.Duration)
	return within
}

// setting is the value of a claim's or a fault's field by its name in a file.
func setting(of any, name string) any {
	v := reflect.Indirect(reflect.ValueOf(of))
	if v.Kind() != reflect.Struct {
		return nil
	}
	for f, field := range v.Fields() {
		if n := fieldName(f); n == name && f.IsExported() {
			return field.Interface()
		}
	}
	return nil
}
