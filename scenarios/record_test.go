package scenarios

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/holdfast-lab/holdfast/results"
)

// recordFolder holds the scenarios of the track record. They are not part of
// the catalogue: they test Holdfast and not architectures.
const recordFolder = "record"

// entry is one line of the track record: a system with a known defect, or with
// none, and the outcome that is right for it.
type entry struct {
	name  string
	file  string          // in record/, without .yaml
	claim string          // the one that must detect the defect
	right results.Outcome // the right outcome
	says  string          // pattern that the verdict's text must match, such as the exact count of planted errors; "": any text
	twist string          // the defect if the file cannot contain it; "": the file contains it
}

// inverted reports whether the entry has no defect.
func (e entry) inverted() bool { return e.right == results.Held }

// mustBreak is a system with a known defect that a file describes.
func mustBreak(file, claim, says string) entry {
	return entry{file, file, claim, results.Broken, says, ""}
}

// mustHold is a system like one with a defect, but without it.
func mustHold(file, claim, says string) entry {
	return entry{file, file, claim, results.Held, says, ""}
}

// mustDoubt is a valid experiment with a defect in Holdfast itself, or
// disturbed from outside: it proves nothing, and the verdict must be unproven.
func mustDoubt(name, file, claim, says, twist string) entry {
	return entry{name, file, claim, results.Unproven, says, twist}
}

// mustNotice is a valid file whose system is damaged from outside, which must
// be detected.
func mustNotice(name, file, claim, says, twist string) entry {
	return entry{name, file, claim, results.Broken, says, twist}
}

// mustNotTell is a valid experiment that measures too little for a verdict.
func mustNotTell(file, claim, says string) entry {
	return entry{file, file, claim, results.Unproven, says, ""}
}

