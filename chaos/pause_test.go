package chaos

import (
	"strings"
	"testing"

	"github.com/holdfast-lab/holdfast/topologies"
)

func TestPauseOfANodeThatRestarted(t *testing.T) {
	a := running("web-1")
	inj, err := Pause{}.Inject(t.Context(), list(a), nil)
	if err != nil {
		t.Fatal(err)
	}
	a.state = topologies.State{Running: true} // something else killed and started it
	if _, err := inj.Heal(t.Context()); err != nil {
		t.Error(err)
	}
	if got := strings.Join(a.verbs, " "); got != "pause" {
		t.Errorf("verbs: %s; want nothing undone", got)
	}
}

// TestPauseOfANodeThatDied checks that a node that died is not reported as
// running again.
func TestPauseOfANodeThatDied(t *testing.T) {
	a, b := running("web-1"), running("web-2")
	inj, err := Pause{}.Inject(t.Context(), list(a, b), nil)
	if err != nil {
		t.Fatal(err)
	}
	a.state = topologies.State{ExitCode: 137} // out of memory, or killed by another step
	for range 2 {
		if seen, err := inj.Heal(t.Context()); err != nil || seen != "web-1 is no longer running, web-2 is running again" {
			t.Errorf("healed: %q, %v", seen, err)
		}
	}
}
