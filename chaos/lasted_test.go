package chaos

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-lab/holdfast/topologies"
)

// TestLasted disturbs each fault by other means than its own undo while it
// should be in effect. Lasted must notice that just before the undo.
func TestLasted(t *testing.T) {
	restarted := func(n *node) {
		n.state = topologies.State{Running: true, StartedAt: time.Unix(100, 0)}
		n.net.rules = map[string]string{} // the network namespace is new
	}
	for _, c := range []struct {
		name    string
		fault   Fault
		peers   []topologies.Instance
		disturb func(*node)
		seen    string // expected text if it lasted
		early   string
	}{
		{"kill, and nobody comes by", Kill{}, nil, nil, "web-1 still exited 137", ""},
		{"kill, and it is started", Kill{}, nil, restarted, "", "web-1 runs"},
		{"kill, and it is started and killed again", Kill{}, nil, func(n *node) {
			n.state = topologies.State{ExitCode: 137, StartedAt: time.Unix(100, 0), FinishedAt: time.Unix(101, 0)}
		}, "", "web-1 was started again at"},
		{"stop, and its process is another that ended", Stop{}, nil, func(n *node) { n.state.FinishedAt = time.Unix(101, 0) }, "", "ran again until"},
		{"stop, and it is started", Stop{}, nil, restarted, "", "web-1 runs"},
		{"pause, and nobody comes by", Pause{}, nil, nil, "web-1 still frozen", ""},
		{"pause, and it is let go on", Pause{}, nil, func(n *node) { n.state.Paused = false }, "", "web-1 runs"},
		{"pause, and it is killed", Pause{}, nil, func(n *node) { n.state = topologies.State{ExitCode: 137} }, "", "web-1 exited 137"},
		{"pause, and it is started again and frozen", Pause{}, nil, func(n *node) { n.state.StartedAt = time.Unix(100, 0) }, "", "was started again at"},
		{"cut, and nobody comes by", Cut{}, list(wired("pg-1")), nil, "web-1 and pg-1: 3 packets dropped", ""},
		{"cut, and it is restarted", Cut{}, list(wired("pg-1")), restarted, "", "the rule went with its network"},
		{"cut, and it goes down", Cut{}, list(wired("pg-1")), func(n *node) { n.state.Running = false }, "web-1 and pg-1: rule removed with the node", ""},
		{"cut, and the rules are flushed", Cut{}, list(wired("pg-1")), func(n *node) { clear(n.net.rules) }, "", "no such rule in the kernel"},
		{"lose, and nobody can look", Lose{Share: 0.5}, list(wired("pg-1")), func(n *node) { n.net.blind = true }, "", "no answer"},
		{"bandwidth, and it is restarted", Throttle{Bandwidth: 64000}, list(wired("pg-1")), restarted, "", "the rule went with its network"},
		{"delay, and its process dies", Delay{By: time.Second}, list(wired("pg-1")), func(n *node) { n.net.dead = true }, "", "nobody delays"},
		{"CPU, and nobody comes by", Throttle{CPU: 0.1}, nil, nil, "web-1 throttled for", ""},
		{"CPU, and it is given back", Throttle{CPU: 0.1}, nil, func(n *node) { n.cores = 1 }, "", "web-1 has 1 cores, not the limit of 0.1"},
		{"CPU, and another fault takes more", Throttle{CPU: 0.1}, nil, func(n *node) { n.cores = 0.05 }, "web-1 throttled for", ""},
		{"CPU, and it goes down", Throttle{CPU: 0.1}, nil, func(n *node) { n.state.Running = false }, "web-1 does not run", ""},
	} {
		a := wired("web-1")
		a.cores, a.busy = 1, true
		inj, err := c.fault.Inject(t.Context(), list(a), c.peers)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if c.disturb != nil {
			c.disturb(a)
		}
		seen, now, err := inj.Lasted(t.Context())
		if !strings.HasPrefix(seen, c.seen) || (err == nil) != (c.early == "") || err != nil && !strings.Contains(err.Error(), c.early) {
			t.Errorf("%s: seen %q, early %v; want %q, %q", c.name, seen, err, c.seen, c.early)
		}
		if err == nil && len(now) != len(inj.Meters) {
			t.Errorf("%s: counters %v at effect, %v now", c.name, inj.Meters, now)
		}
	}
}

// TestLastedCounts checks that the kernel's counters are returned when the
// fault takes effect and just before its undo.
func TestLastedCounts(t *testing.T) {
	a := wired("web-1")
	inj, err := Cut{}.Inject(t.Context(), list(a), list(wired("pg-1")))
	a.net.traffic = 8
	_, now, early := inj.Lasted(t.Context())
	if err := errors.Join(err, early); err != nil || inj.Meters[0] != (Meter{"web-1", "pg-1", "packets", 3, false}) || now[0] != (Meter{"web-1", "pg-1", "packets", 8, false}) {
		t.Errorf("%v, then %v, %v", inj.Meters, now, err)
	}
	a.state.Running = false
	if _, now, err := inj.Lasted(t.Context()); err != nil || !now[0].Down {
		t.Errorf("down: %v, %v", now, err)
	}
}
