package chaos

import (
	"encoding/json"
	"math"
	"reflect"
	"testing"
	"time"
)

// TestTable checks what the decoder and messages rely on: New returns pointers
// to structs, and String is the fault's name.
func TestTable(t *testing.T) {
	for _, name := range Names() {
		f, ok := New(name)
		if !ok || f.String() != name {
			t.Errorf("%s: got %v, %v", name, f, ok)
		}
		if k := reflect.TypeOf(f); k.Kind() != reflect.Pointer || k.Elem().Kind() != reflect.Struct {
			t.Errorf("%s is a %v, want a pointer to a struct", name, k)
		}
		if again, _ := New(name); reflect.TypeOf(f).Elem().Size() > 0 && f == again {
			t.Errorf("%s: the same value twice", name)
		}
	}
	if f, ok := New("explode"); ok || f != nil {
		t.Errorf("a fault that is none: %v", f)
	}
}

// TestDescribeUndo checks the text of the intent, which is stored before each
// fault.
func TestDescribeUndo(t *testing.T) {
	const rules = "remove the packet rules of pg-1, pg-2"
	want := map[string]string{
		"kill": "start pg-1, pg-2", "stop": "start pg-1, pg-2", "restart": "start pg-1, pg-2", "pause": "unpause pg-1, pg-2",
		"cut": rules, "delay": rules, "lose": rules, "throttle": rules,
	}
	on := list(running("pg-1"), running("pg-2"))
	for _, name := range Names() {
		if f, _ := New(name); f.DescribeUndo(on) != want[name] {
			t.Errorf("%s: %q, want %q", name, f.DescribeUndo(on), want[name])
		}
	}
	if got := (Throttle{CPU: 0.1}).DescribeUndo(on); got != "restore the CPU limit of pg-1, pg-2" {
		t.Errorf("throttle the CPU: %q", got)
	}
}

func TestNeedsPeers(t *testing.T) {
	want := map[string]bool{"cut": true, "delay": true, "lose": true, "throttle": false}
	for _, name := range Names() {
		f, _ := New(name)
		w, wire := f.(Wire)
		needs, known := want[name]
		if wire != known || wire && w.NeedsPeers() != needs {
			t.Errorf("%s: a wire: %v, want %v", name, wire, known)
		}
	}
}

func TestOptionsComeBack(t *testing.T) {
	for _, f := range []any{
		&Cut{Way: "in"}, &Delay{By: 50 * time.Millisecond}, &Lose{Share: 0.07, Way: "out"},
		&Throttle{Bandwidth: 64000}, &Throttle{CPU: 0.1}, &Restart{By: "kill"}, &Kill{}, &Pause{}, &Stop{},
	} {
		b, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		back := reflect.New(reflect.TypeOf(f).Elem()).Interface()
		if err := json.Unmarshal(b, back); err != nil || !reflect.DeepEqual(f, back) {
			t.Errorf("%s came back as %+v, %v", b, back, err)
		}
	}
}

func TestCheck(t *testing.T) {
	for _, c := range []struct {
		fault Checker
		ok    bool
	}{
		{Cut{}, true}, {Cut{Way: "both"}, true}, {Cut{Way: "up"}, false},
		{Delay{}, false}, {Delay{By: -1}, false}, {Delay{By: 999 * time.Microsecond}, false}, {Delay{By: time.Millisecond}, true}, {Delay{By: 4 * time.Second}, true}, {Delay{By: 4*time.Second + 1}, false},
		{Lose{}, false}, {Lose{Share: 1}, true}, {Lose{Share: 1.01}, false}, {Lose{Share: 0.0001}, true}, {Lose{Share: 0.00009}, false}, {Lose{Share: Share(math.NaN())}, false}, {Lose{Share: 0.1, Way: "up"}, false},
		{Throttle{}, false}, {Throttle{CPU: 1, Bandwidth: 1}, false}, {Throttle{CPU: -1}, false}, {Throttle{CPU: 0.1}, true}, {Throttle{CPU: 0.01}, true}, {Throttle{CPU: 0.0099}, false}, {Throttle{CPU: 1e-300}, false},
		{Throttle{CPU: math.Inf(1)}, false}, {Throttle{CPU: math.NaN()}, false},
		{Throttle{Bandwidth: 8000}, true}, {Throttle{Bandwidth: 7999}, false}, {Throttle{Bandwidth: 100e9}, true}, {Throttle{Bandwidth: 100e9 + 1}, false},
		{Restart{}, true}, {Restart{By: "term"}, false},
	} {
		err := c.fault.Check()
		if (err == nil) != c.ok {
			t.Errorf("%T%+v: %v", c.fault, c.fault, err)
		}
		if err == nil {
			continue
		}
		if inj, err := c.fault.(Fault).Inject(t.Context(), list(wired("a")), list(wired("b"))); err == nil || inj.Witness != "" {
			t.Errorf("%T%+v: injected all the same", c.fault, c.fault)
		}
	}
}
