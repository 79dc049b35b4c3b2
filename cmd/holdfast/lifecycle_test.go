//go:build docker

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/holdfast-lab/holdfast/topologies/door"
)

// The moments of a run at which it is ended, and the line that tells each.
var moments = []struct {
	name string
	line *regexp.Regexp
}{
	{"at boot", regexp.MustCompile(`✓ db`)},
	{"under load", regexp.MustCompile(`T\+\S+ +attack began`)},
	{"during a fault", regexp.MustCompile(`T\+\S+ +fault in effect`)},
}

// built is the program as users have it, built once for all tests.
var built = sync.OnceValues(func() (string, error) {
	path := filepath.Join(os.TempDir(), "holdfast-test-"+time.Now().UTC().Format("150405.000"))
	out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput()
	if err != nil {
		err = errors.New(string(out))
	}
	return path, err
})

// command is the program with a folder of its own for the results.
func command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	path, err := built()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(path, args...)
	c.Env = append(os.Environ(), "CI=true")
	return c
}

// answer is what -o json prints, as far as these tests look at it.
type answer struct {
	Verdict string
	Folder  string
	Claims  []struct{ Name, Verdict, Measured string }
}

// play runs a scenario to its end.
func play(t *testing.T, c *exec.Cmd) (answer, int, string) {
	t.Helper()
	var out, log bytes.Buffer
	c.Stdout, c.Stderr = &out, &log
	err := c.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	var a answer
	if err := json.Unmarshal(out.Bytes(), &a); err != nil && c.ProcessState.ExitCode() < 2 {
		t.Fatalf("%v in\n%s\n%s", err, &out, &log)
	}
	return a, c.ProcessState.ExitCode(), log.String()
}

// remains are the containers, networks and volumes that bear a run's label.
func remains(t *testing.T, label string) []string {
	t.Helper()
	var found []string
	for _, what := range [][]string{{"container", "ls", "-a"}, {"network", "ls"}, {"volume", "ls"}} {
		b, err := exec.Command("docker", append(what, "-q", "--filter", "label="+label)...).Output()
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, strings.Fields(string(b))...)
	}
	return found
}

// gone waits until nothing bears the label, as long as the promise allows.
func gone(t *testing.T, label string, within time.Duration) {
	t.Helper()
	end := time.Now().Add(within)
	for {
		left := remains(t, label)
		if len(left) == 0 {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%v after the end these remain: %v", within, left)
		}
	}
}

// label is the label of the one run that is kept in a folder: its name ends with the id.
func label(t *testing.T, results string) string {
	t.Helper()
	var id string
	err := filepath.WalkDir(results, func(path string, d os.DirEntry, err error) error {
		if at, name, ok := strings.Cut(filepath.Base(path), "Z-"); ok && d.IsDir() && len(at) == len("20060102T150405") {
			id = name
		}
		return err
	})
	if err != nil || id == "" {
		t.Fatalf("no run in %s: %v", results, err)
	}
	return "holdfast.run=" + id
}

// TestDockerEndedInTheMiddle ends a run by SIGINT and by SIGKILL at each
// moment: nothing may be left, and no verdict may be held.
func TestDockerEndedInTheMiddle(t *testing.T) {
	for _, m := range moments {
		for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGKILL} {
			t.Run(m.name+" by "+sig.String(), func(t *testing.T) {
				folder := t.TempDir()
				c := command(t, "run", "testdata/quick.yaml", "--results", folder, "-o", "json")
				log, err := c.StderrPipe()
				if err != nil {
					t.Fatal(err)
				}
				var out bytes.Buffer
				c.Stdout = &out
				if err := c.Start(); err != nil {
					t.Fatal(err)
				}
				seen := until(log, m.line)
				mark := label(t, folder)
				if err := c.Process.Signal(sig); err != nil {
					t.Fatal(err)
				}
				rest, _ := io.ReadAll(log)
				_ = c.Wait()
				if !strings.Contains(seen, "\n") || !m.line.MatchString(seen) {
					t.Fatalf("the run never came to %q:\n%s%s", m.line, seen, rest)
				}
				if code := c.ProcessState.ExitCode(); sig == syscall.SIGINT && code != 130 {
					t.Errorf("exit code %d, want 130:\n%s%s", code, seen, rest)
				}
				if heldInJSON.MatchString(out.String()) {
					t.Errorf("a run that was ended says held:\n%s", &out)
				}
				gone(t, mark, 10*time.Second)
				neverHeld(t, folder)
				if sig == syscall.SIGKILL && m.name != "at boot" {
					tellsOfItsEnd(t, folder)
				}
			})
		}
	}
}

