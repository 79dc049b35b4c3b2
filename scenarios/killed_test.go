package scenarios

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/holdfast-lab/holdfast/results"
)

// playForKill makes this process run a scenario for its parent, which kills it.
// It continues after a line only when its parent has read it.
const playForKill = "TEST_PLAY_FOR_KILL"

// TestAPlayThatIsKilledKeepsItsEvidence runs a scenario in a process of its own
// and kills it under load: at once, and once the fault is in effect.
func TestAPlayThatIsKilledKeepsItsEvidence(t *testing.T) {
	if dir := os.Getenv(playForKill); dir != "" {
		_, _, err := played(t, &memory{}, killed, Treatment, Options{Results: dir, Watch: func(n Notice) {
			switch {
			case n.Event != nil:
				fmt.Println(n.Event.Kind)
			case n.Beat != nil:
				fmt.Println("beat", n.Beat.Answered)
			default:
				return
			}
			if _, err := os.Stdin.Read(make([]byte, 1)); err != nil {
				t.Error(err)
			}
		}})
		t.Fatalf("it was played to its end: %v", err)
	}
	t.Parallel()
	for _, c := range []struct {
		name   string
		until  []string // lines to wait for, one after the other
		want   string
		faults int
	}{
		{"as it begins", []string{string(results.AttackBegan)}, "requests on record", 0},
		{"under load with a fault in effect", []string{string(results.FaultInEffect), "beat"}, "kill pg-1 was in effect", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			killAfter(t, dir, c.until)
			folders, _ := filepath.Glob(filepath.Join(dir, "files", "*", "*"))
			if len(folders) != 1 {
				t.Fatalf("%d folders", len(folders))
			}
			r, err := Rejudge(folders[0])
			if err != nil {
				t.Fatal(err)
			}
			if r.Finished || !strings.Contains(r.Why, "the run was killed at T+") || !strings.Contains(r.Why, c.want) || len(r.Faults) != c.faults {
				t.Errorf("finished %v, %d faults, why %q, want %q in it", r.Finished, len(r.Faults), r.Why, c.want)
			}
			if c.faults > 0 && len(r.Requests) < 100 {
				t.Errorf("only %d requests are on record", len(r.Requests))
			}
			for _, v := range r.Verdicts {
				if v.Outcome != results.Unproven {
					t.Errorf("%s is %v: %s", v.Name, v.Outcome, v.Why)
				}
			}
			if record := r.Trust[0]; record.OK || !strings.Contains(record.Detail, "killed") || r.ExitCode() != 3 {
				t.Errorf("%+v, exit code %d", record, r.ExitCode())
			}
		})
	}
}

// killAfter runs a scenario in a process of its own and kills it after those
// lines.
func killAfter(t *testing.T, dir string, lines []string) {
	t.Helper()
	child := exec.Command(os.Args[0], "-test.run=^TestAPlayThatIsKilledKeepsItsEvidence$")
	child.Env = append(os.Environ(), playForKill+"="+dir)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	goOn, err := child.StdinPipe()
	if err == nil {
		err = child.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	seen := bufio.NewScanner(out)
	for len(lines) > 0 && seen.Scan() {
		if strings.HasPrefix(seen.Text(), lines[0]) {
			lines = lines[1:]
		}
		if len(lines) > 0 {
			_, _ = goOn.Write([]byte{1}) // the child may have ended: then no more lines come
		}
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait() // killed
	if len(lines) > 0 {
		t.Fatalf("the play never said %q", lines)
	}
}