// trackRecord is every entry, in the order of the document.
var trackRecord = []entry{
	mustBreak("asynchronous", "keeps-acknowledged-writes", `^[1-9]\d* lost, 0 unexpected`),
	mustBreak("standby-gone", "recovers", `^not recovered`),
	mustBreak("commit-local", "keeps-acknowledged-writes", `^[1-9]\d* lost, 0 unexpected`),
	mustBreak("no-promotion", "recovers", `^not recovered`),
	mustBreak("lagging-promoted", "keeps-acknowledged-writes", `^[1-9]\d* lost, 0 unexpected`),
	mustBreak("not-fenced", "one-primary", ``),
	mustBreak("old-primary", "recovers", `^not recovered`),
	mustBreak("paused-replica", "responds", ``),
	mustBreak("reads-from-replicas", "reads-not-stale", ` [1-9]\d* writes missed`),
	mustBreak("unequal-servers", "responds", ``),
	mustBreak("etcd3-steals", "keeps-acknowledged-writes", `^[1-9]\d* lost, 0 unexpected`),
	mustBreak("slow-timers", "recovers", `^not recovered`),
	mustBreak("no-health-check", "slow-bounded", ``),
	mustBreak("posts-retried", "not-applied-twice", `^[1-9]\d* twice`),
	mustBreak("no-timeouts", "slow-bounded", ``),
	mustBreak("no-draining", "responds", ``),
	mustBreak("ack-before-commit", "keeps-acknowledged-writes", `^[1-9]\d* lost, 0 unexpected`),
	mustBreak("drop-1", "keeps-acknowledged-writes", `^1 lost, 0 unexpected`),
	mustBreak("drop-2", "keeps-acknowledged-writes", `^2 lost, 0 unexpected`),
	mustBreak("drop-10", "keeps-acknowledged-writes", `^10 lost, 0 unexpected`),
	mustBreak("drop-1000", "keeps-acknowledged-writes", `^1000 lost, 0 unexpected`),
	mustNotice("changed-behind", "drop-0", "keeps-acknowledged-writes", `^0 lost, 1 unexpected`, "a user's row is changed by psql in the container, after the attack"),
	mustNotice("deleted-behind", "drop-0", "keeps-acknowledged-writes", `^1 lost, 0 unexpected`, "the row of a user that nobody wrote is deleted by psql in the container"),
	mustBreak("duplicate-1", "not-applied-twice", `^1 twice of`),
	mustBreak("duplicate-2", "not-applied-twice", `^2 twice of`),
	mustBreak("duplicate-10", "not-applied-twice", `^10 twice of`),
	mustBreak("duplicate-1000", "not-applied-twice", `^1000 twice of`),
	mustBreak("delay-1", "reads-not-stale", `; 1 writes missed$`),
	mustBreak("delay-2", "reads-not-stale", `; 2 writes missed$`),
	mustBreak("delay-10", "reads-not-stale", `; 10 writes missed$`),
	mustBreak("delay-1000", "reads-not-stale", `; 1000 writes missed$`),
	mustBreak("one-less", "responds", `^99.8% of 1000 answered`),
	mustBreak("sound-baseline", "responds", ``),
	mustBreak("restart-fails", "responds", ``),

	mustDoubt("limit-stays", "two-limits", "responds", `the faults were not undone: server has 0\.0[23] cores`, "the undo of a CPU limit says that it is done and does nothing"),
	mustDoubt("idle-fault", "health-check", "slow-bounded", `^no fault was seen in effect`, "the fault is called and does nothing"),
	mustDoubt("wrong-node", "health-check", "slow-bounded", `the fault affected none`, "the fault strikes another node than it was told to"),
	mustDoubt("idle-undo", "posts-not-retried", "not-applied-twice", `^no fault proof: kill web-1: .*start web-1`, "the undo is called and does nothing"),
	mustDoubt("starved-generator", "prompt", "responds", `no load proof`, "the generator gets a tenth of a CPU"),
	mustDoubt("stopped-generator", "freeze", "honest-clock", `the driver stalled`, "the generator is stopped for 4 s outside the freeze"),
	mustDoubt("frozen-before-step", "steady", "responds", `not steady before the first step: .*requests are in flight`, "the server is frozen from 2.3 s before the first step"),
	mustDoubt("unreadable-store", "drop-0", "keeps-acknowledged-writes", `could not read server: planted`, "the store cannot be read at the end"),
	mustDoubt("one-of-three", "private", "unreachable", `no port of web-2 was tried from visitor`, "the probe tries one of three web servers"),
	mustDoubt("no-requests", "equal-servers", "responds", `^no such request was sent`, "the attack is over before its first request"),
	mustDoubt("panicking-checker", "equal-servers", "responds", `the checker panicked: planted`, "the checker panics"),
	mustDoubt("kill-undone-by-hand", "posts-not-retried", "not-applied-twice", `^no fault proof: kill web-1: it ended at T\+0[678]`, "docker start of the killed server, 2 s into 4"),
	mustDoubt("pause-undone-by-hand", "health-check", "slow-bounded", `^no fault proof: pause web-1: it ended at T\+0[678]`, "docker unpause of the frozen server, 3 s into 10"),
	mustDoubt("cut-undone-by-hand", "fenced", "one-primary", `^no fault proof: cut pg-1: it ended at T\+`, "docker restart of the node that is cut off, 4 s into 16"),
	mustDoubt("dead-server", "outage", "fails-entirely", `^the run was cut short; no fault was seen in effect`, "docker kill of the server 3.5 s before the kill"),
	mustDoubt("killed-by-hand", "fenced", "one-primary", `^the system was disturbed: web-2 was sent a signal`, "docker kill of a web server, without a step"),
	mustDoubt("restarted-by-hand", "fenced", "one-primary", `^the system was disturbed: web-2 was sent a signal`, "docker restart of a web server, without a step"),
	mustDoubt("one-request", "enough-requests", "responds", `^1 request is too few for max`, "the attack is over after its first request"),
	mustNotTell("noisy-baseline", "responds", `the baseline is too imprecise to decide`),

	mustHold("synchronous", "keeps-acknowledged-writes", `^0 lost, 0 unexpected`),
	mustHold("fenced", "one-primary", ``),
	mustHold("reads-from-primary", "reads-not-stale", `^0 of`),
	mustHold("prompt", "responds", ``),
	mustHold("outage", "fails-entirely", ``),
	mustHold("equal-servers", "responds", ``),
	mustHold("etcd-keeps", "keeps-acknowledged-writes", `^0 lost, 0 unexpected`),
	mustHold("health-check", "slow-bounded", ``),
	mustHold("posts-not-retried", "not-applied-twice", `^0 twice`),
	mustHold("draining", "responds", `^100%`),
	mustHold("exactly-enough", "responds", `^99.9% of 1000 answered`),
	mustHold("enough-requests", "responds", ``),
	mustHold("two-limits", "responds", ``),
	mustHold("pause-in-pause", "fails-entirely", `^0 answered of [1-9]`),
	mustHold("restart-baseline", "responds", `^100%`),
	mustHold("restart-recovers", "recovers", `^recovered in `),
	mustHold("freeze", "honest-clock", `^p99 response 2\.`),
	mustHold("steady", "responds", `^100%`),
	mustHold("private", "unreachable", `4 of 4 pairs of nodes$`),
	mustHold("drop-0", "keeps-acknowledged-writes", `^0 lost, 0 unexpected`),
	mustHold("duplicate-0", "not-applied-twice", `^0 twice of`),
	mustHold("delay-0", "reads-not-stale", `^0 of`),
}

