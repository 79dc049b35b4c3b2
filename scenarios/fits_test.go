package scenarios

import (
	"strings"
	"testing"

	"github.com/holdfast-lab/holdfast/claims"
	"github.com/holdfast-lab/holdfast/targets"
	"github.com/holdfast-lab/holdfast/topologies"
)

// TestFits: requirements of the file that the system cannot meet are reported
// before the run, at their places; otherwise the system would be blamed for
// them.
func TestFits(t *testing.T) {
	for _, c := range []struct{ name, old, new, want string }{
		{"users that are not there", "write: 30%}", "write: 30%}, keys: {users: 20000}", "s.yaml:3:83: attack: keys.users: 20000, and replication holds 10000 users"},
		{"one user too many", "write: 30%}", "write: 30%}, keys: {dist: zipf, users: 10001}", "keys.users: 10001"},
		{"all users", "write: 30%}", "write: 30%}, keys: {users: 10000}", ""},
		{"no second primary", sound, simple("one-primary: {}"), "s.yaml:5:5: one-primary: single-server has 0 nodes that can be primary"},
		{"no second store", sound, simple("convergence: {}"), "convergence: single-server has 1 store"},
		{"servers that are not there", "- recovers:", "- spread-evenly: {servers: 3}\n  - recovers:", "s.yaml:9:30: spread-evenly: servers: 3, and replication has 2 web servers"},
		{"stores that are not there", "- recovers:", "- spread-evenly: {servers: 2, by: store}\n  - recovers:", "spread-evenly: servers: 2, and replication has 3 stores"},
		{"all servers", "- recovers:", "- spread-evenly: {servers: 2}\n  - recovers:", ""},
		{"more than is planned", "- recovers:", "- linearizable: {least: 8401}\n  - recovers:", "s.yaml:9:27: linearizable: least: 8401, but the attack plans only 8400"},
		{"as many as are planned", "- recovers:", "- linearizable: {least: 8400}\n  - recovers:", ""},
		{"more at risk than is planned", "- recovers:", "- keeps-acknowledged-writes: {at-risk: 181}\n  - recovers:", "s.yaml:9:42: keeps-acknowledged-writes: at-risk: 181, but only 180 are planned in the 3s before the steps"},
		{"as many at risk as are planned", "- recovers:", "- keeps-acknowledged-writes: {at-risk: 180}\n  - recovers:", ""},
		{"a fault in the steady state", "- responds: {share: 99%}", "- fails-entirely: {}", "s.yaml:7:5: steady is judged before the first step, but fails-entirely judges the effect of a fault"},
		{"no wire", sound, strings.NewReplacer("single-server", "load-balancer", "kill: {name: server}", "cut: {from: visitor, to: db}").Replace(simple("responds: {share: 99%}")), "s.yaml:3:19: cut: visitor and db share no network"},
		{"a wire to itself", "kill: {role: primary}", "cut: {from: web-1, to: web-1}", "s.yaml:5:15: cut: both ends of the wire are the same node"},
		{"a wire of all to all", "kill: {role: primary}", "cut: {from: primary, to: primary}", "both ends of the wire are the same node"},
		{"a wire between replicas", "kill: {role: primary}", "cut: {from: {role: replica}, to: replica}", ""},
		{"CPU with a far end", "kill: {role: primary}", "throttle: {from: primary, to: replica, cpu: 0.1}", "throttle: cpu applies to nodes, not to a wire"},
		{"CPU that takes nothing", "kill: {role: primary}", "throttle: {role: primary, cpu: 1}", "s.yaml:5:15: throttle: cpu: 1 cores is not lower than the 1 that pg-1 has"},
		{"too little bandwidth", "kill: {role: primary}", "throttle: {from: primary, to: replica, bandwidth: 1kbit/s}", "s.yaml:5:65: throttle: bandwidth 1000 bit/s: at least 8000, at most 100000000000"},
		{"too long a delay", "kill: {role: primary}", "delay: {from: primary, to: replica, by: 5s}", "s.yaml:5:55: delay by 5s: at least 1ms, at most 4s"},
		{"too short a delay", "kill: {role: primary}", "delay: {from: primary, to: replica, by: 1us}", "delay by 1µs: at least 1ms, at most 4s"},
		{"too small a loss", "kill: {role: primary}", "lose: {from: primary, to: replica, share: 0.000001%}", "lose: share 1e-06% is too small to be observed"},
		{"too little CPU", "kill: {role: primary}", "throttle: {role: primary, cpu: 0.001}", "throttle: cpu 0.001 cores: at least 0.01, at most 1024"},
	} {
		if !strings.Contains(sound, c.old) {
			t.Fatalf("%s: %q is not in the file", c.name, c.old)
		}
		got := whatIsWrong(strings.Replace(sound, c.old, c.new, 1))
		if c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s: got %v\nwant %s", c.name, got, c.want)
		}
	}
	if t1, u := topologies.Blueprints(), (targets.Keys{}).Filled().Users; len(t1) > 0 {
		for _, b := range t1 {
			if made, err := b.Design(nil); err != nil || made.Users < u {
				t.Errorf("%s holds %d users, and a load without keys is about %d, %v", b.Name, made.Users, u, err)
			}
		}
	}
}

