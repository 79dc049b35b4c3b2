//go:build record

package scenarios

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/holdfast-lab/holdfast/claims"
	"github.com/holdfast-lab/holdfast/results"
	"github.com/holdfast-lab/holdfast/topologies"
)

var (
	recordTimes   = flag.Int("times", 5, "plays of each entry")
	recordHealthy = flag.Int("healthy", 32, "plays of the catalogue's scenarios, all together: each once, and the first that users run for the rest")
	recordAtOnce  = flag.Int("at-once", 2, "plays at a time")
	recordOnly    = flag.String("only", "", "pattern of the entries to play; the document is then not written")
)

// recordLimit is the time for one run: the longest scenario takes two minutes.
const recordLimit = 8 * time.Minute

// job is one run to be made.
type job struct {
	name  string // as in recordPlay.Entry
	n     int
	alone bool // it needs a load proof, which a concurrent run could spoil
	play  func(ctx context.Context, results string, seed int) (recordPlay, error)
}

// TestRecord makes the runs of the track record and writes its document. A run
// from an earlier call is not repeated unless something that it depends on has
// changed since: see matters.
func TestRecord(t *testing.T) {
	r := openRecord(t)
	jobs := r.missing(t)
	t.Logf("%d plays are there, %d to be made, %d at a time; results in %s", len(r.plays), len(jobs), *recordAtOnce, r.folder)
	began := time.Now()
	var done int
	r.each(jobs, func(j job) {
		p, err := r.make(t.Context(), j)
		r.mu.Lock()
		defer r.mu.Unlock()
		done++
		left := (time.Since(began) / time.Duration(done) * time.Duration(len(jobs)-done)).Round(time.Minute)
		mark := "right"
		if !p.Right {
			mark = "WRONG"
		}
		if err != nil {
			t.Errorf("%s, play %d: %v", j.name, j.n, err)
			return
		}
		t.Logf("%3d of %d, about %v left: %s %s, play %d, %.0f s: %v: %s", done, len(jobs), left, mark, j.name, j.n, p.Seconds, p.Outcome, p.Said)
	})
	if len(r.plays) == 0 {
		t.Fatalf("nothing was played: -only %q matches nothing", *recordOnly)
	}
	for _, p := range r.plays {
		if !p.Right {
			t.Errorf("%s, play %d came out wrong: %s", p.Entry, p.N, p.Folder)
		}
	}
	r.write(t)
}

// record is the runs that count for a commit.
type record struct {
	folder, commit string
	file           *os.File
	mu             sync.Mutex
	plays          []recordPlay
}

// openRecord reads the existing runs that count for this commit. With
// uncommitted changes none does: the code of such a run would be unknown.
func openRecord(t *testing.T) *record {
	t.Helper()
	commit, err := git("rev-parse", "--short=12", "HEAD")
	changed, err2 := git("status", "--porcelain", "--", ":/", ":(top,exclude)"+recordDocument)
	all, err3 := filepath.Abs(filepath.Join("..", "results", "record"))
	if err := errors.Join(err, err2, err3); err != nil {
		t.Fatal(err)
	}
	how := os.O_APPEND
	r := &record{commit: commit}
	if changed != "" {
		r.commit, how = commit+"+dirty", os.O_TRUNC
	} else {
		r.read(t, all)
	}
	r.folder = filepath.Join(all, r.commit)
	if err := os.MkdirAll(r.folder, 0o755); err != nil {
		t.Fatal(err)
	}
	if r.file, err = os.OpenFile(filepath.Join(r.folder, playsFile), os.O_CREATE|os.O_WRONLY|how, 0o644); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.file.Close() })
	return r
}

const playsFile = "plays.ndjson"

