package scenarios

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/holdfast-lab/holdfast/claims"
	"github.com/holdfast-lab/holdfast/targets"
)

// promised checks that a claim can be judged in this arm.
func (s *Scenario) promised(d *decoder, p Promise) {
	switch missing := lacking(p.Name, values(p.said)); {
	case d.unreadIn(p.Name, ""):
	case len(missing) > 0:
		d.wrong(p.at, "%s: add %s", p.Name, strings.Join(missing, ", "))
	default:
		d.blame(p.said, p.at, claims.Settings(p.Claim))
	}
	if len(s.Attack.Mix) > 0 && !d.unreadIn("attack", "mix") {
		for _, use := range claims.Uses(p.Claim) {
			s.sends(d, p, use)
		}
	}
	if p.Claim.Needs().Fault && len(s.Steps) == 0 && !s.tells("steps") {
		d.wrong(p.at, "%s judges the effect of a fault, but the scenario has no steps: add steps:, such as - {at: 15s, kill: {role: primary}}", p.Name)
	}
}

// carrying returns the operations of the reference site that a claim can use;
// nil means all of them, and an empty list none.
func carrying(c claims.Carries) []string {
	switch c {
	case claims.Anything:
		return targets.Operations()
	case claims.Shown:
		return targets.Shown()
	case claims.Set:
		return targets.Set()
	case claims.Kept:
		return targets.Kept()
	}
	return []string{}
}

// reachable reports whether a scenario can prove or break a claim of that name:
// no operation of the site has what some claims need.
func reachable(name string) bool {
	c, ok := claims.New(name)
	return ok && !slices.ContainsFunc(claims.Uses(c), func(u claims.Use) bool { return len(carrying(u.Carries)) == 0 })
}

// claimNames returns the claims that a scenario can contain.
func claimNames() []string {
	return slices.DeleteFunc(claims.Names(), func(name string) bool { return !reachable(name) })
}

// sends checks that the mix sends the operations that a claim judges, and that
// they have what the claim needs.
func (s *Scenario) sends(d *decoder, p Promise, use claims.Use) {
	able := carrying(use.Carries)
	at := p.at
	if m := values(p.said); m != nil {
		if e := find(m, use.Setting); e != nil {
			at = e.Value
		}
	}
	sent := slices.Sorted(maps.Keys(s.Attack.Mix))
	op := use.Operation
	switch {
	case len(able) == 0:
		d.wrong(p.at, "%s needs %s, but no operation of the site has any, so it could never be proven or broken: leave it out", p.Name, use.Carries)
	case op == "":
		if !slices.ContainsFunc(sent, func(op string) bool { return slices.Contains(able, op) }) {
			d.wrong(p.at, "%s needs %s, but the mix sends none: add one of %s to it", p.Name, use.Carries, strings.Join(able, ", "))
		}
	case !slices.Contains(sent, op):
		d.wrong(at, "%s is for operation %q, which the mix does not send: %s", p.Name, op, instead(op, sent))
	case !slices.Contains(able, op):
		d.wrong(at, "%s: %s: %s has no %s: %s", p.Name, use.Setting, op, use.Carries, instead(op, able))
	}
}

// limit returns how long a claim must be observed after a fault: its setting
// within, or 0 if it has none.
func limit(p Promise) time.Duration {
	within, _ := setting(p.Claim, "within").(time.Duration)
	return within
}

// setting returns the value of a field of a claim or fault by its name in a
// file.
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
