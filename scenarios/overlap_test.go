package scenarios

import (
	"errors"
	"strings"
	"testing"
)

// twoFaults is a scenario without its steps. The roles of its web servers
// cannot move, those of its databases can.
const twoFaults = `story: A test.
topology: {name: replication, failover: patroni}
attack: {rate: 200/s, for: 60s, timeout: 2s, mix: {read: 70%, write: 30%}}
steps:
  - {at: 15s, FIRST}
  - {at: 20s, SECOND}
claims:
  - responds: {share: 50%}
`

// TestOverlapsOnPaper: two steps that are certain to affect the same node can
// be combined, or the file is rejected at the second of them.
func TestOverlapsOnPaper(t *testing.T) {
	for _, c := range []struct{ name, first, second, says string }{
		{"two CPU limits, the second tighter", "throttle: {name: pg-1, cpu: 0.5}, for: 20s", "throttle: {name: pg-1, cpu: 0.1}, for: 5s", ""},
		{"two CPU limits, the second no tighter", "throttle: {name: pg-1, cpu: 0.1}, for: 20s", "throttle: {name: pg-1, cpu: 0.5}, for: 5s",
			"s.yaml:6:15: throttle pg-1 at 20s overlaps the throttle at 15s (line 5): the earlier limit leaves the node 0.1 cores, and a limit of 0.5 is not lower, so it would change nothing; begin it when the throttle is over"},
		{"two CPU limits one after the other", "throttle: {name: pg-1, cpu: 0.1}, for: 5s", "throttle: {name: pg-1, cpu: 0.5}, for: 5s", ""},
		{"a pause within a pause", "pause: {name: pg-1}, for: 20s", "pause: {name: pg-1}, for: 5s", ""},
		{"a kill within a kill", "kill: {name: pg-1}, for: 20s", "kill: {name: pg-1}, for: 5s", "s.yaml:6:15: kill pg-1 at 20s overlaps the kill at 15s (line 5): the earlier kill has ended the node's process"},
		{"a kill that never ends", "kill: {name: pg-1}", "pause: {name: pg-1}, for: 5s", "pause pg-1 at 20s overlaps the kill"},
		{"a stop within a kill", "kill: {name: pg-1}, for: 20s", "stop: {name: pg-1}, for: 5s", "stop pg-1 at 20s overlaps the kill"},
		{"a cut of a dead node", "stop: {name: pg-1}, for: 20s", "cut: {from: pg-1, to: pg-2}, for: 5s", "cut pg-1 at 20s overlaps the stop"},
		{"a kill of a frozen node", "pause: {name: pg-1}, for: 20s", "kill: {name: pg-1}, for: 30s", "ending a frozen process also ends its pause"},
		{"a restart within a cut", "cut: {from: pg-1, to: pg-2}, for: 20s", "restart: {name: pg-1}", "s.yaml:6:15: restart pg-1 at 20s ends the cut at 15s (line 5) too early: the restart starts the node again with a new network, which removes the cut; end the cut at least a second before"},
		{"a kill within a cut", "cut: {from: pg-1, to: pg-2}, for: 20s", "kill: {name: pg-1}, for: 5s", "kill pg-1 at 20s ends the cut"},
		{"a kill that outlasts a cut", "cut: {from: pg-1, to: pg-2}, for: 20s", "kill: {name: pg-1}, for: 17s", ""},
		{"a kill and a cut until the end", "cut: {from: pg-1, to: pg-2}", "kill: {name: pg-1}", ""},
		{"the far end dies", "cut: {from: pg-1, to: pg-2}, for: 20s", "kill: {name: pg-2}, for: 5s", ""},
		{"a cut after a restart", "restart: {name: pg-1}", "cut: {from: pg-1, to: pg-2}, for: 5s", ""},
		{"two delays of one wire", "delay: {from: pg-1, to: [pg-2, pg-3], by: 10ms}, for: 20s", "delay: {from: pg-1, to: pg-3, by: 10ms}, for: 5s", "write one delay of their sum"},
		{"two delays of two wires", "delay: {from: pg-1, to: pg-2, by: 10ms}, for: 20s", "delay: {from: pg-1, to: pg-3, by: 10ms}, for: 5s", ""},
		{"two bandwidths, one towards anyone", "throttle: {name: pg-1, bandwidth: 1Mbit/s}, for: 20s", "throttle: {from: pg-1, to: pg-2, bandwidth: 64kbit/s}, for: 5s", "only one of the two limits would apply"},
		{"one of a role that cannot move", "kill: {name: web-1}, for: 20s", "kill: {role: web}, for: 5s", "kill web-1 at 20s overlaps the kill"},
		{"all of a role that cannot move", "kill: {name: web-2}, for: 20s", "kill: {role: web, all: true}, for: 5s", "kill web-2 at 20s overlaps the kill"},
		{"another of a role that cannot move", "kill: {name: web-2}, for: 20s", "kill: {role: web}, for: 5s", ""},
		{"a role that may have moved", "kill: {role: primary}, for: 20s", "kill: {role: primary}, for: 5s", ""},
		{"a wire to a role that may have moved", "delay: {from: pg-1, to: replica, by: 10ms}, for: 20s", "delay: {from: pg-1, to: replica, by: 10ms}, for: 5s", ""},
		{"in the other order in the file", "at: 25s, kill: {name: pg-1}, for: 5s", "kill: {name: pg-1}, for: 20s", "s.yaml:5:15: kill pg-1 at 25s overlaps the kill at 20s (line 6)"},
		{"at the same instant, in either order", "at: 20s, throttle: {name: pg-1, cpu: 0.1}, for: 5s", "throttle: {name: pg-1, cpu: 0.5}, for: 5s", "so it would change nothing"},
	} {
		text := strings.NewReplacer("FIRST", c.first, "SECOND", c.second).Replace(twoFaults)
		text = strings.Replace(text, "at: 15s, at:", "at:", 1)
		_, err := parse("a/b", "s.yaml", []byte(text))
		var m *Mistakes
		switch {
		case c.says == "" && err != nil:
			t.Errorf("%s: refused: %v", c.name, err)
		case c.says != "" && (!errors.As(err, &m) || !strings.Contains(err.Error(), c.says)):
			t.Errorf("%s: %v\nwant %s", c.name, err, c.says)
		}
	}
}
