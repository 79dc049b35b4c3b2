package scenarios

import (
	"strings"
	"testing"
)

// TestControlsChangeTheSystem: a control that changes how claims are measured,
// or nothing, is rejected; one that changes the system, the load or the faults
// is accepted.
func TestControlsChangeTheSystem(t *testing.T) {
	const as = "  - topology: {failover: none}\n    breaks: [recovers]\n"
	for _, c := range []struct{ name, control, want string }{
		{"a tighter threshold", "  - claims:\n      - recovers: {operation: write, within: 1ms}\n    breaks: [recovers]\n", "s.yaml:11:5: control: claims: a control may change only the system"},
		{"a tighter threshold beside a pretext", "  - topology: {failover: none}\n    claims: [{recovers: {operation: write, within: 1ms}}]\n    breaks: [recovers]\n", "control: claims: a control may change"},
		{"another steady state", "  - topology: {failover: none}\n    steady: []\n    breaks: [recovers]\n", "s.yaml:12:5: control: steady: "},
		{"another probe", "  - topology: {failover: none}\n    reach: {from: nginx, to: [web-1], control: pg-1}\n    breaks: [recovers]\n", "s.yaml:12:5: control: reach: "},
		{"an impatient client", "  - attack: {timeout: 1ms}\n    breaks: [recovers]\n", "s.yaml:11:14: control: attack: timeout: it is how long a client waits"},
		{"an impatient client beside a pretext", "  - attack: {timeout: 1ms, rate: 201/s}\n    breaks: [recovers]\n", "control: attack: timeout: "},
		{"a generator held back", "  - attack: {max-in-flight: 1}\n    breaks: [recovers]\n", "control: attack: max-in-flight: it limits the generator"},
		{"another seed", "  - attack: {seed: 5}\n    breaks: [recovers]\n", "control: attack: seed: "},
		{"nothing", "  - why: luck\n    breaks: [recovers]\n", "s.yaml:11:5: a control with the same system, load and faults"},
		{"the same again", "  - topology: {replicas: 2}\n    breaks: [recovers]\n", "a control with the same system"},
		{"the default by name", "  - topology: {failover: patroni}\n    breaks: [recovers]\n", "a control with the same system"},
		{"the same topology afresh", "  - topology: {name: replication, replicas: 2}\n    breaks: [recovers]\n", "a control with the same system"},
		{"the default load by name", "  - attack: {loop: open, keys: uniform}\n    breaks: [recovers]\n", "a control with the same system"},
		{"a longer attack alone", "  - attack: {for: 90s}\n    breaks: [recovers]\n", "a control with the same system"},
		{"the same faults later", "  - steps: [{at: 16s, kill: {role: primary}, for: 30s}]\n    breaks: [recovers]\n", "a control with the same system"},
		{"the same faults in other words", "  - steps: [{for: 30000ms, at: 15s, kill: {role: primary}}]\n    breaks: [recovers]\n", "a control with the same system"},
		{"another system", as, ""},
		{"another load", "  - attack: {rate: 400/s}\n    breaks: [recovers]\n", ""},
		{"another mix", "  - attack: {mix: {read: 10%, write: 90%}}\n    breaks: [recovers]\n", ""},
		{"a closed loop", "  - attack: {loop: closed}\n    breaks: [recovers]\n", ""},
		{"a longer fault", "  - steps: [{at: 15s, kill: {role: primary}}]\n    breaks: [recovers]\n", ""},
		{"another fault", "  - steps: [{at: 15s, pause: {role: primary}, for: 30s}]\n    breaks: [recovers]\n", ""},
		{"another target", "  - steps: [{at: 15s, kill: {role: replica}, for: 30s}]\n    breaks: [recovers]\n", ""},
		{"another order of faults", "  - steps: [{at: 14s, pause: {role: replica}, for: 30s}, {at: 15s, kill: {role: primary}, for: 30s}]\n    breaks: [recovers]\n", ""},
	} {
		if !strings.Contains(sound, as) {
			t.Fatal("the sound file has another control")
		}
		got := whatIsWrong(strings.Replace(sound, as, c.control, 1))
		if c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s: got %v\nwant %s", c.name, got, c.want)
		}
	}
}
