package scenarios

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-lab/holdfast/results"
	"github.com/holdfast-lab/holdfast/topologies"
)

// played runs one arm of the scenario on the system, in a bubble.
func played(t *testing.T, m *memory, text, arm string, o Options) (run *results.Run, folder string, err error) {
	t.Helper()
	if o.Results == "" {
		o.Results = t.TempDir()
	}
	synctest.Test(t, func(t *testing.T) {
		w := memoryWorld(t, func(topologies.Topology) *memory { return m })
		run, folder, err = play(t.Context(), w, scenario(t, text), arm, o)
	})
	return run, folder, err
}

// TestMain allows many parallel runs, because they mostly wait, and starts the
// watchdogs of runs of real systems.
func TestMain(m *testing.M) {
	topologies.WatchdogMain()
	ServerMain()
	flag.Parse()
	if f := flag.Lookup("test.fuzz"); f == nil || f.Value.String() == "" { // for a fuzzer it is the number of its processes
		if err := flag.Set("test.parallel", "6"); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

func verdicts(r *results.Run) string {
	vs := map[string]string{}
	for _, v := range r.Verdicts {
		vs[v.Name] = v.Outcome.String()
	}
	return outcomes(vs)
}

func TestPlay(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		system *memory
		want   string
	}{
		{"fails over", &memory{failover: 200 * time.Millisecond}, "keeps-acknowledged-writes held, recovers held"},
		{"is late", &memory{failover: 1300 * time.Millisecond}, "keeps-acknowledged-writes held, recovers broken"},
		{"never returns before its node", &memory{}, "keeps-acknowledged-writes held, recovers broken"},
		{"loses writes", &memory{failover: 200 * time.Millisecond, loses: true}, "keeps-acknowledged-writes broken, recovers held"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r, folder, err := played(t, c.system, killed, Treatment, Options{Seed: 7})
			if err != nil {
				t.Fatal(err)
			}
			if got := verdicts(r); got != c.want || !r.Finished {
				t.Errorf("got %s (finished: %v), want %s\n%+v", got, r.Finished, c.want, r.Verdicts)
			}
			if c.system.stopped != 1 {
				t.Errorf("stopped %d times", c.system.stopped)
			}
			again, err := Rejudge(folder)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(r.Verdicts, again.Verdicts); d != "" {
				t.Errorf("judged again: %s", d)
			}
		})
	}
}

