//go:build docker

package scenarios

import (
	"context"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/holdfast-lab/holdfast/results"
)

// TestDockerDisturbedByHand injects faults. As soon as they are in effect, the
// docker command undoes them or breaks something else.
func TestDockerDisturbedByHand(t *testing.T) {
	for _, c := range []struct {
		name, step, on string
		hand           []string // arguments of docker, and a node
		check, says    string   // the check that fails, and its text
	}{
		{"a fault that is undone", "pause: {name: web-1}", "fault-in-effect", []string{"unpause", "web-1"}, "fault", "web-1 was resumed"},
		{"nothing to break", "kill: {name: web-1}", "attack-began", []string{"kill", "web-1"}, "fault", "web-1 had exited 137"},
		{"another node is restarted", "pause: {name: web-1}", "fault-in-effect", []string{"restart", "-t", "0", "web-2"}, "undisturbed", "web-2 ended (exit code "},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := scenario(t, `
story: A test.
topology: {name: load-balancer}
attack: {rate: 50/s, for: 8s, timeout: 1s, mix: {read: 100%}}
steps: [{at: 2s, `+c.step+`, for: 4s}]
claims: [{responds: {share: 10%}}]
control: [{topology: {checks: none}, breaks: [responds]}]
`)
			p, err := newPlayer(docker, s, Treatment, Options{Results: t.TempDir()})
			if err != nil {
				t.Fatal(err)
			}
			done := make(chan error, 1)
			p.rec.watch = func(n Notice) {
				if n.Event != nil && string(n.Event.Kind) == c.on {
					args := slices.Clone(c.hand)
					args[len(args)-1] = "holdfast-" + p.run.ID + "-" + args[len(args)-1]
					go func() { done <- exec.CommandContext(context.Background(), "docker", args...).Run() }()
				}
			}
			r, _, err := p.playAndJudge(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if err := <-done; err != nil {
				t.Fatal(err)
			}
			i := slices.IndexFunc(r.Trust, func(k results.Check) bool { return k.Name == c.check })
			if i < 0 || r.Trust[i].OK || !strings.Contains(r.Trust[i].Detail, c.says) || r.Verdicts[0].Outcome != results.Unproven {
				t.Errorf("%+v; trust %+v", r.Verdicts, r.Trust)
			}
			if !slices.ContainsFunc(r.Timeline, func(e results.Event) bool { return e.Kind == results.Unplanned }) {
				t.Errorf("nothing of it is on the timeline: %+v", r.Timeline)
			}
		})
	}
}
