package scenarios

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/holdfast-lab/holdfast/claims"
	"github.com/holdfast-lab/holdfast/results"
	"github.com/holdfast-lab/holdfast/topologies"
)

// interrupt is the cause of a context that SIGINT ended.
type interrupt struct{ error }

func (interrupt) SignalNumber() int { return 2 }

// TestScreenAndPageSayHowThePlayEnded: the page is written last, so that it
// shows the exit code of the process after every error.
func TestScreenAndPageSayHowThePlayEnded(t *testing.T) {
	t.Parallel()
	ok := 200 * time.Millisecond
	for _, c := range []struct {
		name   string
		system *memory
		at     results.Kind // the event at which a signal arrives
		want   int
	}{
		{"held", &memory{failover: ok}, "", 0},
		{"broken", &memory{failover: ok, loses: true}, "", 1},
		{"not steady", &memory{sick: true}, "", 3},
		{"undo failed", &memory{failover: ok, undead: "pg-1"}, "", 4},
		{"nothing matches", &memory{noRole: true}, "", 4},
		{"daemon gone", &memory{failover: ok, blind: true}, "", 4},
		{"interrupted during the fault", &memory{failover: ok}, results.FaultInEffect, 130},
		{"interrupted, and undo failed", &memory{failover: ok, undead: "pg-1"}, results.FaultInEffect, 130},
		{"interrupted after the audit", &memory{failover: ok}, results.Audited, 130},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				defer cancel(nil)
				w := memoryWorld(t, func(topologies.Topology) *memory { return c.system })
				r, folder, err := play(ctx, w, scenario(t, killed), Treatment, Options{Results: t.TempDir(), Seed: 7, Watch: func(n Notice) {
					if n.Event != nil && n.Event.Kind == c.at {
						cancel(interrupt{errors.New("interrupt")})
					}
				}})
				if r == nil {
					t.Fatal(err)
				}
				if got := r.ExitCode(); got != c.want {
					t.Errorf("exit code %d, want %d: %v, %+v", got, c.want, err, r.Verdicts)
				}
				page, err := os.ReadFile(filepath.Join(folder, "report.html"))
				if err != nil {
					t.Fatal(err)
				}
				var screen bytes.Buffer
				results.Report(&screen, r, results.Style{})
				says := fmt.Sprintf("exit %d", c.want)
				if !bytes.Contains(page, []byte(says+"<")) || !bytes.Contains(screen.Bytes(), []byte(says+"\n")) {
					t.Errorf("page and screen do not both say %q:\n%s", says, &screen)
				}
			})
		})
	}
}

// TestTheExitCodeOfAProof: a proof that was interrupted or failed has the exit
// code of that run.
func TestTheExitCodeOfAProof(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		cut    bool
		undead string
		want   int
	}{
		{"interrupted", true, "", 130},
		{"undo failed", false, "pg-1", 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				defer cancel(nil)
				w := memoryWorld(t, func(topologies.Topology) *memory {
					return &memory{failover: 200 * time.Millisecond, undead: c.undead}
				})
				p, err := prove(ctx, w, scenario(t, killed), 1, Options{Results: t.TempDir(), Watch: func(n Notice) {
					if c.cut && n.Event != nil && n.Event.Kind == results.FaultInEffect {
						cancel(interrupt{errors.New("interrupt")})
					}
				}})
				if err == nil || p.ExitCode() != c.want {
					t.Errorf("exit code %d, want %d: %v", p.ExitCode(), c.want, err)
				}
			})
		})
	}
}

// TestTheRecordIsSavedBeforeItIsJudged: if the judge crashes, the record can be
// judged again.
func TestTheRecordIsSavedBeforeItIsJudged(t *testing.T) {
	t.Parallel()
	s := scenario(t, killed)
	s.Claims = append(s.Claims, Promise{Name: "crash", Claim: crash{}})
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		w := memoryWorld(t, func(topologies.Topology) *memory { return &memory{failover: 200 * time.Millisecond} })
		p, err := newPlayer(w, s, Treatment, Options{Results: dir, Seed: 7})
		if err != nil {
			t.Fatal(err)
		}
		p.armed.Claims = s.Claims
		gone, came := make(chan struct{}), false
		go func() {
			defer close(gone)
			_, _, _ = p.playAndJudge(t.Context())
			came = true
		}()
		if <-gone; came {
			t.Fatal("the judge came to its end")
		}
		r, err := results.Open(p.folder)
		if err != nil {
			t.Fatal(err)
		}
		if !r.Finished || r.Doubt != "" || len(r.Requests) != 400 || len(r.Faults) != 1 || r.Final == nil || len(r.Verdicts) != 0 {
			t.Errorf("finished %v, doubt %q, %d requests, %d faults, audit %v, verdicts %v", r.Finished, r.Doubt, len(r.Requests), len(r.Faults), r.Final, r.Verdicts)
		}
		if again, err := Rejudge(p.folder); err != nil || verdicts(again) != "keeps-acknowledged-writes held, recovers held" {
			t.Errorf("judged again: %v, %v", verdicts(again), err)
		}
	})
}

// crash is a claim whose check ends the goroutine, so that no recover helps, as
// when the process runs out of memory.
type crash struct{ claims.FailsEntirely }

func (crash) Check(*results.Run) results.Verdict {
	runtime.Goexit()
	return results.Verdict{}
}
