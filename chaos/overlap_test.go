package chaos

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

// pairs has one fault of each kind, and a second CPU limit that is lower.
var pairs = map[string]func() Fault{
	"cut":      func() Fault { return &Cut{} },
	"cpu":      func() Fault { return &Throttle{CPU: 0.5} },
	"less cpu": func() Fault { return &Throttle{CPU: 0.1} },
	"delay":    func() Fault { return &Delay{By: 50 * time.Millisecond} },
	"kill":     func() Fault { return &Kill{} },
	"lose":     func() Fault { return &Lose{Share: 0.1} },
	"pause":    func() Fault { return &Pause{} },
	"restart":  func() Fault { return &Restart{} },
	"stop":     func() Fault { return &Stop{} },
	"throttle": func() Fault { return &Throttle{Bandwidth: 64000} },
}

// prevented lists every ordered pair of which the second is refused, with a
// word of the reason; all others are allowed. Kill, stop and restart prevent
// all.
var prevented = map[string]string{
	"pause, kill": "ends its pause", "pause, stop": "ends its pause", "pause, restart": "ends its pause",
	"pause, cpu": "no effect of a CPU limit", "pause, less cpu": "no effect of a CPU limit",
	"cpu, cpu": "is not lower", "less cpu, cpu": "is not lower", "less cpu, less cpu": "is not lower",
	"delay, delay": "their sum", "throttle, throttle": "only one", "cut, delay": "measured", "cut, throttle": "no throttled packet",
}

// looks is the part of a node's state that a fault may change.
func looks(n *node) string {
	return fmt.Sprintf("running %v, paused %v, %v cores, rules %q", n.state.Running, n.state.Paused, n.cores, n.net.list())
}

// inForce reports whether the fault of that name is in effect.
func inForce(name string, n *node) bool {
	switch name {
	case "kill", "stop":
		return !n.state.Running
	case "pause":
		return n.state.Paused
	case "cpu":
		return n.cores <= 0.5
	case "less cpu":
		return n.cores <= 0.1
	case "throttle":
		return strings.Contains(n.net.list(), "limit")
	case "cut":
		return strings.Contains(n.net.list(), "drop")
	}
	return name == "restart" || strings.Contains(n.net.list(), name)
}

// TestEveryPairOfFaults injects every ordered pair into one node, including
// pairs that a scenario may not contain, and undoes both in either order. The
// node must then be as before. While only one is undone, the other must be in
// effect.
func TestEveryPairOfFaults(t *testing.T) {
	for _, a := range slices.Sorted(maps.Keys(pairs)) {
		for _, b := range slices.Sorted(maps.Keys(pairs)) {
			for _, first := range []string{a, b} {
				t.Run(a+", "+b+", "+first+" undone first", func(t *testing.T) { playPair(t, a, b, first == a) })
			}
		}
	}
}

func playPair(t *testing.T, a, b string, firstFirst bool) {
	n, peer := busy("pg-1"), wired("pg-2")
	n.net = &net{rules: map[string]string{}, traffic: 3, refuses: "none"}
	before := looks(n)
	inject := func(f Fault) (Heal, error) {
		peers := list(peer)
		if limit(f) > 0 {
			peers = nil // a CPU limit takes no peers
		}
		inj, err := f.Inject(t.Context(), list(n), peers)
		return inj.Heal, err
	}
	one, err := inject(pairs[a]())
	if err != nil || !inForce(a, n) {
		t.Fatalf("the first alone: %v, %s", err, looks(n))
	}
	two, err := inject(pairs[b]())
	wire := []string{peer.name}
	why := Prevents(Played{pairs[a](), wire}, Played{pairs[b](), wire})
	if why == "" && (err != nil || !inForce(b, n)) {
		t.Errorf("the second may be played and cannot: %v, %s", err, looks(n))
	}
	undo := []struct {
		heal  Heal
		other string
	}{{one, b}, {two, a}}
	if !firstFirst {
		slices.Reverse(undo)
	}
	for i, u := range undo {
		for range 2 { // an undo may be called again
			if _, err := u.heal(t.Context()); err != nil && a+b != "delaydelay" { // the wire is slow until both are undone
				t.Errorf("undo %d: %v", i+1, err)
			}
		}
		over := u.other == a && ends(kind(pairs[b]())) || u.other == b && why != ""
		if i == 0 && !over && !inForce(u.other, n) {
			t.Errorf("%s was over with the undo of the other: %s", u.other, looks(n))
		}
	}
	if after := looks(n); after != before {
		t.Errorf("after both:  %s\nbefore both: %s", after, before)
	}
}

// TestPrevents compares every pair with the table, so that a new fault needs a
// decision for each pair.
func TestPrevents(t *testing.T) {
	covered := map[string]bool{}
	for a, first := range pairs {
		covered[first().String()] = true
		for b, second := range pairs {
			got := Prevents(Played{first(), []string{"pg-2"}}, Played{second(), []string{"pg-3", "pg-2"}})
			want := prevented[a+", "+b]
			switch a {
			case "kill", "stop", "restart":
				want = "ended the node's process"
			}
			if (got == "") != (want == "") || !strings.Contains(got, want) {
				t.Errorf("%s, then %s: %q, want %q", a, b, got, want)
			}
			if _, isWire := second().(Wire); isWire && (a == "cut" || a == "delay" || a == "throttle") {
				if got := Prevents(Played{first(), []string{"pg-2"}}, Played{second(), []string{"pg-3"}}); got != "" {
					t.Errorf("%s, then %s on another wire: %q", a, b, got)
				}
			}
			if got, want := Outlasted(first(), second()) != "", (a == "cut" || a == "lose" || a == "delay" || a == "throttle") && (b == "kill" || b == "stop" || b == "restart"); got != want {
				t.Errorf("%s over by %s: %v, want %v", a, b, got, want)
			}
		}
	}
	for _, name := range Names() {
		if !covered[name] {
			t.Errorf("no pair with %s", name)
		}
	}
	if why := Prevents(Played{&Throttle{Bandwidth: 1}, nil}, Played{Throttle{Bandwidth: 2}, []string{"pg-2"}}); why == "" {
		t.Error("a limit towards anyone and one towards pg-2 are two of one wire")
	}
}
