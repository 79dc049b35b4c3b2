package scenarios

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-lab/holdfast/claims"
)

// sound is a file without a mistake, for tests to modify.
const sound = `story: A test.
topology: {name: replication, replicas: 2}
attack: {rate: 200/s, for: 60s, timeout: 2s, mix: {read: 70%, write: 30%}}
steps:
  - {at: 15s, kill: {role: primary}, for: 30s}
steady:
  - responds: {share: 99%}
claims:
  - recovers: {operation: write, within: 20s}
control:
  - topology: {failover: none}
    breaks: [recovers]
`

func TestByBaseline(t *testing.T) {
	text := strings.Replace(sound, "- recovers:", "- responds: {p50: 1.5x baseline, p99: 50ms, phase: healed}\n  - recovers:", 1)
	s, err := parse("a/b", "s.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	want := &claims.Responds{P50: claims.TimesBaseline(1.5), P99: claims.Within(50 * time.Millisecond), Phase: "healed"}
	if got := s.Claims[0].Claim; !reflect.DeepEqual(got, want) {
		t.Errorf("read %+v, want %+v", got, want)
	}
}

func TestMistakes(t *testing.T) {
	if _, err := parse("a/b", "s.yaml", []byte(sound)); err != nil {
		t.Fatalf("a sound file: %v", err)
	}
	for _, c := range []struct{ name, old, new, want string }{
		{"a number beyond any run", "recovers: {operation: write, within: 20s}", "slow-bounded: {slower-than: 1s, each-within: 2s, at-most: 100000000}", `s.yaml:9:63: check slow-bounded: at-most 100000000: a run has at most 2000000 requests`},
		{"a percentile that takes more requests than there are", "recovers: {operation: write, within: 20s}", "honest-clock: {quantiles: [99.9999999]}", `s.yaml:9:31: check honest-clock: quantiles: 99.9999999 must be at most 99.99`},
		{"windows of a nanosecond", "recovers: {operation: write, within: 20s}", "responds: {share: 90%, window: 1ns}", `s.yaml:9:36: check responds: window 1ns: must be at least 100ms`},
		{"a time beyond any attack", "share: 99%", "share: 99%, p99: 2540400h", `s.yaml:7:33: check responds: p99 2540400h0m0s: an attack takes at most 24h0m0s`},
		{"unknown key", "story:", "stroy:", `s.yaml:1:1: a scenario has no "stroy": did you mean "story"?`},
		{"unknown topology", "name: replication", "name: replicaton", `no topology "replicaton": did you mean "replication"?`},
		{"unknown setting", "replicas: 2", "replica: 2", `s.yaml:2:31: topology replication has no setting "replica": did you mean "replicas"?`},
		{"setting out of bounds", "replicas: 2", "replicas: 20", `20 is not a whole number from 1 to 4`},
		{"unknown fault", "kill:", "kil:", `s.yaml:5:15: no fault "kil": did you mean "kill"?`},
		{"two faults", "kill: {role: primary}", "kill: {role: primary}, pause: {role: primary}", "kill and pause in one step"},
		{"unknown selector", "{role: primary}", "{rolle: primary}", `kill has no setting "rolle": did you mean "role"?`},
		{"nothing matches", "{role: primary}", "{role: primray}", `nothing in replication matches the primray: did you mean "primary"?`},
		{"the zero selector", "{role: primary}", "{}", "kill selects no nodes"},
		{"all of nothing", "{role: primary}", "{all: true}", "matches no name, role or dc"},
		{"no far end", "kill: {role: primary}", "cut: {from: primary}", "cut needs the other end of the wire"},
		{"a far end too many", "kill: {role: primary}", "kill: {from: primary, to: replica}", "kill does not affect a wire"},
		{"a wrong far end", "kill: {role: primary}", "cut: {from: primary, to: replcia}", `did you mean "replica"?`},
		{"a fault's own setting", "kill: {role: primary}", "throttle: {role: primary, bandwidth: 64}", `read bit rate "64"`},
		{"a fault's own check", "kill: {role: primary}", "throttle: {role: primary}", "throttle: set either bandwidth"},
		{"a step without a time", "at: 15s, ", "", "kill has no time"},
		{"a time without a unit", "at: 15s", "at: 15", "write a time with a unit, as in 15s"},
		{"a step before the start", "at: 15s", "at: -1s", "before the first request"},
		{"a step after the end", "at: 15s", "at: 70s", "the attack ends at 1m0s"},
		{"a step that outlives the attack", "for: 30s}", "for: 50s}", "s.yaml:5:15: kill from 15s to 1m5s lasts longer than the attack"},
		{"a phase too short", "within: 20s", "within: 50s", "recovers within 50s cannot be seen"},
		{"too early to be steady", "at: 15s", "at: 100ms", "fewer than 100 requests are planned before the first step"},
		{"too early for a baseline", "at: 15s, kill: {role: primary}, for: 30s}\nsteady:\n  - responds: {share: 99%}\nclaims:", "at: 100ms, kill: {role: primary}, for: 30s}\nclaims:\n  - responds: {p99: 2x baseline}", "responds can never hold: 20 requests are planned before the first step at 100ms, but a baseline requires 299: begin the step later"},
		{"too short a baseline for p99", "at: 15s, kill: {role: primary}, for: 30s}\nsteady:\n  - responds: {share: 99%}\nclaims:", "at: 1s, kill: {role: primary}, for: 30s}\nclaims:\n  - responds: {p99: 2x baseline}", "200 requests are planned before the first step at 1s, but a baseline requires 299"},
		{"too few for a share", "- recovers:", "- responds: {operation: write, share: 99.9%, phase: baseline}\n  - recovers:", "s.yaml:9:5: responds can never hold: 900 requests are planned for it, but 95% confidence requires 2995 that all meet the claim: raise the rate, attack for longer, or add least: 900 to judge these alone"},
		{"too few before the first step", "{share: 99%}", "{share: 99.9%}", "requests are planned for it, but 95% confidence requires 2995 that all meet the claim"},
		{"fewer than least", "- recovers:", "- responds: {share: 90%, least: 12001}\n  - recovers:", "12000 requests are planned for it, but least: requires 12001: raise the rate, attack for longer, or lower least"},
		{"a window longer than the attack", "- recovers:", "- responds: {share: 90%, window: 10m}\n  - recovers:", "s.yaml:9:5: responds can never hold: a window of 10m0s does not fit into the 1m0s that are observed from 0s"},
		{"a window longer than the fault", "- recovers:", "- responds: {share: 90%, phase: faulted, window: 31s}\n  - recovers:", "a window of 31s does not fit into the 30s that are observed from 15s"},
		{"windows with too little in each", "- recovers:", "- responds: {share: 99%, window: 1s}\n  - recovers:", "200 requests are planned in each window, but 95% confidence requires 299"},
		{"a setting of each that is none", "- recovers:", "- responds: {share: 90%, phase: faulted, each: window}\n  - recovers:", `each "window" is unknown: write each: fault`},
		{"steady by the baseline", "{share: 99%}", "{p99: 2x baseline}", "s.yaml:7:5: steady is judged before the first step, on the baseline itself: give responds a time"},
		{"the baseline by itself", "- recovers:", "- responds: {p99: 2x baseline, phase: baseline}\n  - recovers:", "the baseline cannot be compared with itself"},
		{"a bound of nothing", "{share: 99%}", "{p99: 2x}", `read bound "2x": write a time with its unit, as in 50ms, or a multiple of the baseline, as in 2x baseline`},
		{"a bound without a unit", "{share: 99%}", "{p99: 50}", "read bound"},
		{"no claim", "claims:\n  - recovers: {operation: write, within: 20s}\n", "", "no claim: a run without claims proves nothing"},
		{"no load", "attack: {rate: 200/s, for: 60s, timeout: 2s, mix: {read: 70%, write: 30%}}\n", "", "no load: add attack:"},
		{"the mix", "write: 30%", "write: 20%", "the shares add up to 90%, not 100%"},
		{"an operation", "write: 30%", "wirte: 30%", "s.yaml:3:63: attack: mix.wirte: is not an operation"},
		{"too many requests", "for: 60s", "for: 20h", "14400000 requests are planned, but the record of at most 2000000"},
		{"unknown claim", "- recovers:", "- recover:", `s.yaml:9:5: no claim "recover": did you mean "recovers"?`},
		{"unknown option", "within: 20s", "withing: 20s", `recovers has no setting "withing": did you mean "within"?`},
		{"an operation that is not sent", "operation: write", "operation: post", `recovers is for operation "post", which the mix does not send`},
		{"an expectation", "- recovers: {operation: write, within: 20s}", "- recovers: {operation: write, within: 20s}\n    expect: brokn", "expect: brokn is neither held nor broken"},
		{"a claim's own check", "within: 20s", "within: 0s", "within must be above 0"},
		{"a control of an unknown claim", "breaks: [recovers]", "breaks: [recovrs]", `control: no claim "recovrs" in this scenario: did you mean "recovers"?`},
		{"a control that breaks nothing", "    breaks: [recovers]\n", "", "a control that breaks no claim proves nothing"},
		{"a control's setting", "failover: none", "failover: nobody", `s.yaml:11:16: design replication: failover: "nobody" is not allowed`},
		{"a claim that needs a probe", "- recovers:", "- unreachable: {from: visitor, to: [web]}\n  - recovers:", "unreachable needs a probe"},
		{"a probe of other nodes", "claims:\n", "reach: {from: nginx, to: [web-1], control: pg-1}\nclaims:\n  - unreachable: {from: nginx, to: [web]}\n", "unreachable judges web-2, which reach does not probe: name it, or its kind, in reach"},
		{"a probe from another node", "claims:\n", "reach: {from: web-1, to: [pg], control: nginx}\nclaims:\n  - unreachable: {from: web, to: [pg]}\n", "unreachable judges web-2, which reach does not probe"},
		{"a claim about a node that is not there", "claims:\n", "reach: {from: nginx, to: [web], control: pg-1}\nclaims:\n  - unreachable: {from: nginx, to: [wbe]}\n", `unreachable: no node "wbe" in replication`},
		{"a claim that needs a fault", "steps:\n  - {at: 15s, kill: {role: primary}, for: 30s}\n", "", "recovers judges the effect of a fault, but the scenario has no steps"},
		{"no YAML", "story: A test.", "story: [A test.", "s.yaml:"},
		{"a key twice", "story: A test.", "story: A test.\nstory: Another.", "s.yaml:2:1: "},
		{"no map", sound, "- a\n- b\n", "a scenario must be a map"},
		{"empty", sound, "", "the file is empty: begin with story:"},
	} {
		if !strings.Contains(sound, c.old) {
			t.Fatalf("%s: %q is not in the file", c.name, c.old)
		}
		_, err := parse("a/b", "s.yaml", []byte(strings.Replace(sound, c.old, c.new, 1)))
		var m *Mistakes
		if !errors.As(err, &m) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v\nwant %s", c.name, err, c.want)
		}
	}
}