// TestPlayLeavesTheWholeStory checks what one good run has recorded.
func TestPlayLeavesTheWholeStory(t *testing.T) {
	t.Parallel()
	beats := 0
	m := &memory{failover: 200 * time.Millisecond}
	r, folder, err := played(t, m, killed, Treatment, Options{Seed: 7, Version: "v", Watch: func(n Notice) {
		if n.Beat != nil {
			beats++
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Requests) != 400 || r.Load.Planned != 400 || r.Where.Seed != 7 || beats == 0 {
		t.Errorf("%d requests of %d, seed %d, %d beats", len(r.Requests), r.Load.Planned, r.Where.Seed, beats)
	}
	if len(r.Faults) != 1 {
		t.Fatalf("faults: %+v, why %q", r.Faults, r.Why)
	}
	f := r.Faults[0]
	if f.Targets[0] != "pg-1" || !f.InEffect() || f.Asked >= f.Effect || f.Healing <= f.Effect || f.Ended < f.Healing {
		t.Errorf("the fault was written down as %+v", r.Faults)
	}
	var kinds []string
	for _, e := range r.Timeline {
		kinds = append(kinds, string(e.Kind))
	}
	want := "attack-began steady fault-asked fault-in-effect role-changed fault-healing fault-ended"
	if got := strings.Join(kinds, " "); !strings.HasPrefix(got, want) || !strings.HasSuffix(got, "attack-ended settled audited") {
		t.Errorf("timeline: %s", got)
	}
	if len(r.Roles) < 10 || r.Final == nil || !r.Final.Stable || len(r.Final.Stores) != 3 {
		t.Errorf("%d samples, audit %+v", len(r.Roles), r.Final)
	}
	var states []string
	for _, i := range intentsOf(t, folder) {
		states = append(states, i.State)
	}
	if got := strings.Join(states, ", "); got != "asked, in effect, ended" {
		t.Errorf("intents: %s", got)
	}
	var plan struct {
		Claims []map[string]any
		Attack struct{ Seed uint64 }
	}
	if err := json.Unmarshal(r.Plan, &plan); err != nil || len(plan.Claims) != 2 || plan.Attack.Seed != 7 {
		t.Errorf("plan %s, %v", r.Plan, err)
	}
}

func intentsOf(t *testing.T, folder string) (all []intent) {
	t.Helper()
	f, err := os.Open(filepath.Join(folder, results.IntentsFile))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var i intent
		if err := json.Unmarshal(lines.Bytes(), &i); err != nil {
			t.Fatal(err)
		}
		all = append(all, i)
	}
	return all
}

func TestPlayStopsWhereNotSteady(t *testing.T) {
	t.Parallel()
	m := &memory{sick: true}
	r, _, err := played(t, m, killed, Treatment, Options{})
	if err != nil {
		t.Fatalf("not steady is no error, but unproven: %v", err)
	}
	if r.Finished || len(r.Faults) != 0 || !strings.Contains(r.Why, "not steady") || r.Outcome() != results.Unproven {
		t.Errorf("finished %v, faults %v, why %q, %v", r.Finished, r.Faults, r.Why, r.Verdicts)
	}
	if m.killed || m.stopped != 1 {
		t.Error("a sick system was broken, or was left behind")
	}
}

func TestPlayOfThePlaceboBreaksNothing(t *testing.T) {
	t.Parallel()
	m := &memory{}
	r, _, err := played(t, m, killed, Placebo, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if m.killed || !r.Finished || len(r.Faults) != 0 || r.Outcome() != results.Unproven {
		t.Errorf("killed %v, %+v", m.killed, r.Verdicts)
	}
}

// unproven checks what a run that was cut short has saved.
func unproven(t *testing.T, m *memory, r *results.Run, folder, why string) {
	t.Helper()
	if r == nil {
		t.Fatal("no run was given back")
	}
	for _, v := range r.Verdicts {
		if v.Outcome != results.Unproven {
			t.Errorf("%s is %v in a run that was cut short", v.Name, v.Outcome)
		}
	}
	if r.Finished || len(r.Verdicts) != 2 || !strings.Contains(r.Why, why) {
		t.Errorf("finished %v, why %q, want %q", r.Finished, r.Why, why)
	}
	if m.stopped != 1 {
		t.Errorf("stopped %d times", m.stopped)
	}
	if folder == "" {
		return
	}
	if saved, err := results.Open(folder); err != nil || saved.Finished || saved.Outcome() != results.Unproven {
		t.Errorf("saved as %v, %v", saved, err)
	}
}

func TestPlayMendsWhenInterrupted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		m := &memory{}
		w := memoryWorld(t, func(topologies.Topology) *memory { return m })
		r, folder, err := play(ctx, w, scenario(t, killed), Treatment, Options{Results: t.TempDir(), Watch: func(n Notice) {
			if n.Event != nil && n.Event.Kind == results.FaultInEffect {
				cancel()
			}
		}})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		unproven(t, m, r, folder, "interrupted")
		if !m.find("pg-1").state.Running || len(r.Faults) != 1 || r.Faults[0].Ended == 0 {
			t.Errorf("the fault was not mended: %+v", r.Faults)
		}
	})
}

func TestPlayWhenNobodyMatches(t *testing.T) {
	t.Parallel()
	m := &memory{noRole: true}
	r, folder, err := played(t, m, killed, Treatment, Options{})
	if err == nil || !strings.Contains(err.Error(), "nothing matches") {
		t.Errorf("got %v", err)
	}
	unproven(t, m, r, folder, "nothing matches")
}