// loadEntry loads an entry's file.
func loadEntry(t *testing.T, e entry) *Scenario {
	t.Helper()
	s, err := Load(filepath.Join(recordFolder, e.file+".yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestTrackRecordEntries compares every entry with its file: the file has
// exactly the claim of the entry, and expects the right outcome.
func TestTrackRecordEntries(t *testing.T) {
	bad, inverted := 0, 0
	used, names := map[string]bool{}, map[string]bool{}
	for _, e := range trackRecord {
		s := loadEntry(t, e)
		used[e.file+".yaml"] = true
		if names[e.name] {
			t.Errorf("%s is there twice", e.name)
		}
		names[e.name] = true
		if e.inverted() {
			inverted++
		} else {
			bad++
		}
		if len(s.Claims) != 1 || s.Claims[0].Name != e.claim {
			t.Errorf("%s: claims %v, want %s alone", e.name, s.Claims, e.claim)
			continue
		}
		want := e.right
		if e.twist != "" || e.right == results.Unproven {
			want = results.Held // the outcome without the twist, or with enough requests
		}
		if s.Claims[0].Expect != want {
			t.Errorf("%s: the file expects %v, right is %v", e.name, s.Claims[0].Expect, want)
		}
		if _, err := regexp.Compile(e.says); err != nil {
			t.Errorf("%s: %v", e.name, err)
		}
	}
	if bad < 24 || inverted < 6 {
		t.Errorf("%d known-bad and %d inverted, want at least 24 and 6", bad, inverted)
	}
	files, err := filepath.Glob(filepath.Join(recordFolder, "*"))
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	for _, f := range files {
		if !used[filepath.Base(f)] {
			t.Errorf("%s is played by no entry", f)
		}
	}
}

// TestTrackRecordIsNoPartOfTheCatalogue keeps it out of holdfast list.
func TestTrackRecordIsNoPartOfTheCatalogue(t *testing.T) {
	if i := slices.IndexFunc(builtIns(t), func(name string) bool { return strings.HasPrefix(name, recordFolder+"/") }); i >= 0 {
		t.Errorf("%s is built in", builtIns(t)[i])
	}
}

// TestTrackRecordDocument compares the document, if it exists, with the
// entries: one row each, and no other.
func TestTrackRecordDocument(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", recordDocument))
	if os.IsNotExist(err) {
		text = []byte(document(trackRecord, nil, measured{})) // then check what would be written
	} else if err != nil {
		t.Fatal(err)
	}
	for _, wrong := range rowsMissing(string(text), trackRecord) {
		t.Error(wrong)
	}
}