// simple is a scenario of one machine with one claim.
func simple(claim string) string {
	return "topology: {name: single-server}\nattack: {rate: 200/s, for: 60s, timeout: 2s, mix: {read: 70%, write: 30%}}\n" +
		"steps: [{at: 15s, kill: {name: server}, for: 30s}]\nclaims:\n  - " + claim + "\n"
}

// TestOperationsOfClaims: every setting that names an operation is checked
// against the mix, including its default, and against what the operation
// carries.
func TestOperationsOfClaims(t *testing.T) {
	for _, c := range []struct{ claim, want string }{
		{"recovers: {operation: post, within: 1s}", `s.yaml:5:27: recovers is for operation "post", which the mix does not send: available: read, write`},
		{"queue: {confirmed: job}", `s.yaml:5:24: queue is for operation "job", which the mix does not send`},
		{"queue: {confirmed: write, processed: jobs}", `s.yaml:5:42: queue is for operation "jobs", which the mix does not send`},
		{"queue: {}", `s.yaml:5:5: queue is for operation "post", which the mix does not send`},
		{"queue: {confirmed: write}", ""},
		{"queue: {confirmed: read}", "s.yaml:5:24: queue: confirmed: read has no values that a store keeps: "},
		{"not-applied-twice: {}", `not-applied-twice is for operation "post", which the mix does not send`},
		{"keeps-acknowledged-writes: {}", ""},
		{"linearizable: {read: list}", `s.yaml:5:26: linearizable is for operation "list"`},
		{"linearizable: {read: write}", "linearizable: read: write has no answers that show a value: "},
		{"reads-not-stale: {write: read}", "reads-not-stale: write: read has no requests that set the value which a read shows"},
		{"session-kept: {login: post}", `session-kept is for operation "post"`},
		{"monotonic-writes: {write: wirte}", `did you mean "write"?`},
		{"bank: {}", "s.yaml:5:5: bank needs answers that are balances, but no operation of the site has any, so it could never be proven or broken"},
		{"bank: {operation: read}", "bank needs answers that are balances"},
		{"counter: {read: read, increment: write}", "counter needs answers that are counts"},
		{"unique-ids: {}", "unique-ids needs answers that are identifiers"},
		{"unique-ids: {operation: write}", "unique-ids needs answers that are identifiers"},
	} {
		got := whatIsWrong(simple(c.claim))
		if c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s: got %v\nwant %s", c.claim, got, c.want)
		}
	}
}

// TestClaimsThatNoScenarioReaches lists these claims, so that a new operation
// that makes one of them possible is noticed here and in docs/CLAIMS.md.
func TestClaimsThatNoScenarioReaches(t *testing.T) {
	var none []string
	for _, name := range claims.Names() {
		if !reachable(name) {
			none = append(none, name)
		}
	}
	if got := strings.Join(none, " "); got != "bank counter unique-ids" {
		t.Errorf("got %s", got)
	}
}
