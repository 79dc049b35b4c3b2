package scenarios

import (
	"slices"
	"strings"
	"testing"

	"github.com/holdfast-lab/holdfast/chaos"
	"github.com/holdfast-lab/holdfast/claims"
)

// TestSuggestions: a common mistake is reported once, with a suggestion.
func TestSuggestions(t *testing.T) {
	const claim = "recovers: {operation: write, within: 20s}"
	for _, c := range []struct{ old, new, want string }{
		{"kill: {role: primary}", "kill: web-1", "s.yaml:5:21: kill: must be a map, not web-1: write kill: {name: web-1}"},
		{"kill: {role: primary}", "pause: pg-2", "pause: must be a map, not pg-2: write pause: {name: pg-2}"},
		{"kill: {role: primary}", "kill: primary", "kill: must be a map, not primary: write kill: {role: primary}"},
		{"kill: {role: primary}", "cut: primary", "cut: must be a map, not primary: write cut: {from: primary, to: ...}"},
		{"kill: {role: primary}", "kill: [web-1, web-2]", "kill: must be a map, not [web-1, web-2]: write kill: {name: web-1}"},
		{claim, "recovers: {}", "s.yaml:9:5: recovers: add within: 30s"},
		{claim, "recovers: {operation: write}", "s.yaml:9:5: recovers: add within: 30s"},
		{claim, "recovers: 20s", "s.yaml:9:15: recovers: must be a map, not 20s: write recovers: {within: 30s}"},
		{"- " + claim, "- recovers", "s.yaml:9:5: a claim must be a map: write recovers: {within: 30s}"},
		{claim, "slow-bounded: {slower-than: 1s}\n  - " + claim, "slow-bounded: add at-most: 100, each-within: 5s"},
		{claim, "spread-evenly: {}\n  - " + claim, "spread-evenly: add servers: 3"},
		{claim, "recovers: {operation: write, within: 20s, expect: broken}", "s.yaml:9:47: expect belongs next to recovers, not inside it: {recovers: {...}, expect: broken}"},
		{"for: 30s}", "duration: 30s}", `no fault "duration": did you mean "for"?`},
		{"for: 60s", "duration: 60s", `s.yaml:3:23: attack has no setting "duration": did you mean "for"?`},
		{"rate: 200/s", "rps: 200/s", `attack has no setting "rps": did you mean "rate"?`},
		{"rate: 200/s, ", "", "s.yaml:3:1: attack: add rate:, as in attack: {rate: 200/s"},
		{"timeout: 2s, ", "", "attack: add timeout:"},
		{"attack: {rate: 200/s, for: 60s, timeout: 2s, mix: {read: 70%, write: 30%}}", "attack: 200/s", "attack: must be a map, not 200/s: write attack: {rate: 200/s"},
		{"topology: {name: replication, replicas: 2}", "topology: replication", "s.yaml:2:11: topology: must be a map, not replication: write topology: {name: replication}"},
		{"kill: {role: primary}", "crash: {role: primary}", `no fault "crash": did you mean "kill"?`},
		{"kill: {role: primary}", "partition: {from: primary, to: replica}", `no fault "partition": did you mean "cut"?`},
		{"kill: {role: primary}", "kill: {node: pg-1}", `kill has no setting "node": did you mean "name"?`},
		{"story:", "description:", `a scenario has no "description": did you mean "story"?`},
		{"at: 15s", "when: 15s", `no fault "when": did you mean "at"?`},
	} {
		if !strings.Contains(sound, c.old) {
			t.Fatalf("%q is not in the file", c.old)
		}
		got := whatIsWrong(strings.Replace(sound, c.old, c.new, 1))
		if !strings.Contains(got, c.want) {
			t.Errorf("%s: got %v\nwant %s", c.new, got, c.want)
		}
		for _, noise := range []string{"selects no nodes", "needs the other end", " 0/s", "must be above 0", "no topology", "a claim without a name"} {
			if strings.Contains(got, noise) {
				t.Errorf("%s: beside what is wrong, it says %q:\n%s", c.new, noise, got)
			}
		}
	}
}

// TestSynonymsAreOurs: a suggested word exists, and the word that it replaces
// has no other meaning at the same place.
func TestSynonymsAreOurs(t *testing.T) {
	known := append(append(claims.Names(), chaos.Names()...), "at", "for", "by", "within", "story", "claims", "steps", "attack", "topology", "mix", "keys",
		"rate", "name", "operation", "share", "p99", "expect", "bandwidth")
	for word, all := range synonyms {
		for _, s := range all {
			if !slices.Contains(known, s) {
				t.Errorf("%s: %s is no word of ours", word, s)
			}
		}
	}
}

// TestRequiredExamplesAreValid: the example that is suggested for a claim is
// valid.
func TestRequiredExamplesAreValid(t *testing.T) {
	for _, name := range claimNames() {
		got := whatIsWrong(strings.NewReplacer("single-server", "load-balancer", "name: server", "name: web-1", "write: 30%", "write: 10%, post: 20%").Replace(
			simple(name + ": " + example(name))))
		for _, bad := range []string{"wanted", "must be", "add ", "has no setting"} {
			if strings.Contains(got, bad) && name != "unreachable" && name != "one-primary" && name != "convergence" {
				t.Errorf("%s: %s: %s", name, example(name), got)
			}
		}
	}
}
