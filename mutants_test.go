//go:build mutants

package holdfast

import (
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// mutantsIn picks the files whose mutants are tried.
var mutantsIn = flag.String("in", "", "a pattern of the files of claims whose mutants are tried; all of them else")

// leastKilled is the share of mutants that the tests of claims must notice.
const leastKilled = 0.95

// slowTest is how much CPU time makes a test wait until the quick ones have
// had their say.
const slowTest = 300 * time.Millisecond

// planted is the test program of claims with all its mutants.
type planted struct {
	program string
	mutants []mutant
	tests   []planTest
}

// planTest is one test, what it costs, and which mutants it comes past.
type planTest struct {
	name string
	cpu  time.Duration
	past map[int]bool
}

// fate is how many mutants of a file came to which end.
type fate struct{ all, killed, timedOut, survived int }

func (f *fate) add(outcome string) {
	f.all++
	switch outcome {
	case "killed":
		f.killed++
	case "timed out":
		f.timedOut++
	default:
		f.survived++
	}
}

// TestMutants tries every mutant of package claims and wants nearly all of them
// noticed by its tests, and the rest explained in docs/MUTATION.md.
func TestMutants(t *testing.T) {
	p := buildMutants(t)
	explained, err := os.ReadFile("docs/MUTATION.md")
	if err != nil {
		t.Fatal(err)
	}
	in := regexp.MustCompile(*mutantsIn)
	fates, all := map[string]*fate{}, &fate{}
	unexplained := 0
	for i, m := range p.mutants {
		if !in.MatchString(m.file) {
			continue
		}
		if fates[m.file] == nil {
			fates[m.file] = &fate{}
		}
		outcome := p.try(t, i+1)
		fates[m.file].add(outcome)
		all.add(outcome)
		if outcome == "killed" || strings.Contains(string(explained), "\n- "+m.String()+".") {
			continue
		}
		fmt.Printf("%s, line %d:\n- %s.\n", outcome, m.line, m)
		if outcome != "timed out" {
			unexplained++
		}
	}
	fmt.Printf("\n| file | mutants | killed | timed out | survived |\n|---|---|---|---|---|\n")
	names := slices.Sorted(maps.Keys(fates))
	fates["all"] = all
	for _, name := range append(names, "all") {
		f := fates[name]
		fmt.Printf("| %s | %d | %d | %d | %d |\n", name, f.all, f.killed, f.timedOut, f.survived)
	}
	share := float64(all.killed+all.timedOut) / float64(max(all.all, 1))
	fmt.Printf("\n%.1f%% of %d mutants were noticed\n", 100*share, all.all)
	if all.all == 0 || *mutantsIn == "" && share < leastKilled {
		t.Errorf("%.1f%% of %d mutants were noticed, wanted %.0f%%", 100*share, all.all, 100*leastKilled)
	}
	if unexplained > 0 {
		t.Errorf("%d mutants survived and are not explained in docs/MUTATION.md", unexplained)
	}
}

// buildMutants plants the mutants in a copy, builds its tests, and lets each
// test say what it costs and which mutants it comes past.
func buildMutants(t *testing.T) planted {
	t.Helper()
	dir := t.TempDir()
	paths, err := filepath.Glob("claims/*.go")
	if err != nil {
		t.Fatal(err)
	}
	p := planter{names: map[string]int{}}
	replace := map[string]string{}
	put := func(path string, text []byte) {
		abs, err := filepath.Abs(path)
		if err != nil {
			t.Fatal(err)
		}
		replace[abs] = filepath.Join(dir, filepath.Base(path))
		if err := os.WriteFile(replace[abs], text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		src, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		text, err := p.plant(filepath.Base(path), src)
		if err != nil {
			t.Fatal(err)
		}
		put(path, text)
	}
	helpers, err := os.ReadFile("testdata/mutants.go")
	if err != nil {
		t.Fatal(err)
	}
	put("claims/mutants.go", helpers)
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "overlay.json"), overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	all := planted{program: filepath.Join(dir, "claims.test"), mutants: p.mutants}
	build := exec.Command("go", "test", "-c", "-vet=off", "-overlay", filepath.Join(dir, "overlay.json"), "-o", all.program, "./claims")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the mutants: %v\n%s", err, out)
	}
	all.tests = surveyed(t, all.program, filepath.Join(dir, "seen"))
	return all
}

// surveyed runs each test by itself and unchanged, cheapest first in what it gives.
func surveyed(t *testing.T, program, seen string) []planTest {
	t.Helper()
	list, err := exec.Command(program, "-test.list", "^(Test|Fuzz)").Output()
	if err != nil {
		t.Fatal(err)
	}
	var tests []planTest
	for _, name := range strings.Fields(string(list)) {
		run := exec.Command(program, "-test.run", "^"+name+"$")
		run.Dir, run.Env = "claims", append(os.Environ(), "GOMAXPROCS=1", "MUTANT=-1", "MUTANTS_SEEN="+seen)
		if out, err := run.CombinedOutput(); err != nil {
			t.Fatalf("%s fails without a mutant: %v\n%s", name, err, out)
		}
		one := planTest{name: name, cpu: run.ProcessState.UserTime() + run.ProcessState.SystemTime(), past: map[int]bool{}}
		text, err := os.ReadFile(seen)
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range strings.Fields(string(text)) {
			id, err := strconv.Atoi(word)
			if err != nil {
				t.Fatal(err)
			}
			one.past[id] = true
		}
		tests = append(tests, one)
	}
	slices.SortStableFunc(tests, func(a, b planTest) int { return cmp.Compare(a.cpu, b.cpu) })
	return tests
}

// try runs the tests that come past a mutant, the quick ones together and then
// the slow ones one by one, until one of them fails.
func (p planted) try(t *testing.T, id int) string {
	t.Helper()
	var quick []string
	var cost time.Duration
	var slow []planTest
	for _, one := range p.tests {
		switch {
		case !one.past[id]:
		case one.cpu < slowTest:
			quick, cost = append(quick, one.name), cost+one.cpu
		default:
			slow = append(slow, one)
		}
	}
	if len(quick)+len(slow) == 0 {
		return "never reached"
	}
	if len(quick) > 0 {
		slow = append([]planTest{{name: "(" + strings.Join(quick, "|") + ")", cpu: cost}}, slow...)
	}
	for _, one := range slow {
		if outcome := p.run(t, id, one.name, one.cpu); outcome != "survived" {
			return outcome
		}
	}
	return "survived"
}

// run lets some tests try a mutant, with five times the CPU time that they took
// and three seconds: on a busy machine the clock on the wall would lie.
func (p planted) run(t *testing.T, id int, names string, cost time.Duration) string {
	t.Helper()
	limit := 3 + math.Ceil(5*cost.Seconds())
	script := fmt.Sprintf("ulimit -t %.0f && ulimit -v 4000000 && exec nice -n 19 %s -test.failfast -test.run '^%s$'", limit, p.program, names)
	run := exec.Command("sh", "-c", script)
	run.Dir, run.Env = "claims", append(os.Environ(), "GOMAXPROCS=1", "MUTANT="+strconv.Itoa(id))
	out, err := run.CombinedOutput()
	switch {
	case err == nil:
		return "survived"
	case !run.ProcessState.Exited(), strings.Contains(string(out), "SIGXCPU"):
		return "timed out"
	case !strings.Contains(string(out), "FAIL") && !strings.Contains(string(out), "panic") && !strings.Contains(string(out), "fatal error"):
		t.Fatalf("mutant %d: %v\n%s", id, err, out)
	}
	return "killed"
}