// tellsOfItsEnd fails where the record of a run that was killed under load does
// not say so when it is judged.
func tellsOfItsEnd(t *testing.T, results string) {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(results, "*", "*", "*", "run.json"))
	if err != nil || len(found) != 1 {
		t.Fatalf("%v, %v", found, err)
	}
	c := command(t, "judge", filepath.Dir(found[0]))
	var out bytes.Buffer
	c.Stdout = &out
	_ = c.Run() // it ends with the code of a run that is unproven
	if code := c.ProcessState.ExitCode(); code != 3 || !strings.Contains(out.String(), "the run was killed at T+") {
		t.Errorf("exit code %d, want 3, of a run that was killed:\n%s", code, &out)
	}
}

var heldInJSON = regexp.MustCompile(`"verdict": *"held"`)

// neverHeld fails where the record of a run that was ended early says held.
func neverHeld(t *testing.T, results string) {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(results, "*", "*", "run.json"))
	if err != nil {
		t.Fatal(err)
	}
	deeper, _ := filepath.Glob(filepath.Join(results, "*", "*", "*", "run.json"))
	for _, path := range append(found, deeper...) {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if heldInJSON.Match(b) || regexp.MustCompile(`"finished": *true`).Match(b) {
			t.Errorf("%s says held or finished", path)
		}
	}
}

// until reads lines until one matches, and gives all that was read.
func until(r io.Reader, line *regexp.Regexp) string {
	var seen strings.Builder
	for s := bufio.NewScanner(r); s.Scan(); {
		seen.WriteString(s.Text() + "\n")
		if line.MatchString(s.Text()) {
			break
		}
	}
	return seen.String()
}

// TestDockerMainJob plays what `make run` plays: every claim holds, the saved
// run gives the same verdicts when it is judged again, and nothing is left.
func TestDockerMainJob(t *testing.T) {
	results := t.TempDir()
	a, code, log := play(t, command(t, "run", "replication/primary-kill", "-o", "json", "--results", results))
	if code != 0 || a.Verdict != "held" || len(a.Claims) < 3 {
		t.Fatalf("exit code %d, want 0 and every claim held: %+v\n%s", code, a, log)
	}
	again, code, log := play(t, command(t, "judge", a.Folder, "-o", "json"))
	if code != 0 || !slices.Equal(again.Claims, a.Claims) {
		t.Errorf("judged again: exit code %d, %+v, want %+v\n%s", code, again.Claims, a.Claims, log)
	}
	for _, file := range []string{"run.json", "history.ndjson.zst", "audit.json.zst", "latency.hlog", "report.html", "logs/pg-1.log"} {
		if s, err := os.Stat(filepath.Join(a.Folder, file)); err != nil || s.Size() == 0 {
			t.Errorf("%s: %v, or empty", file, err)
		}
	}
	if left := remains(t, label(t, results)); len(left) > 0 {
		t.Errorf("these remain: %v", left)
	}
}

// TestDockerProve plays all arms of a short scenario: the claim holds, breaks
// with the mechanism taken away, and is not broken without a fault.
func TestDockerProve(t *testing.T) {
	c := command(t, "prove", "testdata/proof.yaml", "-o", "json", "--results", t.TempDir())
	var out, log bytes.Buffer
	c.Stdout, c.Stderr = &out, &log
	err := c.Run()
	var p struct {
		Verdict string
		Arms    []struct {
			Arm, Verdict string
			Trust        []struct{ Name string }
		}
	}
	if bad := json.Unmarshal(out.Bytes(), &p); bad != nil || err != nil || p.Verdict != "proven" {
		t.Fatalf("%v, %v: %+v\n%s", err, bad, p, &log)
	}
	for i, want := range []string{"treatment held", "control-1 broken", "placebo unproven"} {
		if i >= len(p.Arms) || p.Arms[i].Arm+" "+p.Arms[i].Verdict != want || len(p.Arms[i].Trust) == 0 {
			t.Errorf("arm %d is not %s: %+v", i, want, p.Arms)
		}
	}
}