func TestPlayWhenTheUndoFails(t *testing.T) {
	t.Parallel()
	m := &memory{failover: 200 * time.Millisecond, undead: "pg-1"}
	r, folder, err := played(t, m, killed, Treatment, Options{})
	if !errors.Is(err, topologies.ErrEnvironment) || r == nil || len(r.Faults) != 1 || r.Faults[0].Err == "" || r.Faults[0].Ended != 0 || m.stopped != 1 {
		t.Errorf("got %v, %+v", err, r)
	}
	if all := intentsOf(t, folder); all[len(all)-1].State != "failed" {
		t.Errorf("intents: %+v", all)
	}
}

func TestPlayWhenTheDaemonIsGone(t *testing.T) {
	t.Parallel()
	m := &memory{failover: 200 * time.Millisecond, blind: true}
	r, folder, err := played(t, m, killed, Treatment, Options{})
	if !errors.Is(err, topologies.ErrEnvironment) {
		t.Errorf("got %v", err)
	}
	unproven(t, m, r, folder, "daemon is gone")
}

func TestPlayWhenTheRecordCannotBeSaved(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	m := &memory{failover: 200 * time.Millisecond}
	spoil := func(n Notice) {
		if n.Event == nil || n.Event.Kind != results.AttackEnded {
			return
		}
		folders, _ := filepath.Glob(filepath.Join(dir, "files", "*", "*"))
		for _, f := range folders {
			if err := errors.Join(os.RemoveAll(f), os.WriteFile(f, nil, 0o644)); err != nil {
				t.Error(err)
			}
		}
	}
	r, _, err := played(t, m, killed, Treatment, Options{Results: dir, Watch: spoil})
	if !errors.Is(err, topologies.ErrEnvironment) {
		t.Errorf("got %v", err)
	}
	unproven(t, m, r, "", "could not be saved")
}

func TestPlayWhenTheSystemDoesNotStart(t *testing.T) {
	t.Parallel()
	r, folder, err := played(t, &memory{refuses: topologies.ErrEnvironment}, killed, Treatment, Options{})
	if r != nil || !errors.Is(err, topologies.ErrEnvironment) {
		t.Errorf("got %v, %v", r, err)
	}
	saved, err := results.Open(folder)
	if err != nil || saved.Finished || saved.Why == "" {
		t.Errorf("saved %+v, %v", saved, err)
	}
}

func TestReachSeesWhatIsOpen(t *testing.T) {
	t.Parallel()
	text := func(network string) string {
		return `
topology: {name: load-balancer, web-network: ` + network + `}
attack: {rate: 100/s, for: 200ms, timeout: 400ms, mix: {read: 100%}}
reach: {from: visitor, to: [web, db], control: nginx}
claims: [{unreachable: {from: visitor, to: [web, db]}}]
`
	}
	for network, want := range map[string]string{"private": "unreachable held", "public": "unreachable broken"} {
		r, _, err := played(t, &memory{}, text(network), Treatment, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := verdicts(r); got != want || len(r.Reaches) != 5 || !r.Reaches[0].Control || len(r.Nodes) != 6 {
			t.Errorf("%s: got %s, want %s: %+v %+v", network, got, want, r.Verdicts, r.Reaches)
		}
	}
}

// TestPlayWhereNothingCanBeKept: the error is reported once, before any image
// is built.
func TestPlayWhereNothingCanBeKept(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	w := world{build: func(context.Context, []string, func(topologies.Progress)) (map[string]string, error) {
		t.Error("it makes images")
		return nil, errors.New("made images")
	}}
	r, _, err := play(t.Context(), w, scenario(t, killed), Treatment, Options{Results: file})
	if r != nil || !errors.Is(err, topologies.ErrEnvironment) || strings.Count(err.Error(), "save run") != 1 {
		t.Errorf("got %v, %v", r, err)
	}
}