// TestMistakesStandWhereTheyAre: the place of a mistake is the wrong value, not
// the claim, fault or section around it.
func TestMistakesStandWhereTheyAre(t *testing.T) {
	for _, c := range []struct{ name, old, new, want string }{
		{"an operation, at its value", "operation: write", "operation: wirte", `s.yaml:9:27: recovers is for operation "wirte", which the mix does not send: did you mean "write"?`},
		{"a claim's word, at its value", "recovers: {operation: write, within: 20s}", "spread-evenly: {by: hosts, servers: 2}", `s.yaml:9:25: check spread-evenly: by "hosts" is unknown`},
		{"a fault's word, at its value", "kill: {role: primary}", "restart: {role: primary, by: quit}", `s.yaml:5:44: restart by "quit"`},
		{"a role, at its value", "{role: primary}", "{role: primray}", "s.yaml:5:28: kill: nothing"},
		{"an end of a wire, at its value", "kill: {role: primary}", "cut: {from: primary, to: [replica, replcia]}", "s.yaml:5:50: cut: nothing"},
		{"a claim of a control, at its name", "breaks: [recovers]", "breaks: [recovrs]", `s.yaml:12:14: control: no claim`},
		{"several of a claim, each alone", "within: 20s", "within: 20s}\n  - spread-evenly: {servers: 1, by: hosts", "s.yaml:10:30: check spread-evenly: servers must be 2 or more\n"},
		{"an operation of the mix", "read: 70%", "reed: 70%", `s.yaml:3:52: attack: mix.reed: is not an operation: did you mean "read"?`},
	} {
		if !strings.Contains(sound, c.old) {
			t.Fatalf("%s: %q is not in the file", c.name, c.old)
		}
		_, err := parse("a/b", "s.yaml", []byte(strings.Replace(sound, c.old, c.new, 1)))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v\nwant %s", c.name, err, c.want)
		}
	}
}

