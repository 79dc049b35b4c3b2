package scenarios

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/holdfast-lab/holdfast/results"
)

// FuzzScenario decodes any input as a scenario: it must not panic or use more
// than 2 s and 256 MiB, its messages must be safe for a terminal, and a
// scenario that it accepts must be valid in every arm.
//
// Run it under a memory limit: (ulimit -v 8000000; GOMEMLIMIT=2GiB go test
// ./scenarios -run FuzzScenario -fuzz FuzzScenario -fuzztime 1h -parallel 1).
func FuzzScenario(f *testing.F) {
	all, err := names()
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range all {
		text, err := files.ReadFile(name + ".yaml")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte(sound))
	for _, make := range hostile {
		f.Add([]byte(make(300)))
	}
	f.Add([]byte(bomb(4)))
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) > 1<<20 {
			return
		}
		var s *Scenario
		var err error
		took, cost := expense(func() { s, err = parse("a/b", "s.yaml", text) })
		if took > 2*time.Second || cost > 256<<20 {
			t.Fatalf("%d bytes took %v and %d MiB", len(text), took, cost>>20)
		}
		if err != nil {
			if said := err.Error(); !utf8.ValidString(said) || strings.ContainsFunc(said, func(r rune) bool { return r != '\n' && results.Invisible(r) }) {
				t.Errorf("%q goes to the terminal", said)
			}
			return
		}
		for _, arm := range s.Arms() {
			if armed, err := s.Arm(arm); err != nil || armed.Attack.Planned() == 0 || armed.Attack.Planned() > results.MaxRequests {
				t.Errorf("%s: %v", arm, err)
			}
		}
		s.Describe()
	})
}
