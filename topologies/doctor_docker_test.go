//go:build docker

package topologies

import "testing"

func TestDoctor(t *testing.T) {
	if _, err := images(); err != nil {
		t.Fatal(err)
	}
	for _, f := range Doctor(t.Context(), 1<<10) {
		t.Logf("%v %s: %s", f.OK, f.Name, f.Text)
		if !f.OK {
			t.Errorf("%+v", f)
		}
	}
	found := false
	for _, f := range Doctor(t.Context(), 1<<30) {
		found = found || f.Name == "memory" && !f.OK && f.Fix != ""
	}
	if !found {
		t.Error("a machine with 1 PiB of memory")
	}
}