// TestMistakesAreToldAtOnce checks the whole message for a file with several
// mistakes.
func TestMistakesAreToldAtOnce(t *testing.T) {
	text := strings.NewReplacer("kill:", "kil:", "within: 20s", "withing: 20s", "failover: none", "failovr: none").Replace(sound)
	began := time.Now()
	_, err := parse("a/b", "s.yaml", []byte(text))
	if err == nil {
		t.Fatal("taken")
	}
	if took := time.Since(began); took > time.Second {
		t.Errorf("took %v, want milliseconds", took)
	}
	const want = `s.yaml:5:15: no fault "kil": did you mean "kill"?
    - {at: 15s, kil: {role: primary}, for: 30s}
                ^
`
	if !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got\n%v\nwant first\n%s", err, want)
	}
	for _, also := range []string{`s.yaml:9:34: recovers has no setting "withing"`, `s.yaml:11:16: topology replication has no setting "failovr"`} {
		if !strings.Contains(err.Error(), also) {
			t.Errorf("got\n%v\nwant also %s", err, also)
		}
	}
}

// TestMistakesDoNotHideOthers: everything that can be checked is checked,
// whatever else is wrong, and consequences of a mistake are not reported as
// further ones.
func TestMistakesDoNotHideOthers(t *testing.T) {
	spoil := func(pairs ...string) string {
		_, err := parse("a/b", "s.yaml", []byte(strings.NewReplacer(pairs...).Replace(sound)))
		if err == nil {
			return ""
		}
		return err.Error()
	}
	two := "\n  - {at: 70s, throttle: {role: primry, cpu: 0.1, bandwidth: 64kbit/s}}"
	for _, c := range []struct {
		name, got string
		want      []string
		not       []string
	}{
		{"a wrong topology setting", spoil("replicas: 2", "replicas: 20", "for: 30s}", "for: 30s}"+two),
			[]string{"20 is not a whole number", `matches the primry: did you mean "primary"?`, "set either bandwidth", "the attack ends at 1m0s"}, nil},
		{"a setting that is none", spoil("replicas: 2", "replcas: 2", "role: primary", "role: primry"), []string{`no setting "replcas"`, `did you mean "primary"?`}, nil},
		{"a node that may be there", spoil("replicas: 2", "replicas: 20", "role: primary", "name: pg-7"), []string{"20 is not"}, []string{"pg-7: "}},
		{"no topology of that name", spoil("name: replication", "name: replicaton", "for: 30s}", "for: 30s}"+two), []string{"no topology", "set either bandwidth", "the attack ends at 1m0s"}, nil},
		{"an unread step", spoil("for: 30s}", "for: soon}"+two), []string{"for: soon: write a time", "the attack ends at 1m0s", "set either bandwidth", "primry"}, nil},
		{"an unread attack", spoil("for: 60s", "for: soon", "for: 30s}", "for: -30s}"+two), []string{"for: soon: write a time", "must not be negative", "set either bandwidth", "primry"}, []string{"the attack ends"}},
		{"an unread option beside another", spoil("kill: {role: primary}", "throttle: {role: primary, cpu: 0.1, bandwidth: 64}"), []string{"read bit rate", "set either bandwidth"}, nil},
		{"an unread option alone", spoil("kill: {role: primary}", "throttle: {role: primary, bandwidth: 64}"), []string{"read bit rate"}, []string{"set either"}},
		{"an unread time", spoil("at: 15s", "at: 15"), []string{"write a time"}, []string{"fewer than 100", "has no time"}},
		{"a misspelt selector", spoil("role: primary", "rol: primary"), []string{`kill has no setting "rol": did you mean "role"?`}, []string{"selects no nodes"}},
		{"an unread selector", spoil("role: primary", "role: [primary]"), []string{"role: [primary]: write a word"}, []string{"selects no nodes", "matches no name"}},
		{"an unread end", spoil("kill: {role: primary}", "cut: {from: primary, to: 5}"), []string{"must be a node"}, []string{"needs the other end"}},
		{"a misspelt option", spoil("kill: {role: primary}", "delay: {from: primary, to: replica, bye: 5ms}"), []string{`delay has no setting "bye": did you mean "by"?`}, []string{"give its length"}},
		{"a misspelt breaks", spoil("breaks: [", "braeks: ["), []string{`a control has no "braeks": did you mean "breaks"?`}, []string{"a control that breaks no claim"}},
	} {
		for _, want := range c.want {
			if !strings.Contains(c.got, want) {
				t.Errorf("%s: got\n%v\nwant also %s", c.name, c.got, want)
			}
		}
		for _, not := range c.not {
			if strings.Contains(c.got, not) {
				t.Errorf("%s: got\n%v\nwhich should not have %s", c.name, c.got, not)
			}
		}
	}
}
