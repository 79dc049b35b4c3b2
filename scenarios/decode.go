package scenarios

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/holdfast-lab/holdfast/chaos"
	"github.com/holdfast-lab/holdfast/claims"
	"github.com/holdfast-lab/holdfast/results"
	"github.com/holdfast-lab/holdfast/targets"
)

// decoder decodes the tree of a scenario and notes every mistake with its
// place. It continues after a mistake, so that all are reported at once.
type decoder struct {
	notes
	unread []string // settings whose value could not be read, as in "attack.rate"; the mistake is already noted
}

// unreadIn reports whether a setting of a section, or any setting for "", could
// not be read.
func (d *decoder) unreadIn(section, name string) bool {
	return slices.ContainsFunc(d.unread, func(s string) bool {
		return s == section+"."+name || name == "" && strings.HasPrefix(s, section+".")
	})
}

// scenario decodes the whole file.
func (d *decoder) scenario(root *ast.MappingNode) *Scenario {
	s := &Scenario{root: root}
	keys := map[string]func(ast.Node){
		"story":    func(n ast.Node) { d.value(n, "story: ", &s.Story) },
		"topology": func(n ast.Node) { s.Topology = d.system(n) },
		"attack":   func(n ast.Node) { s.Attack = d.attack(n) },
		"steps":    func(n ast.Node) { s.Steps = each(d, n, "steps", d.step) },
		"steady":   func(n ast.Node) { s.Steady = each(d, n, "steady", d.promise) },
		"claims":   func(n ast.Node) { s.Claims = each(d, n, "claims", d.promise) },
		"control":  func(n ast.Node) { s.Control = each(d, n, "control", d.control) },
		"reach": func(n ast.Node) {
			s.Reach = &Reach{}
			es, _ := d.settingsOf(n, "reach", "{from: visitor, to: [web-1], control: nginx}")
			d.fill(es, "reach", s.Reach)
		},
	}
	d.table(root.Values, "a scenario", keys)
	return s
}

// table calls the function for each key and reports whether every key is known.
func (d *decoder) table(es []*ast.MappingValueNode, of string, keys map[string]func(ast.Node)) bool {
	known := true
	names := slices.Sorted(maps.Keys(keys))
	for _, e := range es {
		if read := keys[word(e.Key)]; read != nil {
			read(e.Value)
			continue
		}
		d.wrong(e.Key, "%s has no %q: %s", of, word(e.Key), instead(word(e.Key), names))
		known = false
	}
	return known
}

// each calls a function for each item of a list.
func each[T any](d *decoder, n ast.Node, of string, read func(ast.Node) (T, bool)) []T {
	list, ok := n.(*ast.SequenceNode)
	if !ok {
		d.wrong(n, "%s: must be a list: begin each item with a dash", of)
		return nil
	}
	if len(list.Values) > maxList {
		d.wrong(list.Values[maxList], "%s: more than %d items: no scenario needs that many", of, maxList)
		return nil
	}
	var all []T
	for _, v := range list.Values {
		if x, ok := read(v); ok {
			all = append(all, x)
		}
	}
	return all
}

// fields returns the names of a struct's fields in a file.
func fields(t reflect.Type) []string {
	var names []string
	if t.Kind() != reflect.Struct {
		return nil
	}
	for f := range t.Fields() {
		switch _, options, _ := strings.Cut(f.Tag.Get("yaml"), ","); {
		case !f.IsExported() || f.Tag.Get("yaml") == "-":
		case strings.Contains(options, "inline"):
			names = append(names, fields(f.Type)...)
		default:
			names = append(names, fieldName(f))
		}
	}
	return names
}

// fieldName returns a field's name in a file.
func fieldName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
	if name == "" {
		return strings.ToLower(f.Name)
	}
	return name
}

// word returns a key or a value as it is written.
func word(n ast.Node) string {
	if s, ok := n.(ast.ScalarNode); ok {
		if v, ok := s.GetValue().(string); ok {
			return v
		}
	}
	return n.String()
}

// attack decodes the load. If a part of it could not be read, errors about
// missing settings would be misleading, so they are left out.
func (d *decoder) attack(n ast.Node) (a targets.Attack) {
	es, ok := d.settingsOf(n, "attack", exampleAttack)
	known := len(d.all)
	d.fill(es, "attack", &a)
	if !ok || len(d.all) > known {
		d.unread = append(d.unread, "attack."+lackingPart)
	}
	return a
}

const (
	exampleAttack = "{rate: 200/s, for: 60s, timeout: 2s, mix: {read: 100%}}"
	lackingPart   = "-" // no setting has this name: it stands for those that may be missing
)

func (d *decoder) system(n ast.Node) System {
	s := System{Set: map[string]any{}}
	of := "replication"
	if w, ok := n.(*ast.StringNode); ok {
		of = w.Value
	}
	es, ok := d.settingsOf(n, "topology", "{name: "+of+"}")
	if !ok {
		d.unread = append(d.unread, "topology.name")
	}
	for _, e := range es {
		if word(e.Key) == "name" {
			d.value(e.Value, "name: ", &s.Name)
			continue
		}
		var v any
		if _, scalar := e.Value.(ast.ScalarNode); !scalar || e.Value.Type() == ast.NullType {
			d.wrong(e.Value, "%s: %s is not a value: write a word or a number", word(e.Key), e.Value)
			d.unread = append(d.unread, "topology."+word(e.Key))
			continue
		}
		d.value(e.Value, word(e.Key)+": ", &v)
		if u, ok := v.(uint64); ok {
			v = int(u)
		}
		s.Set[word(e.Key)] = v
	}
	return s
}