// read reads the runs of every commit since which nothing that they depend on
// has changed. Whether a run was right is decided again by the present entries.
func (r *record) read(t *testing.T, all string) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(all, "*", playsFile))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		commit := filepath.Base(filepath.Dir(name))
		paths, err := changedSince(commit)
		if err != nil {
			t.Logf("%s is passed over: %v", name, err)
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			var p recordPlay
			if err := json.Unmarshal([]byte(line), &p); err != nil {
				t.Fatalf("read %s: %v", name, err)
			}
			if p.Commit = commit; p.counts(trackRecord, paths) {
				r.plays = append(r.plays, p)
			}
		}
	}
}

// missing returns the runs to be made, round by round, so that a slow period of
// the host affects all entries alike.
func (r *record) missing(t *testing.T) (jobs []job) {
	t.Helper()
	only := regexp.MustCompile(*recordOnly)
	wanted := func(j job) {
		own, _ := playsOf(j.name, r.plays)
		if only.MatchString(j.name) && len(own) < j.n {
			jobs = append(jobs, j)
		}
	}
	catalogue := listed(t)
	healthyPerRound := (*recordHealthy + *recordTimes - 1) / *recordTimes
	mainJob := catalogue[slices.IndexFunc(catalogue, func(s Scenario) bool { return s.Name == "replication/primary-kill" })]
	made := 0
	for n := 1; n <= *recordTimes; n++ {
		for _, e := range trackRecord {
			wanted(e.job(t, n))
		}
		for k := 0; k < healthyPerRound && made < *recordHealthy; k++ {
			s, nth := mainJob, made-len(catalogue)+2
			if made < len(catalogue) {
				s, nth = catalogue[made], 1
			}
			wanted(job{healthy + s.Name, nth, needsLoad(&s), func(ctx context.Context, to string, seed int) (recordPlay, error) {
				return command(ctx, s.Name, to, seed, (*exec.Cmd).Run, results.Verdict.AsExpected)
			}})
			made++
		}
	}
	return jobs
}

// needsLoad reports whether the scenario judges response times that a
// concurrent run could spoil; a recovery within ten seconds is not one of them.
func needsLoad(s *Scenario) bool {
	return slices.ContainsFunc(s.Claims, func(p Promise) bool {
		tight, ok := p.Claim.(claims.Tight)
		return ok && p.Claim.Needs().Load && tight.Tightest() > 0 && tight.Tightest() < 4*time.Second
	})
}

// job returns the n-th run of an entry: by the command that users run, or, if a
// part of it is sabotaged, in this process.
func (e entry) job(t *testing.T, n int) job {
	t.Helper()
	s := loadEntry(t, e)
	j := job{name: e.name, n: n, alone: needsLoad(s) && e.twist == ""}
	run := (*exec.Cmd).Run
	if twist := drivers[e.name]; twist != nil {
		run = twist
	}
	j.play = func(ctx context.Context, to string, seed int) (recordPlay, error) {
		return command(ctx, "./"+filepath.Join("scenarios", recordFolder, e.file+".yaml"), to, seed, run, e.rightly)
	}
	if twist := twists[e.name]; twist != nil {
		j.play = func(ctx context.Context, to string, seed int) (recordPlay, error) {
			return e.spoiled(ctx, s, to, seed, twist)
		}
	} else if e.twist != "" && drivers[e.name] == nil {
		t.Fatalf("%s: nothing twists it", e.name)
	}
	return j
}

// command runs a scenario by the command line. It is right if all claims are.
func command(ctx context.Context, what, to string, seed int, run func(*exec.Cmd) error, right func(results.Verdict) bool) (recordPlay, error) {
	cmd := exec.CommandContext(ctx, filepath.Join("bin", "holdfast"), "run", what, "-o", "json", "--results", to, "--seed", strconv.Itoa(seed))
	cmd.Dir = ".."
	var out, progress bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &progress
	err := run(cmd)
	var told struct {
		Verdict results.Outcome
		Claims  []results.Verdict
		Folder  string
	}
	if bad := json.Unmarshal(out.Bytes(), &told); bad != nil || len(told.Claims) == 0 {
		return recordPlay{}, fmt.Errorf("%w: no result (%v): %s", errors.Join(err, errNoResult), bad, lastLines(progress.String()))
	}
	p := recordPlay{Outcome: told.Verdict, Folder: told.Folder, Right: true}
	for _, v := range told.Claims {
		p.Said = strings.TrimPrefix(p.Said+"; "+telling(v), "; ")
		p.Right = p.Right && right(v)
	}
	if why := cutShort(told.Folder); why != "" {
		p.Said = why // what was measured until then is less informative
	}
	return p, nil
}

