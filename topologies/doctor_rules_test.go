package topologies

import (
	"strings"
	"testing"
)

// TestRulesScript: the rules that doctor tries are ones that the limits of faults
// allow, and the script has them.
func TestRulesScript(t *testing.T) {
	script, err := rulesScript()
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"-j NFQUEUE", "htb direct_qlen", "-j CLASSIFY"} {
		if !strings.Contains(script, part) {
			t.Errorf("%q is missing in\n%s", part, script)
		}
	}
}