// promise decodes one claim: {recovers: {within: 30s}, expect: broken}, or with
// guard: true.
func (d *decoder) promise(n ast.Node) (Promise, bool) {
	p := Promise{Expect: results.Held, at: n}
	named := false
	if w, ok := n.(*ast.StringNode); ok && reachable(w.Value) {
		d.wrong(n, "a claim must be a map: write %s: %s", w.Value, example(w.Value))
		return p, false
	}
	es, ok := d.settingsOf(n, "- recovers", example("recovers"))
	for _, e := range es {
		name := word(e.Key)
		if name == "expect" {
			d.expect(e.Value, &p.Expect)
			continue
		}
		if name == "guard" {
			d.value(e.Value, "guard: ", &p.Guard)
			continue
		}
		named = true
		c, ok := claims.New(name)
		switch {
		case !ok:
			d.wrong(e.Key, "no claim %q: %s", name, instead(name, append(claimNames(), "expect", "guard")))
		case p.Claim != nil:
			d.wrong(e.Key, "%s and %s in one entry: begin each claim with a dash of its own", p.Name, name)
		default:
			p.Name, p.Claim, p.at, p.said = name, c, e.Key, e
			d.claim(&p, e.Value)
		}
	}
	if p.Claim == nil && !named && ok {
		d.wrong(n, "a claim without a name: write one of %s", strings.Join(claimNames(), ", "))
	}
	return p, p.Claim != nil
}

// claim decodes the settings of a claim.
func (d *decoder) claim(p *Promise, n ast.Node) {
	es, ok := d.settingsOf(n, p.Name, example(p.Name))
	if !ok {
		d.unread = append(d.unread, p.Name+"."+lackingPart)
		return
	}
	var own []*ast.MappingValueNode
	for _, e := range es {
		if key := word(e.Key); key == "expect" || key == "guard" {
			d.wrong(e.Key, "%s belongs next to %s, not inside it: {%s: {...}, %s: %s}", key, p.Name, p.Name, key, word(e.Value))
			continue
		}
		own = append(own, e)
	}
	d.fill(own, p.Name, p.Claim)
}

func (d *decoder) expect(n ast.Node, into *results.Outcome) {
	switch word(n) {
	case "held":
		*into = results.Held
	case "broken":
		*into = results.Broken
	default:
		d.wrong(n, "expect: %s is neither held nor broken", word(n))
	}
}

func (d *decoder) control(n ast.Node) (Control, bool) {
	m, ok := n.(*ast.MappingNode)
	if !ok {
		d.wrong(n, "control: must be a map that says what is different and which claims break")
		return Control{}, false
	}
	c := Control{laid: m}
	lay := func(ast.Node) {} // decoded later, with the control's arm
	known := d.table(m.Values, "a control", map[string]func(ast.Node){
		"why":      func(n ast.Node) { d.value(n, "why: ", &c.Why) },
		"breaks":   func(n ast.Node) { c.garbled = !d.value(n, "breaks: ", &c.Breaks) || c.garbled },
		"holds":    func(n ast.Node) { c.garbled = !d.value(n, "holds: ", &c.Holds) || c.garbled },
		"topology": lay, "attack": lay, "steps": lay,
		"steady": lay, "claims": lay, "reach": lay, "story": lay, // rejected with a reason: see measured
	})
	c.garbled = c.garbled || !known
	return c, true
}

// step decodes one step: {at: 15s, kill: {role: primary}, for: 30s}.
func (d *decoder) step(n ast.Node) (Step, bool) {
	s := Step{at: n}
	timed, named := false, false
	es, _ := d.settingsOf(n, "- at", "15s, with a fault beside it, such as {at: 15s, kill: {role: primary}}")
	for _, e := range es {
		switch name := word(e.Key); name {
		case "at":
			timed = true
			s.vague = !d.value(e.Value, "at: ", &s.At)
		case "for":
			d.value(e.Value, "for: ", &s.For)
		default:
			named = true
			f, ok := chaos.New(name)
			switch {
			case !ok:
				d.wrong(e.Key, "no fault %q: %s", name, instead(name, append(chaos.Names(), "at", "for")))
			case s.Fault != nil:
				d.wrong(e.Key, "%s and %s in one step: begin each with a dash of its own", s.Fault, name)
			default:
				s.Fault, s.at, s.said = f, e.Key, e
				d.fault(e.Value, name, &s)
			}
		}
	}
	if s.Fault != nil && !timed {
		s.vague = true
		d.wrong(s.at, "%s has no time: add at:, such as at: 15s", s.Fault)
	}
	if s.Fault == nil && !named {
		d.wrong(n, "a step without a fault: write one of %s", strings.Join(chaos.Names(), ", "))
	}
	return s, s.Fault != nil
}
