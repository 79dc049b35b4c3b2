package scenarios

import (
	"encoding"
	"errors"
	"math"
	"reflect"
	"slices"
	"strconv"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"

	"github.com/holdfast-lab/holdfast/targets"
)

// value decodes one value and reports whether it could. Mistakes are noted at
// their own places and in terms of the file; the YAML library would name Go
// types, which mean nothing to the author of a file.
func (d *decoder) value(n ast.Node, what string, into any) bool {
	t := reflect.TypeOf(into).Elem()
	if n.Type() == ast.NullType {
		d.wrong(n, "%sthe value is missing: %s", what, wanted(t))
		return false
	}
	err := yaml.NodeToValue(n, into, yaml.Strict())
	if err == nil {
		if wholeNumber(t) && n.Type() == ast.FloatType || !finite(reflect.ValueOf(into)) { // the library would drop the fraction
			d.wrong(n, "%s%s: %s", what, n, wanted(t))
			return false
		}
		return true
	}
	if d.explain(n, what, t) {
		var kind *yaml.TypeError
		var shape *yaml.UnexpectedNodeTypeError
		if errors.As(err, &kind) || errors.As(err, &shape) {
			d.wrong(n, "%s%s: %s", what, n, wanted(t))
		} else {
			d.fail(n, what, err)
		}
	}
	return false
}

// fill decodes entries into the fields of a struct, one by one, so that one
// mistake does not hide the next. It returns the fields that it could not
// decode.
func (d *decoder) fill(es []*ast.MappingValueNode, of string, into any) (unread []reflect.Value) {
	v := reflect.ValueOf(into).Elem()
	names := fields(v.Type())
	for _, e := range es {
		name := word(e.Key)
		if !slices.Contains(names, name) {
			d.wrong(e.Key, "%s has no setting %q: %s", of, name, instead(name, names))
			continue
		}
		field := fieldOf(v, name)
		if !d.value(e.Value, name+": ", field.Addr().Interface()) {
			d.unread = append(d.unread, of+"."+name)
			unread = append(unread, field)
		}
	}
	return unread
}

// fieldOf returns a struct's field by its name in a file.
func fieldOf(v reflect.Value, name string) reflect.Value {
	for f, field := range v.Fields() {
		if f.IsExported() && fieldName(f) == name {
			return field
		}
	}
	return reflect.Value{}
}

// explain notes every part of a value, at any depth, that does not fit its
// type. It reports whether it found none.
func (d *decoder) explain(n ast.Node, what string, t reflect.Type) bool {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	fit := true
	switch n := n.(type) {
	case *ast.MappingNode:
		switch {
		case t.Kind() == reflect.Struct && t != reflect.TypeFor[time.Time]():
			return d.explainFields(n, what, t)
		case t.Kind() == reflect.Map:
			for _, e := range n.Values {
				fit = d.explain(e.Value, what+word(e.Key)+": ", t.Elem()) && fit
			}
			return fit
		}
	case *ast.SequenceNode:
		if t.Kind() == reflect.Slice {
			for _, v := range n.Values {
				fit = d.explain(v, what, t.Elem()) && fit
			}
			return fit
		}
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode:
		return true // the library reports the error
	}
	if own, ok := reflect.New(t).Interface().(encoding.TextUnmarshaler); ok {
		if err := own.UnmarshalText([]byte(word(n))); err != nil {
			d.wrong(n, "%s%v", what, err)
			return false
		}
		_, scalar := n.(ast.ScalarNode)
		if scalar && n.Type() != ast.NullType {
			return true
		}
	} else if n.Type() != ast.NullType && yaml.NodeToValue(n, reflect.New(t).Interface()) == nil {
		return true
	}
	d.wrong(n, "%s%s: %s", what, n, wanted(t, word(n)))
	return false
}

func (d *decoder) explainFields(n *ast.MappingNode, what string, t reflect.Type) bool {
	fit := true
	names := fields(t)
	for _, e := range n.Values {
		name := word(e.Key)
		if !slices.Contains(names, name) {
			d.wrong(e.Key, "%sno setting %q: %s", what, name, instead(name, names))
			fit = false
			continue
		}
		fit = d.explain(e.Value, what+name+": ", fieldOf(reflect.New(t).Elem(), name).Type()) && fit
	}
	return fit
}

// finite reports whether no number in a value is infinite or NaN.
func finite(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		return v.IsNil() || finite(v.Elem())
	case reflect.Float32, reflect.Float64:
		return !math.IsNaN(v.Float()) && !math.IsInf(v.Float(), 0)
	case reflect.Struct:
		for _, field := range v.Fields() {
			if !finite(field) {
				return false
			}
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			if !finite(v.MapIndex(key)) {
				return false
			}
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			if !finite(v.Index(i)) {
				return false
			}
		}
	}
	return true
}

// wholeNumber reports whether a type holds integers.
func wholeNumber(t reflect.Type) bool {
	return t != reflect.TypeFor[time.Duration]() && (reflect.Zero(t).CanInt() || reflect.Zero(t).CanUint())
}

// wanted says what to write for a value of that type; for a number without a
// unit it suggests one.
func wanted(t reflect.Type, said ...string) string {
	switch t {
	case reflect.TypeFor[time.Duration]():
		example := "60"
		if len(said) > 0 {
			if _, err := strconv.ParseUint(said[0], 10, 32); err == nil {
				example = said[0]
			}
		}
		return "write a time with a unit, as in " + example + "s"
	case reflect.TypeFor[targets.Rate]():
		return "write a rate, as in 200/s, or a map of one of ramp, step, sine"
	case reflect.TypeFor[targets.Keys]():
		return "write uniform or zipf, or a map of dist, users, s"
	case reflect.TypeFor[targets.Mix]():
		return "write a map of shares, as in {read: 70%, write: 30%}"
	}
	switch t.Kind() {
	case reflect.Bool:
		return "write true or false"
	case reflect.Int, reflect.Int64, reflect.Uint64:
		return "write a whole number, as in 100"
	case reflect.Float64:
		return "write a number, as in 1.5"
	case reflect.Slice:
		return "write a list, as in [a, b]"
	case reflect.Map, reflect.Struct, reflect.Pointer:
		return "write a map, as in {name: value}"
	}
	return "write a word"
}
