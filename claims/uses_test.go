package claims

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

// TestUsesNameEveryOperation checks that each setting of a claim that names an
// operation is among its uses, with the claim's default, and follows the
// setting.
func TestUsesNameEveryOperation(t *testing.T) {
	operations := []string{"operation", "read", "write", "increment", "login", "confirmed", "processed"}
	for _, name := range Names() {
		c, _ := New(name)
		v := reflect.ValueOf(c).Elem()
		for f, field := range v.Fields() {
			setting, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
			if !slices.Contains(operations, setting) || f.Type.Kind() != reflect.String {
				continue
			}
			field.SetString("x")
			used := slices.ContainsFunc(Uses(c), func(u Use) bool { return u.Setting == setting && u.Operation == "x" })
			if !used {
				t.Errorf("%s: %s is no use: %v", name, setting, Uses(c))
			}
			field.SetString("")
		}
	}
}