// TestDockerTwoAtOnce plays two runs at the same time on one machine: they have
// nothing in common, each holds its claims, and no store holds a value of the
// other's, which the claim about writes would call unexpected.
func TestDockerTwoAtOnce(t *testing.T) {
	var twins [2]struct {
		c            *exec.Cmd
		folder, seen string
		log          io.Reader
		out          bytes.Buffer
	}
	for n := range twins {
		w := &twins[n]
		w.folder = t.TempDir()
		w.c = command(t, "run", "testdata/quick.yaml", "--results", w.folder, "-o", "json")
		w.c.Stdout = &w.out
		var err error
		if w.log, err = w.c.StderrPipe(); err != nil {
			t.Fatal(err)
		}
		if err := w.c.Start(); err != nil {
			t.Fatal(err)
		}
	}
	on := map[string]string{} // subnet to run
	for n := range twins {
		w := &twins[n]
		w.seen = until(w.log, moments[1].line)
		mark := label(t, w.folder)
		found := subnets(t, mark)
		if len(found) == 0 {
			t.Errorf("run %s has no network:\n%s", mark, w.seen)
		}
		for _, one := range found {
			if other := on[one]; other != "" {
				t.Errorf("%s and %s are both on %s", other, mark, one)
			}
			on[one] = mark
		}
	}
	for n := range twins {
		w := &twins[n]
		rest, _ := io.ReadAll(w.log)
		_ = w.c.Wait()
		holds(t, w.out.Bytes(), w.c.ProcessState.ExitCode(), w.seen+string(rest))
	}
}

// holds fails where a run's answer does not say that claims on reads and on
// kept writes held and none broke.
func holds(t *testing.T, out []byte, code int, log string) {
	t.Helper()
	var a answer
	if err := json.Unmarshal(out, &a); err != nil {
		t.Errorf("exit code %d, %v in\n%s\n%s", code, err, out, log)
		return
	}
	held := map[string]bool{}
	for _, v := range a.Claims {
		held[v.Name] = v.Verdict == "held"
		if v.Verdict == "broken" {
			t.Errorf("%s broken: %s\n%s", v.Name, v.Measured, log)
		}
	}
	if !held["keeps-acknowledged-writes"] || code != 0 && code != exitUnproven {
		t.Errorf("exit code %d: %+v\n%s", code, a, log)
	}
}

// subnets are those of all networks with a label.
func subnets(t *testing.T, label string) []string {
	t.Helper()
	script := "docker network inspect -f '{{range .IPAM.Config}}{{.Subnet}} {{end}}' $(docker network ls -q --filter label=" + label + ")"
	out, err := exec.Command("sh", "-c", script).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Fields(string(out))
}

// TestDockerFullDisk keeps the results on a file system that is too small.
func TestDockerFullDisk(t *testing.T) {
	folder := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", folder).CombinedOutput(); err != nil {
		t.Fatalf("this test makes a small file system and needs root for it: %v: %s", err, out)
	}
	t.Cleanup(func() { _ = syscall.Unmount(folder, syscall.MNT_DETACH) })
	a, code, log := play(t, command(t, "run", "testdata/quick.yaml", "--results", folder, "-o", "json"))
	if code != exitEnvironment || !strings.Contains(log, "no space left on device") {
		t.Errorf("exit code %d, want 4 and the reason:\n%s", code, log)
	}
	if a.Verdict == "held" {
		t.Errorf("held, although the record could not be kept")
	}
	if left := remains(t, label(t, folder)); len(left) > 0 {
		t.Errorf("these remain: %v", left)
	}
}

// TestDockerDaemonGone cuts the way to the daemon in the middle of a run.
func TestDockerDaemonGone(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "docker.sock")
	daemon, set := os.LookupEnv("DOCKER_HOST")
	if !set {
		daemon = "unix:///var/run/docker.sock"
	}
	d := door.New(socket, strings.TrimPrefix(daemon, "unix://"))
	if err := d.Open(); err != nil {
		t.Fatal(err)
	}
	defer d.Shut()
	folder := t.TempDir()
	c := command(t, "run", "testdata/quick.yaml", "--results", folder, "-o", "json")
	c.Env = append(c.Env, "DOCKER_HOST=unix://"+socket)
	log, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	c.Stdout = &out
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	seen := until(log, moments[1].line)
	mark := label(t, folder)
	d.Shut()
	rest, _ := io.ReadAll(log)
	_ = c.Wait()
	if code := c.ProcessState.ExitCode(); code != exitEnvironment {
		t.Errorf("exit code %d, want 4:\n%s%s", code, seen, rest)
	}
	if heldInJSON.MatchString(out.String()) {
		t.Errorf("held, although the daemon was gone:\n%s", &out)
	}
	neverHeld(t, folder)
	// The watchdog is still trying, and cleans when the daemon is back.
	if err := d.Open(); err != nil {
		t.Fatal(err)
	}
	gone(t, mark, 20*time.Second)
}
