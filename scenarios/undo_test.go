package scenarios

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/holdfast-lab/holdfast/chaos"
	"github.com/holdfast-lab/holdfast/results"
	"github.com/holdfast-lab/holdfast/topologies"
)

// runner is a runner of steps on a replication system in memory.
func runner(t *testing.T) *stepRunner {
	t.Helper()
	top, err := scenario(t, killed).Design(Treatment)
	if err != nil {
		t.Fatal(err)
	}
	m := &memory{}
	m.nodesOf(top)
	notes, err := openIntents(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { notes.close() })
	return &stepRunner{recorder: &recorder{began: time.Now()}, cluster: m, topology: top, intents: notes, inFlight: func() int { return 1 }}
}

// TestUndoOutlastsADaemonThatIsAway: an undo is retried until a deadline, and
// its errors are recorded.
func TestUndoOutlastsADaemonThatIsAway(t *testing.T) {
	away := fmt.Errorf("%w: no daemon", topologies.ErrEnvironment)
	for _, c := range []struct {
		name  string
		fails func(since time.Duration) error
		ended time.Duration // 0: never
		says  []string      // parts of the end's witness, or of the error
	}{
		{"at once", func(time.Duration) error { return nil }, time.Nanosecond, []string{"well"}},
		{"away for 3 s", func(d time.Duration) error {
			if d < 3*time.Second {
				return away
			}
			return nil
		}, 3 * time.Second, []string{"well (after ", " tries, the first error: ", "no daemon"}},
		{"panics while it is away", func(d time.Duration) error {
			if d < 200*time.Millisecond {
				return away
			}
			panic("oh")
		}, 0, []string{"it panicked: oh", "at first: ", "no daemon"}},
		{"away for good", func(time.Duration) error { return away }, 0, []string{"undo stub of pg-1", "tried ", "times in 30.0 s", "no daemon"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := runner(t)
				var asked time.Time
				s := Step{On: primary, Fault: stub{do: func(_, _ []topologies.Instance) error { return nil }, heal: func(context.Context) (string, error) {
					if asked.IsZero() {
						asked = time.Now()
					}
					return "well", c.fails(time.Since(asked))
				}}}
				ended := make(chan struct{})
				close(ended)
				if err := b.step(t.Context(), 0, s, ended); err != nil {
					t.Fatal(err)
				}
				f := b.faults[0]
				text := f.EndWitness + f.Err
				for _, want := range c.says {
					if !strings.Contains(text, want) {
						t.Errorf("%q; want %q", text, want)
					}
				}
				if took := f.Ended - f.Healing; (f.Ended > 0) != (c.ended > 0) || f.Ended > 0 && (took < c.ended-time.Nanosecond || took > c.ended+2*time.Second) {
					t.Errorf("undone after %v, want %v", took, c.ended)
				}
				if err := errors.Join(b.undo...); (err != nil) != (c.ended == 0) || err != nil && !errors.Is(err, topologies.ErrEnvironment) {
					t.Errorf("undo: %v", err)
				}
			})
		})
	}
}

// shaped is a fault whose witness comes late, and which may end by itself.
type shaped struct {
	effect, began, ended, witness time.Duration // since the call of Inject
}

func (shaped) String() string { return "shaped" }

func (shaped) DescribeUndo([]topologies.Instance) string { return "start it" }

func (s shaped) Inject(context.Context, []topologies.Instance, []topologies.Instance) (chaos.Injection, error) {
	asked := time.Now()
	time.Sleep(s.witness)
	inj := chaos.Injection{Witness: "seen", Heal: well, Effect: asked.Add(s.effect)}
	if s.ended > 0 {
		inj.Over = &chaos.Over{Began: asked.Add(s.began), Ended: asked.Add(s.ended), Witness: "is running again"}
	}
	return inj, nil
}

