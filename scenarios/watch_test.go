package scenarios

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-lab/holdfast/results"
	"github.com/holdfast-lab/holdfast/topologies"
)

// watched is a fault and its undo in an attack of three seconds.
func watched(step string) string {
	return `
story: A test.
topology: {name: replication}
attack: {rate: 100/s, for: 3s, timeout: 1s, mix: {read: 50%, write: 50%}}
steps:
  ` + step + `
claims:
  - responds: {share: 10%}
control:
  - topology: {failover: none}
    breaks: [responds]
`
}

// hand changes a node without a step, as soon as an event of that kind is
// reported, on a goroutine of its own.
type hand struct {
	on   results.Kind
	node string
	do   func(context.Context, *memoryNode) error
}

// disturbs runs a scenario together with the hand.
func (h hand) disturbs(t *testing.T, m *memory, text string) *results.Run {
	t.Helper()
	failed := make(chan error, 1)
	r, _, err := played(t, m, text, Treatment, Options{Seed: 7, Watch: func(n Notice) {
		if n.Event != nil && n.Event.Kind == h.on {
			h.on = "" // only once
			go func() { failed <- h.do(context.Background(), m.find(h.node)) }()
		}
	}})
	if h.do != nil {
		err = errors.Join(err, <-failed)
	}
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestDisturbed runs faults that someone else ends, and systems that someone
// else breaks: the event is on the timeline at its time, the proof fails, and
// no claim holds.
func TestDisturbed(t *testing.T) {
	t.Parallel()
	const inEffect, attack = results.FaultInEffect, results.AttackBegan
	start := func(ctx context.Context, n *memoryNode) error { return n.Start(ctx) }
	unpause := func(ctx context.Context, n *memoryNode) error { return n.Unpause(ctx) }
	kill := func(ctx context.Context, n *memoryNode) error { return n.Kill(ctx) }
	restart := func(ctx context.Context, n *memoryNode) error { return errors.Join(n.Kill(ctx), n.Start(ctx)) }
	pause := func(ctx context.Context, n *memoryNode) error { return n.Pause(ctx) }
	for _, c := range []struct {
		name   string
		step   string
		hand   hand
		check  string // the check that fails; "": none does
		says   string // text of the check
		events []results.Kind
	}{
		{"a kill", "- {at: 1s, kill: {name: web-1}, for: 1s}", hand{}, "", "", nil},
		{"a pause", "- {at: 1s, pause: {name: pg-2}, for: 1s}", hand{}, "", "", nil},
		{"a killed node is started", "- {at: 1s, kill: {name: web-1}, for: 1s}", hand{inEffect, "web-1", start}, "fault",
			"kill web-1: it ended at T+01.", []results.Kind{results.Unplanned, results.FaultOver}},
		{"a frozen node is let go on", "- {at: 1s, pause: {name: pg-2}, for: 1s}", hand{inEffect, "pg-2", unpause}, "fault",
			"pause pg-2: it ended at T+01.", []results.Kind{results.Unplanned, results.FaultOver}},
		{"a frozen node is killed", "- {at: 1s, pause: {name: pg-2}, for: 1s}", hand{inEffect, "pg-2", kill}, "fault",
			"pg-2 ended (exit code 137); no step asked for it", []results.Kind{results.Unplanned, results.FaultOver}},
		{"the node was dead", "- {at: 1s, kill: {name: web-1}, for: 1s}", hand{attack, "web-1", kill}, "fault",
			"nothing to break: step 1: kill web-1: web-1 had exited 137 1.0 s before", []results.Kind{results.Unplanned}},
		{"the node was frozen", "- {at: 1s, kill: {name: pg-2}, for: 1s}", hand{attack, "pg-2", pause}, "fault",
			"kill pg-2 had nothing to break: pg-2 was already frozen", []results.Kind{results.Unplanned}},
		{"another node is killed", "- {at: 1s, kill: {name: web-1}, for: 1s}", hand{inEffect, "web-2", kill}, "undisturbed",
			"web-2 ended (exit code 137) at T+01.", []results.Kind{results.Unplanned}},
		{"another node is restarted", "- {at: 1s, kill: {name: web-1}, for: 1s}", hand{inEffect, "web-2", restart}, "undisturbed",
			"web-2 was started at T+01.", []results.Kind{results.Unplanned}},
		{"another node is frozen", "- {at: 1s, kill: {name: web-1}, for: 1s}", hand{inEffect, "web-2", pause}, "undisturbed",
			"web-2 was frozen at T+01.", []results.Kind{results.Unplanned}},
		{"a node is killed as the stores are read", "- {at: 1s, kill: {name: web-1}, for: 1s}", hand{results.AttackEnded, "web-2", kill}, "undisturbed",
			"web-2 ended (exit code 137) at T+0", []results.Kind{results.Unplanned}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := c.hand.disturbs(t, &memory{}, watched(c.step))
			i := slices.IndexFunc(r.Trust, func(k results.Check) bool { return !k.OK && k.Name == c.check })
			if c.check != "" && (i < 0 || !strings.Contains(r.Trust[i].Detail, c.says)) {
				t.Errorf("trust: %+v, want %s to fail: %s", r.Trust, c.check, c.says)
			}
			want := results.Unproven
			if c.check == "" {
				want = results.Held
			}
			if r.Verdicts[0].Outcome != want {
				t.Errorf("%+v, want %v", r.Verdicts[0], want)
			}
			for _, kind := range []results.Kind{results.Unplanned, results.FaultOver} {
				if there := slices.ContainsFunc(r.Timeline, func(e results.Event) bool { return e.Kind == kind }); there != slices.Contains(c.events, kind) {
					t.Errorf("%s on the timeline: %v; %+v", kind, there, r.Timeline)
				}
			}
			if !slices.IsSortedFunc(r.Timeline, func(a, b results.Event) int { return int(a.At - b.At) }) {
				t.Errorf("the timeline is not in order: %+v", r.Timeline)
			}
		})
	}
}