// cutShort returns why a run was cut short, or "".
func cutShort(folder string) string {
	var run struct{ Why string }
	text, err := os.ReadFile(filepath.Join(folder, "run.json"))
	if err = errors.Join(err, json.Unmarshal(text, &run)); err != nil {
		return err.Error()
	}
	return run.Why
}

var errNoResult = errors.New("the command printed no result")

// lastLines returns the end of the output.
func lastLines(text string) string { return text[max(0, len(text)-600):] }

// spoiled runs a scenario in this process, with a part of it sabotaged. Some of
// these runs must end with an error, so only the verdict counts.
func (e entry) spoiled(ctx context.Context, s *Scenario, to string, seed int, twist func(*player)) (recordPlay, error) {
	p, err := newPlayer(docker, s, Treatment, Options{Results: to, Seed: uint64(seed)})
	if err != nil {
		return recordPlay{}, err
	}
	twist(p)
	run, folder, err := p.playAndJudge(ctx)
	if run == nil || len(run.Verdicts) != 1 {
		return recordPlay{}, fmt.Errorf("no verdict: %w", err)
	}
	v := run.Verdicts[0]
	return recordPlay{Outcome: v.Outcome, Said: telling(v), Right: e.rightly(v), Folder: folder}, nil
}

// make makes one run and stores its result.
func (r *record) make(ctx context.Context, j job) (recordPlay, error) {
	ctx, cancel := context.WithTimeout(ctx, recordLimit)
	defer cancel()
	began := time.Now()
	p, err := j.play(ctx, r.folder, j.n)
	if err != nil {
		return p, err
	}
	p.Entry, p.N, p.Seconds, p.Commit = j.name, j.n, time.Since(began).Seconds(), r.commit
	r.mu.Lock()
	defer r.mu.Unlock()
	r.plays = append(r.plays, p)
	line, err := json.Marshal(p)
	if err == nil {
		_, err = r.file.Write(append(line, '\n'))
	}
	return p, err
}

// each makes the runs: first those that may be concurrent, up to the given
// number at once, then the others one by one.
func (r *record) each(jobs []job, do func(job)) {
	for _, alone := range []bool{false, true} {
		queue := make(chan job)
		var workers sync.WaitGroup
		for range map[bool]int{false: *recordAtOnce, true: 1}[alone] {
			workers.Go(func() {
				for j := range queue {
					do(j)
				}
			})
		}
		for _, j := range jobs {
			if j.alone == alone {
				queue <- j
			}
		}
		close(queue)
		workers.Wait()
	}
}

// write writes the document: to its place if all runs were made, otherwise next
// to the results.
func (r *record) write(t *testing.T) {
	t.Helper()
	name := filepath.Join("..", recordDocument)
	if jobs := r.missing(t); *recordOnly != "" || len(jobs) > 0 || *recordTimes < 5 || *recordHealthy < 30 {
		name = filepath.Join(r.folder, filepath.Base(recordDocument))
	}
	kernel, _ := os.ReadFile("/proc/sys/kernel/osrelease") // Linux only
	m := measured{
		Date: time.Now().UTC().Format("2006-01-02 15:04 MST"),
		Machine: fmt.Sprintf("%d CPUs, %s/%s %s, Docker %s", runtime.NumCPU(), runtime.GOOS, runtime.GOARCH,
			strings.TrimSpace(string(kernel)), topologies.Look(t.Context(), nil).Docker),
	}
	if err := os.WriteFile(name, []byte(document(trackRecord, r.plays, m)), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Logf("written to %s", name)
}