// TestEffectOnRecord: the record begins when the fault could affect users. A
// fault that ends by itself has both its beginning and its end on record and on
// the timeline, in order. No request between them counts as baseline.
func TestEffectOnRecord(t *testing.T) {
	const s = time.Second
	for _, c := range []struct {
		name  string
		fault shaped
		lasts time.Duration
		want  results.Fault
		kinds string
	}{
		{"a witness that comes late", shaped{effect: s / 10, witness: 5 * s}, 10 * s,
			results.Fault{Effect: s + s/10, Witnessed: 6 * s, Healing: 16 * s, Ended: 16 * s},
			"fault-asked fault-in-effect fault-healing fault-ended"},
		{"a fault that contains its own end", shaped{effect: s, began: 2 * s, ended: 4 * s, witness: 4 * s}, 0,
			results.Fault{Effect: 2 * s, Witnessed: 3 * s, Healing: 3 * s, Ended: 5 * s},
			"fault-asked fault-in-effect fault-healing fault-ended"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := runner(t)
				b.eventAt(90*s, results.AttackEnded, "", "")
				if err := b.step(t.Context(), 0, Step{At: s, For: c.lasts, On: primary, Fault: c.fault}, nil); err != nil {
					t.Fatal(err)
				}
				f := b.faults[0]
				for _, at := range []*time.Duration{&f.Asked, &f.Effect, &f.Witnessed, &f.Healing, &f.Ended} {
					*at = at.Round(time.Millisecond) // now is never 0, and so it is 1 ns early here
				}
				if f.Asked != s || f.Effect != c.want.Effect || f.Witnessed != c.want.Witnessed || f.Healing != c.want.Healing || f.Ended != c.want.Ended || f.EndWitness == "" {
					t.Errorf("%+v, want %+v", f, c.want)
				}
				var run results.Run
				b.fold(&run)
				var kinds []string
				for _, e := range run.Timeline {
					kinds = append(kinds, string(e.Kind))
				}
				if got := strings.Join(kinds, " "); got != c.kinds+" attack-ended" {
					t.Errorf("timeline: %s, want %s", got, c.kinds)
				}
				for at, want := range map[time.Duration]string{s - time.Millisecond: "baseline", s: "faulted", f.Effect: "faulted", f.Ended - time.Millisecond: "faulted", f.Ended: "healed"} {
					if got := run.Phase(at); got != want {
						t.Errorf("at %v: %s, want %s", at, got, want)
					}
				}
			})
		})
	}
}

// TestOverlapThatPaperCannotTell: a role has moved, and a step is to affect a
// node on which another step in effect prevents it. The fault is not injected,
// and the reason is recorded.
func TestOverlapThatPaperCannotTell(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := runner(t)
		ended, done := make(chan struct{}), make(chan error)
		go func() { done <- b.step(t.Context(), 0, Step{On: primary, Fault: &chaos.Kill{}}, ended) }()
		synctest.Wait()
		for n, c := range []struct {
			fault chaos.Fault
			on    []topologies.Selector
			says  string
		}{
			{&chaos.Kill{}, primary, "kill pg-1, within step 1: the earlier kill has ended the node's process"},
			{&chaos.Pause{}, []topologies.Selector{{Name: "pg-1"}}, "pause pg-1, within step 1"},
			{&chaos.Pause{}, []topologies.Selector{{Name: "pg-2"}}, ""},
		} {
			injected := false
			s := Step{On: c.on, Fault: c.fault}
			if c.says == "" {
				s.Fault = stub{heal: well, do: func(_, _ []topologies.Instance) error { injected = true; return nil }}
			}
			over := make(chan struct{})
			close(over)
			err := b.step(t.Context(), n+1, s, over)
			if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v of %v: %v", c.fault, c.on, err)
			}
			if f := b.faults[n+1]; (f.Err == "") != (c.says == "") || c.says == "" && !injected {
				t.Errorf("%+v", f)
			}
		}
		close(ended)
		if err := <-done; err != nil || b.faults[0].Ended == 0 {
			t.Errorf("the first: %v, %+v", err, b.faults[0])
		}
		if len(b.inForce) != 0 {
			t.Errorf("still in force: %v", b.inForce)
		}
	})
}