// TestPlaceboWithADeadNode: without a fault, too, no claim holds.
func TestPlaceboWithADeadNode(t *testing.T) {
	t.Parallel()
	m := &memory{}
	r, _, err := played(t, m, watched("- {at: 1s, kill: {name: web-1}, for: 1s}"), Placebo, Options{Seed: 7, Watch: func(n Notice) {
		if n.Beat != nil && n.Beat.At < 2*time.Second {
			go m.find("web-2").Kill(context.Background())
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	if v := r.Verdicts[0]; v.Outcome != results.Unproven || !strings.Contains(v.Why, "web-2 ended (exit code 137) at T+01.") {
		t.Errorf("%+v", v)
	}
}

// TestAWatchThatIsNotWhole: if the watch may have missed a change, no claim
// holds.
func TestAWatchThatIsNotWhole(t *testing.T) {
	t.Parallel()
	silent := &memory{silent: true}
	text := watched("- {at: 1s, kill: {name: web-1}, for: 1s}")
	r := hand{results.AttackEnded, "web-2", func(ctx context.Context, n *memoryNode) error { return n.Kill(ctx) }}.disturbs(t, silent, text)
	seen := slices.ContainsFunc(r.Trust, func(c results.Check) bool {
		return c.Name == "undisturbed" && !c.OK && strings.Contains(c.Detail, "web-2 running: false, but no event of that change arrived")
	})
	if r.Verdicts[0].Outcome != results.Unproven || !seen {
		t.Errorf("%+v, trust %+v", r.Verdicts[0], r.Trust)
	}
	m := &memory{mute: errors.New("the stream broke")}
	r, folder, err := played(t, m, killed, Treatment, Options{})
	if !errors.Is(err, topologies.ErrEnvironment) {
		t.Errorf("got %v", err)
	}
	unproven(t, m, r, folder, "the stream broke")
	if r.Watched == nil || r.Watched.Err == "" {
		t.Errorf("watched: %+v", r.Watched)
	}
}
